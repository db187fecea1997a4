"""`import_cohorts`: add people to hand-kept cohorts and take them out, file by file (FORMATS §4)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cohorts.actions import create_hand_cohorts
from cohorts.bulk.engine_file import EngineFile
from cohorts.bulk.file_run import FileKind, FileRow, name_sources
from cohorts.bulk.members import IS_MEMBER, NAME, HandMembers
from cohorts.bulk.people import resolve_people
from cohorts.bulk.rights import STAFF_ONLY
from cohorts.changed import tell_changed
from cohorts.models import AskedRow, Cohort, CohortMember
from cohorts.rules import can_keep_cohorts
from enrolhub.access.models import User
from enrolhub.sync.models import Change, Run
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Entry, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.values import read_choice, read_identifier, read_name, read_new_code

COLUMNS = (
    Column("cohort", "cohorte", "cohort", required=True),
    Column("name", "nom", "name"),
    Column("person", "identifiant", "person", required=True),
    Column("operation", "operation", "operation"),
)
OPERATIONS = {"ajout": "add", "retrait": "remove", "add": "add", "remove": "remove"}
REGISTER_COHORT = Cause(
    "register_cohort",
    _("This cohort is kept by the register; a file cannot change it."),
    _("Correct the registration in APOGÉE, or use a hand-kept cohort."),
)
UNKNOWN_COHORT = Cause(
    "unknown_cohort",
    _("No cohort has this code."),
    _("Correct the code; to create a hand-kept cohort, add people to it and fill in its name."),
)
OTHER_NAME = Cause(
    "cohort_other_name",
    _("The cohort with this code is called “%(name)s”."),
    _("Correct the code, or leave the name empty."),
)
NAMES_DIFFER = Cause(
    "cohort_names_differ",
    _("The file gives this cohort several names."),
    _("Give it one name."),
)
NOT_A_MEMBER = Cause("not_a_member", _("This person is not in the cohort."), _("Remove the line."))


class CohortsFile(EngineFile):
    """A file of hand-kept cohorts' members, read and validated. Raises FileRefused; rejections are in `sheet`."""

    kind = "cohorts"
    counted = NAME

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE, author: User | None = None) -> None:
        super().__init__(data, author)
        if author is not None and not can_keep_cohorts(author):
            raise FileRefused(STAFF_ONLY)
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.notes: list[str] = []
        readers = {
            "cohort": read_new_code,
            "name": lambda value: read_name(value, 200),
            "person": lambda value: read_identifier(value, 254),
            "operation": lambda value: read_choice(value, OPERATIONS) or "add",
        }
        entries = self.with_one_name(read_entries(self.sheet, readers))
        self.cohorts = self.known_cohorts(entries)
        entries = keep(self.sheet, entries, self.check_cohort)
        entries = resolve_people(self.sheet, entries)
        entries = settle(self.sheet, entries, lambda entry: (entry["cohort"], entry["person"].id))
        self.members = self.known_members(entries)
        self.entries = keep(self.sheet, entries, self.check_removal)

    def with_one_name(self, entries: list[Entry]) -> list[Entry]:
        """Every entry of a cohort that the file names once carries that name; several names are a contradiction."""
        names: dict[str, dict[str, str]] = {}
        for entry in entries:
            if entry["name"]:
                names.setdefault(entry["cohort"], {}).setdefault(fold(entry["name"]), entry["name"])
        for entry in entries:
            entry.values["name"] = next(iter(names.get(entry["cohort"], {}).values()), "")
        many = Problem(NAMES_DIFFER)
        return keep(
            self.sheet, entries, lambda entry: ("name", many) if len(names.get(entry["cohort"], ())) > 1 else None
        )

    def known_cohorts(self, entries: list[Entry]) -> dict[str, Cohort]:
        codes = sorted({entry["cohort"] for entry in entries})
        return {
            cohort.code: cohort
            for part in ranges_of(codes)
            for cohort in Cohort.objects.filter(code__in=part).order_by()
        }

    def check_cohort(self, entry: Entry) -> tuple[str, Problem] | None:
        cohort = self.cohorts.get(entry["cohort"])
        if cohort is None:
            creates = entry["operation"] == "add" and entry["name"]
            return None if creates else ("cohort", Problem(UNKNOWN_COHORT))
        if cohort.keeper == Cohort.Keeper.REGISTER:
            return "cohort", Problem(REGISTER_COHORT)
        if entry["name"] and fold(entry["name"]) != cohort.name_key:
            return "name", Problem(OTHER_NAME, {"name": cohort.name})
        return None

    def known_members(self, entries: list[Entry]) -> set[tuple[str, int]]:
        """The members of the file's cohorts, by code and person."""
        cohorts = sorted({self.cohorts[entry["cohort"]].pk for entry in entries if entry["cohort"] in self.cohorts})
        members: set[tuple[str, int]] = set()
        for part in ranges_of(cohorts):
            rows = CohortMember.objects.filter(cohort__in=part).order_by().values_list("cohort__code", "person_id")
            members.update(rows.iterator(chunk_size=5_000))
        return members

    def check_removal(self, entry: Entry) -> tuple[str, Problem] | None:
        is_there = (entry["cohort"], entry["person"].id) in self.members
        return None if is_there or entry["operation"] == "add" else ("person", Problem(NOT_A_MEMBER))

    def asked(self) -> Iterator[FileRow]:
        return self.rows_with({})

    def make_rows(self) -> Iterator[FileRow]:
        """The rows, once the cohorts that the file creates are there."""
        missing = {entry["cohort"]: entry["name"] for entry in self.entries if entry["cohort"] not in self.cohorts}
        return self.rows_with(create_hand_cohorts(missing))

    def rows_with(self, created: Mapping[str, int]) -> Iterator[FileRow]:
        ids = {**{code: cohort.pk for code, cohort in self.cohorts.items()}, **created}
        for entry in self.entries:
            code, person = entry["cohort"], entry["person"]
            before = IS_MEMBER if (code, person.id) in self.members else ""
            facts = IS_MEMBER if entry["operation"] == "add" else ""
            source = self.source_of(entry.row.line)
            yield FileRow(NAME, ids.get(code, 0), code, person.id, person.username, "", before, facts, source)


class FileMembers(HandMembers):
    """Members as a file asks for them: who leaves is said with the line, too."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        name_sources(changes, self.rows())
        super().depart(changes, at)


class CohortsKind(FileKind):
    """Runs of files of hand-kept cohorts."""

    name = CohortsFile.kind

    def relations(self, run: Run) -> list[HandMembers]:
        return [FileMembers(AskedRow.objects.filter(run=run))]

    def still_may(self, account: User, run: Run) -> bool:
        return bool(can_keep_cohorts(account))

    def finish(self, run: Run) -> None:
        """Whoever follows the cohorts hears that their members have changed."""
        tell_changed(AskedRow.objects.filter(run=run).order_by().values_list("ref", flat=True).distinct())
