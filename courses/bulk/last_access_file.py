"""`import_last_access`: when people last opened which course, as a platform tells it (FORMATS §4)."""

from collections.abc import Sequence

from cohorts.bulk.people import resolve_people
from cohorts.bulk.rights import check_staff
from courses.bulk.lookups import resolve_courses
from courses.models import Participation
from enrolhub.access.models import User
from enrolhub.web.sheets.intake import Entry, read_entries, settle
from enrolhub.web.sheets.problems import ValueRefused
from enrolhub.web.sheets.ranges import ranges_of, write_in_ranges
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally, tally_of
from enrolhub.web.sheets.values import MISSING, read_identifier, read_timestamp

COLUMNS = (
    Column("course", "cours", "course", required=True),
    Column("person", "identifiant", "person", required=True),
    Column("last_access", "dernier_acces", "last_access", required=True),
)


def read_last_access(value: str) -> object:
    moment = read_timestamp(value)
    if moment is None:
        raise ValueRefused(MISSING)
    return moment


READERS = {
    "course": read_identifier,
    "person": lambda value: read_identifier(value, 254),
    "last_access": read_last_access,
}


class LastAccessFile:
    """A file of last accesses, read and validated. Raises FileRefused; rejections are in `sheet`."""

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE, author: User | None = None) -> None:
        check_staff(author)
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.notes: list[str] = []
        entries, _rights = resolve_courses(self.sheet, read_entries(self.sheet, READERS), author)
        entries = resolve_people(self.sheet, entries)
        entries = settle(self.sheet, entries, lambda entry: (entry["course"].pk, entry["person"].id))
        self.known = self.known_accesses(entries)
        self.fresh = [entry for entry in entries if self.moves_forward(entry)]
        self.unchanged = len(entries) - len(self.fresh)

    def known_accesses(self, entries: list[Entry]) -> dict[tuple[int, int], object]:
        """The accesses known of the file's courses, by course and person."""
        courses = sorted({entry["course"].pk for entry in entries})
        known: dict[tuple[int, int], object] = {}
        for part in ranges_of(courses):
            rows = Participation.objects.filter(course__in=part).order_by()
            known |= {row[:2]: row[2] for row in rows.values_list("course_id", "person_id", "last_access")}
        return known

    def moves_forward(self, entry: Entry) -> bool:
        """Whether the access is later than the one known: it is never moved back."""
        known = self.known.get((entry["course"].pk, entry["person"].id))
        return known is None or bool(entry["last_access"] > known)

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Write the accesses that are later than those known, or only count them."""
        tally = tally_of(self.sheet)
        tally.alterations = sum((entry["course"].pk, entry["person"].id) in self.known for entry in self.fresh)
        tally.arrivals = len(self.fresh) - tally.alterations
        tally.unchanged = self.unchanged
        if not dry_run:
            write_in_ranges(self.fresh, write_accesses)
        return tally


def write_accesses(entries: Sequence[Entry]) -> None:
    rows = [
        Participation(course=entry["course"], person_id=entry["person"].id, last_access=entry["last_access"])
        for entry in entries
    ]
    Participation.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["course", "person"], update_fields=["last_access"]
    )
