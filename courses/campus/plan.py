"""What somebody asked for: how large a university, of which year, seen at which moment."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

# A student number has five digits for the people who arrive in one year; the catalogue has 26 variants of a programme.
MOST_STUDENTS = 150_000
MOST_COURSES = 30_000
MOST_STAFF = 50_000


class CampusError(ValueError):
    """The campus cannot be written as asked; the message is one line, meant for whoever asked."""


def academic_year_of(day: date) -> int:
    """Return the year in which the academic year of a day begins; at Caen it begins on 1 July."""
    return day.year if day.month >= 7 else day.year - 1


def paris_moment(text: str | None) -> datetime:
    """Read an ISO date-time, taken as Paris time when it has no offset; without a text, this very second."""
    if not text:
        return datetime.now(PARIS).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=PARIS) if moment.tzinfo is None else moment.astimezone(PARIS)
    except (ValueError, OverflowError) as error:
        raise CampusError(
            f"--extracted-at: {text!r} is not an ISO date and time such as 2026-11-20T02:10:00"
        ) from error
    check_between("--extracted-at", moment.year, 2001, 2099)
    return moment.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a campus and its moment, which has a time zone; the same plan always gives the same bytes."""

    students: int
    courses: int
    staff: int
    seed: int
    year: int
    extracted_at: datetime

    def __post_init__(self) -> None:
        check_between("--students", self.students, 1, MOST_STUDENTS)
        check_between("--courses", self.courses, 1, MOST_COURSES)
        check_between("--staff", self.staff, 1, MOST_STAFF)
        check_between("--year", self.year, 2001, 2098)
        check_between("--extracted-at", self.extracted_at.year, 2001, 2099)

    def dice(self, part: str) -> Random:
        """Chance for one part of the campus, so that a change in one part leaves the others alone."""
        return Random(f"{self.seed}/{part}")  # noqa: S311 - invented people need no secrecy

    @property
    def first_day(self) -> date:
        """The first day of the academic year, or the day of the extract when that is earlier."""
        return min(date(self.year, 7, 1), self.last_day)

    @property
    def last_day(self) -> date:
        """The day of the extract."""
        return self.extracted_at.date()

    def day_between(self, dice: Random, first: date, last: date) -> str:
        """An ISO day between two days, brought inside the part of the year that the extract has seen."""
        low = min(max(first, self.first_day), self.last_day)
        high = min(max(last, low), self.last_day)
        return (low + timedelta(days=int(dice.random() * ((high - low).days + 1)))).isoformat()


def check_between(name: str, value: float, least: float, most: float) -> None:
    """Refuse a number outside its bounds, naming the option that gave it."""
    if not least <= value <= most:
        raise CampusError(f"{name}: {value} is not between {least} and {most}")


def written_at(moment: datetime) -> str:
    """A moment as the manifest writes it: ISO 8601, seconds, the offset of Paris on that day."""
    return moment.astimezone(PARIS).isoformat(timespec="seconds")


def midnight_of(day: date) -> datetime:
    """The first instant of a day in Paris."""
    return datetime.combine(day, time(), PARIS)
