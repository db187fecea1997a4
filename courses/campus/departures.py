"""People who leave in one night: a diploma given up, an account closed."""

from collections.abc import Callable

from courses.campus.evolution import Evolution
from courses.campus.students import CLOSED

# The shares of a night's departures that come from people who leave whole.
_FROM_DIPLOMAS, _FROM_ACCOUNTS = 0.3, 0.1
_TRIES = 30


class Departures:
    """Takes whole people away, as long as they fit in the night's share of departures."""

    def __init__(self, evolution: Evolution) -> None:
        self._evolution = evolution
        self._registrations = {";".join(cells[:4]): cells for cells in evolution.extract.administrative}
        self._accounts = {cells[2]: cells for cells in evolution.extract.directory if cells[2]}

    def whole_people(self, budget: float) -> int:
        """Let people leave; returns how many pedagogical registrations no longer count."""
        cancelled = self._until(budget * _FROM_DIPLOMAS, self._cancel)
        closed = self._until(budget * _FROM_ACCOUNTS, self._close)
        directory = self._evolution.extract.directory
        directory[:] = [cells for cells in directory if cells]
        return cancelled + closed

    def _until(self, budget: float, leave: Callable[[str, float], int]) -> int:
        """Let one person after the other leave; those with more registrations than the budget has left stay."""
        gone = 0
        for _ in range(_TRIES + int(budget)):
            student = self._evolution.anyone()
            if student is None or budget - gone < 1:
                break
            came = leave(student, budget - gone)
            gone += came
            if came:
                self._evolution.touched.add(student)
        return gone

    def _cancel(self, student: str, most: float) -> int:
        """Give up one diploma: the administrative registration is cancelled; its elements mostly stay in the list."""
        evolution = self._evolution
        registration = evolution.dice.choice(evolution.extract.registrations_of[student])
        places = evolution.standing(registration)
        if not 0 < len(places) <= most:
            return 0
        cells = self._registrations[registration]
        cells[4], cells[6] = "A" if evolution.dice.random() < 0.6 else "R", evolution.today
        if evolution.dice.random() < 0.3:
            for place in places:
                evolution.drop(place)
        return len(places)

    def _close(self, student: str, most: float) -> int:
        """Leave the university: the account is closed, or vanishes from the directory."""
        evolution = self._evolution
        count = sum(len(evolution.standing(each)) for each in evolution.extract.registrations_of[student])
        if not 0 < count <= most:
            return 0
        cells = self._accounts[student.zfill(8)]
        if evolution.dice.random() < 0.7:
            cells[9] = CLOSED
        else:
            cells.clear()
        return count
