"""An extract while one night passes over it: registrations that go and come, choices and groups that change."""

from random import Random

from courses.campus.extracts import Extract
from courses.campus.students import ACTIVE, EARLY

_GONE = ""


class Evolution:
    """Changes the rows of an extract in place; a student whom the night has changed is left alone afterwards."""

    def __init__(self, extract: Extract, today: str, dice: Random) -> None:
        self.extract = extract
        self.today = today
        self.dice = dice
        self.touched: set[str] = set()
        self._students = list(
            dict.fromkeys(each.split(";", 2)[1] for each in extract.contracts_of if each in extract.counting)
        )
        self._groups_of: dict[str, list[str]] = {}
        for line in extract.places:
            _year, student, group = line.split(";")
            self._groups_of.setdefault(student, []).append(group)
        self._taken_in: dict[str, dict[str, None]] = {}

    def anyone(self) -> str | None:
        """A student whose registrations count and whom this night has left alone so far."""
        for _ in range(50 if self._students else 0):
            student = self._students[int(self.dice.random() * len(self._students))]
            if student not in self.touched:
                return student
        return None

    def standing(self, registration: str) -> list[int]:
        """The places of the elements that count on a registration."""
        if registration not in self.extract.counting:
            return []
        contracts = self.extract.contracts
        places = self.extract.contracts_of.get(registration, ())
        return [place for place in places if contracts[place].rsplit(";", 2)[1:2] == ["N"]]

    def unit_at(self, place: int) -> str:
        """The element registered at a place; none when the line is gone."""
        line = self.extract.contracts[place]
        return line.rsplit(";", 3)[1] if line != _GONE else ""

    def drop(self, place: int) -> None:
        """Delete a pedagogical registration, as APOGÉE does; the place in a group sometimes outlives it."""
        year, student, _programme, _version, unit, _state, _date = self.extract.contracts[place].split(";")
        self.extract.contracts[place] = _GONE
        if self.dice.random() < 0.6:
            numbers = {number for kind in self.extract.groups.get(unit, ()) for number in kind}
            for number in self._groups_of.get(student, ()):
                if number in numbers:
                    self.extract.places.pop(f"{year};{student};{number}", None)

    def add(self, registration: str, unit: str) -> None:
        """Register a student on an element, and mostly in one of its groups of each kind."""
        self.extract.contracts_of.setdefault(registration, []).append(len(self.extract.contracts))
        self.extract.contracts.append(f"{registration};{unit};N;{self.today}")
        year, student, _rest = registration.split(";", 2)
        for numbers in self.extract.groups.get(unit, ()):
            if self.dice.random() < 0.85:
                self.extract.places[f"{year};{student};{self.dice.choice(numbers)}"] = None

    def change_choices(self, leaving: int, arriving: int) -> None:
        """Drop and add elements one by one, all over the university: mostly one for another of the same semester."""
        for turn in range(20 * (max(leaving, 0) + max(arriving, 0))):
            if leaving <= 0 and arriving <= 0:
                break
            student = self.anyone()
            if student is None:
                break
            gone, come = self._change_choice(
                student, drop=leaving > 0 and (turn % 9 > 0 or arriving <= 0), take=arriving > 0
            )
            leaving, arriving = leaving - gone, arriving - come

    def _change_choice(self, student: str, *, drop: bool, take: bool) -> tuple[int, int]:
        """One student drops an element, takes another or both; returns how many of each."""
        registrations = [each for each in self.extract.registrations_of[student] if each in self.extract.counting]
        registration = self.dice.choice(registrations)
        places = [place for place in self.standing(registration) if self.unit_at(place) not in self.extract.holders]
        if not places:
            return 0, 0
        place = self.dice.choice(places)
        unit = self.unit_at(place)
        other = self._other_unit(registration, unit) if take else ""
        if other:
            self.add(registration, other)
        if drop and not other and self.dice.random() < 0.15:
            self.extract.contracts[place] = f"{registration};{unit};O;{self.today}"
        elif drop:
            self.drop(place)
        self.touched.add(student)
        return int(drop), int(bool(other))

    def _other_unit(self, registration: str, unit: str) -> str:
        """An element that others take in the same programme and semester, and of which this registration has no line."""
        extract = self.extract
        taken = {self.unit_at(place) for place in extract.contracts_of[registration]}
        offered = [
            each
            for each in self._offered(registration.split(";")[2])
            if extract.periods.get(each) == extract.periods.get(unit)
            and each not in taken
            and each not in extract.holders
        ]
        return self.dice.choice(offered) if offered else ""

    def _offered(self, programme: str) -> dict[str, None]:
        """The elements that somebody takes in a programme, in the order of the list."""
        if not self._taken_in:
            for registration, places in self.extract.contracts_of.items():
                taken = self._taken_in.setdefault(registration.split(";", 3)[2], {})
                taken.update((self.unit_at(place), None) for place in places if self.extract.contracts[place] != _GONE)
        return self._taken_in[programme]

    def change_groups(self, wanted: int) -> None:
        """Move some students to another group of the same kind and element."""
        siblings = {
            number: kind for kinds in self.extract.groups.values() for kind in kinds if len(kind) > 1 for number in kind
        }
        places = list(self.extract.places)
        for rank in self.dice.sample(range(len(places)), min(wanted, len(places))):
            year, student, number = places[rank].split(";")
            held = {each for each in siblings.get(number, ()) if f"{year};{student};{each}" in self.extract.places}
            others = [each for each in siblings.get(number, ()) if each not in held]
            if others:
                del self.extract.places[places[rank]]
                self.extract.places[f"{year};{student};{self.dice.choice(others)}"] = None

    def settle_accounts(self) -> None:
        """Early accounts become full ones a few at a time; somebody takes another family name."""
        for cells in self.extract.directory:
            if cells[9] == EARLY and self.dice.random() < 0.08:
                cells[9] = ACTIVE
        students = [cells for cells in self.extract.directory if cells[2]]
        for _ in range(1 + len(students) // 15_000 if students else 0):
            cells, other = self.dice.choice(students), self.dice.choice(students)
            cells[4] = other[4]
            cells[6] = f"{cells[5]} {cells[4]}"

    def remaining_contracts(self) -> list[str]:
        """The pedagogical registrations once the night has passed."""
        return [line for line in self.extract.contracts if line != _GONE]
