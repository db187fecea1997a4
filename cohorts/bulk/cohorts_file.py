"""`import_cohorts`: add people to hand-kept cohorts and take them out, file by file (FORMATS §4)."""

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from cohorts.actions import create_hand_cohorts
from cohorts.bulk.file_run import FilePlan, Row, run_file
from cohorts.bulk.members import IS_MEMBER, NAME, HandMembers
from cohorts.bulk.people import resolve_people
from cohorts.models import Cohort, CohortMember
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Check, Entry, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally, tally_of
from enrolhub.web.sheets.values import read_choice, read_identifier, read_text

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


class CohortsFile:
    """A file of hand-kept cohorts' members, read and validated. Raises FileRefused; rejections are in `sheet`."""

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE) -> None:
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.notes: list[str] = []
        readers = {
            "cohort": read_identifier,
            "name": lambda value: read_text(value, 200),
            "person": lambda value: read_identifier(value, 254),
            "operation": lambda value: read_choice(value, OPERATIONS) or "add",
        }
        entries = self.with_one_name(read_entries(self.sheet, readers))
        self.cohorts = self.known_cohorts(entries)
        entries = keep(self.sheet, entries, self.check_cohort)
        entries = resolve_people(self.sheet, entries)
        entries = settle(self.sheet, entries, lambda entry: (entry["cohort"], entry["person"].id))
        self.entries = keep(self.sheet, entries, self.check_removal(entries))

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

    def check_removal(self, entries: list[Entry]) -> Check:
        """A check that someone to be taken out is in; the members are read once, for the cohorts concerned."""
        cohorts = {self.cohorts[entry["cohort"]].pk for entry in entries if entry["operation"] == "remove"}
        members = set(
            CohortMember.objects.filter(cohort__in=cohorts).order_by().values_list("cohort__code", "person_id")
        )

        def check(entry: Entry) -> tuple[str, Problem] | None:
            is_there = (entry["cohort"], entry["person"].id) in members
            return None if is_there or entry["operation"] == "add" else ("person", Problem(NOT_A_MEMBER))

        return check

    def make_rows(self) -> Iterator[Row]:
        """The rows for the engine; the cohorts that the file creates are created first."""
        ids = {code: cohort.pk for code, cohort in self.cohorts.items()}
        ids |= create_hand_cohorts({e["cohort"]: e["name"] for e in self.entries if e["cohort"] not in ids})
        for entry in self.entries:
            person, stays = entry["person"], int(entry["operation"] == "add")
            source = f"{self.sheet.name[:150]}:{entry.row.line}"
            yield NAME, ids[entry["cohort"]], person.id, "", IS_MEMBER, source, stays

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Apply the accepted rows, or rehearse that. Raises FileRefused when another such file is being applied."""
        tally = tally_of(self.sheet)
        if self.entries:
            plan = FilePlan("cohorts", self.sheet.name, self.sha256, lambda _run: [HandMembers()], self.make_rows)
            run = run_file(plan, dry_run=dry_run)
            tally.arrivals, tally.departures = run.arrivals, run.departures
            tally.alterations, tally.unchanged = run.alterations, run.unchanged
        return tally
