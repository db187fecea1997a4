"""People who arrive in one night: payments that came through, late registrations, newcomers."""

from typing import TypeVar

from courses.campus.evolution import Evolution
from courses.campus.names import Name, NameBook
from courses.campus.students import ACTIVE

# The shares of a night's arrivals that come from people who arrive whole.
_FROM_PAYMENTS, _FROM_LATECOMERS, _FROM_NEWCOMERS = 0.1, 0.25, 0.25
_TRIES = 30
_Thing = TypeVar("_Thing")


class Arrivals:
    """Brings whole people in, as long as they fit in the night's share of arrivals."""

    def __init__(self, evolution: Evolution, names: NameBook) -> None:
        self._evolution = evolution
        self._names = names
        self._extract = evolution.extract
        self._models: dict[str, list[str]] = {}
        for registration in self._extract.contracts_of:
            if registration in self._extract.counting:
                self._models.setdefault(registration.split(";")[2], []).append(registration)
        self._registrations = [each for models in self._models.values() for each in models]

    def whole_people(self, budget: float) -> int:
        """Let people arrive; returns how many pedagogical registrations begin to count."""
        come = self._payments(budget * _FROM_PAYMENTS)
        come += self._latecomers(budget * _FROM_LATECOMERS)
        return come + self._newcomers(budget * _FROM_NEWCOMERS)

    def _payments(self, budget: float) -> int:
        """Some who had not paid have: the elements that they chose long ago begin to count."""
        come = 0
        for cells in self._shuffled(
            [cells for cells in self._extract.administrative if cells[4] == "E" and cells[5] == "A"]
        ):
            registration = ";".join(cells[:4])
            places = self._extract.contracts_of.get(registration, ())
            count = sum(self._extract.contracts[place].rsplit(";", 2)[1] == "N" for place in places)
            if (
                cells[1].zfill(8) in self._extract.open_accounts
                and cells[1] not in self._evolution.touched
                and 0 < count <= budget - come
            ):
                cells[5], cells[6] = "P", self._evolution.today
                self._evolution.touched.add(cells[1])
                come += count
        return come

    def _latecomers(self, budget: float) -> int:
        """Some who had an administrative registration alone now have their elements too."""
        come = 0
        waiting = [each for each in self._extract.counting if each not in self._extract.contracts_of]
        for registration in self._shuffled(sorted(waiting)):
            student, programme = registration.split(";")[1:3]
            if programme in self._models and student not in self._evolution.touched and budget - come >= 1:
                come += self._copy(self._evolution.dice.choice(self._models[programme]), registration, budget - come)
        return come

    def _newcomers(self, budget: float) -> int:
        """New students register, with a number after the last one given."""
        come = 0
        prefix = f"2{int(self._extract.years[-1]) % 100:02d}"
        numbers = [cells[2] for cells in self._extract.directory] + [cells[1] for cells in self._extract.administrative]
        serial = max(
            (int(number[3:]) for number in numbers if len(number) == 8 and number.startswith(prefix)), default=4000
        )
        for _ in range(_TRIES + int(budget) if self._registrations else 0):
            if budget - come < 1 or serial >= 99_990:
                break
            model = self._evolution.dice.choice(self._registrations)
            number = f"{prefix}{serial + 1:05d}"
            year, _student, programme, version = model.split(";")
            copied = self._copy(model, f"{year};{number};{programme};{version}", budget - come)
            if copied:
                self._enter(number, [year, number, programme, version, "E", "P", self._evolution.today])
                serial += 1
            come += copied
        return come

    def _enter(self, number: str, registration: list[str]) -> None:
        """Open the account of a newcomer, among the students of the directory, and register them."""
        name = self._names.draw(self._evolution.dice)
        self._extract.administrative.append(registration)
        self._extract.directory.append(account_of(number, name))

    def _copy(self, model: str, registration: str, most: float) -> int:
        """Register somebody on the elements of a fellow student; none when these are more than the budget has left."""
        evolution = self._evolution
        units = [evolution.unit_at(place) for place in evolution.standing(model)]
        if not 0 < len(units) <= most:
            return 0
        for unit in units:
            evolution.add(registration, unit)
        evolution.touched.add(registration.split(";", 2)[1])
        return len(units)

    def _shuffled(self, things: list[_Thing]) -> list[_Thing]:
        self._evolution.dice.shuffle(things)
        return things


def account_of(number: str, name: Name) -> list[str]:
    """A new student's row of the directory."""
    shown, mail = f"{name.first} {name.family}", f"{number}@etu.exemple.fr"
    return [f"e{number}", number, number, "", name.family, name.first, shown, mail, "student|member", ACTIVE]
