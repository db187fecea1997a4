"""What a night finds in the registers that no row change says. Counted, with first cases; worded when shown."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from cohorts.models import Person, Snapshot, SnapshotFile, StagedPerson, StagedRejection
from cohorts.register import Register
from cohorts.rollover import judge_rollover
from enrolhub.sync.judge import CASES
from enrolhub.sync.limits import limits_of
from enrolhub.sync.models import Finding, Run

#: What decoding with the wrong table leaves of a letter.
DAMAGED = ("\ufffd", "¿")
#: The finding of a suspected change of academic year.
ROLLOVER = "rollover_suspected"
#: An extract may be this much ahead of our clock before it is worth telling.
CLOCK_TOLERANCE = timedelta(hours=1)


def note_register_findings(run: Run, register: Register) -> None:
    """Record what the register itself shows. Belongs in the run's transaction."""
    note_problems(run)
    note_lists_not_read(run)
    note_rollover(run)
    note_rejections(run, register)
    note_unknown_students(run, register)
    note_unknown_programmes(run, register)
    note_damaged_text(run, register)


def add_finding(run: Run, code: str, count: int, cases: list[dict[str, Any]], **params: Any) -> None:
    if count:
        Finding.objects.create(
            run=run, code=code, level=Finding.Level.WARNING, count=count, cases=cases[:CASES], params=params
        )


def note_problems(run: Run) -> None:
    """Why the extract proves no absence, and that it is getting old."""
    snapshot = run.snapshots.filter(accepted=True, is_whole=True).first()
    if snapshot is None:
        return
    add_finding(run, "extract_problem", len(snapshot.problems), list(snapshot.problems))
    age = timezone.now() - snapshot.extracted_at if snapshot.extracted_at else timedelta()
    if age < -CLOCK_TOLERANCE:
        moment: dict[str, Any] = {"extracted_at": str(snapshot.extracted_at)}
        add_finding(run, "extract_problem", 1, [{"code": "from_the_future", "file": "manifest.json", "params": moment}])
    if timedelta(hours=settings.GUARD_EXTRACT_WARN_HOURS) < age <= timedelta(hours=settings.GUARD_EXTRACT_STALE_HOURS):
        hours = int(age.total_seconds() // 3600)
        params: dict[str, Any] = {"hours": hours, "limit": settings.GUARD_EXTRACT_WARN_HOURS}
        add_finding(run, "extract_problem", 1, [{"code": "old", "file": "", "params": params}])


def note_lists_not_read(run: Run) -> None:
    """Lists of the last complete extract that are not there tonight, and how old what is known of them is by now."""
    snapshot = run.snapshots.filter(accepted=True, is_whole=True).first()
    if snapshot is None:
        return
    expected = _last_complete(snapshot)
    there = {file.list_name for file in snapshot.files.all()}
    missing = {file.list_name for file in expected.files.all()} - there if expected else set()
    read = SnapshotFile.objects.filter(
        snapshot__accepted=True, snapshot__lt=snapshot.pk, file__list_name__in=sorted(missing)
    ).order_by("file__list_name")
    moments = read.values_list("file__list_name").annotate(at=Max("snapshot__extracted_at"))
    cases = [{"list": name, "extracted_at": at.isoformat()} for name, at in moments if at]
    add_finding(run, "lists_not_read", len(cases), cases)


def _last_complete(snapshot: Snapshot) -> Snapshot | None:
    """The last complete extract before this one."""
    whole = Snapshot.objects.filter(accepted=True, is_whole=True, verdict=Snapshot.Verdict.COMPLETE)
    return whole.filter(pk__lt=snapshot.pk).order_by("-pk").first()


def note_rollover(run: Run) -> None:
    """Academic years that begin, vanish or come back: a suspected rollover, told until an extract with these years is complete."""
    snapshot = run.snapshots.filter(accepted=True, is_whole=True).first()
    if snapshot is None:
        return
    last = _last_complete(snapshot)
    least_lost = limits_of(["GUARD_EXTRACT_SHRINK_ROWS"])["GUARD_EXTRACT_SHRINK_ROWS"]
    found = judge_rollover(years_of(snapshot), years_of(last) if last else {}, least_lost)
    cases = [change.as_json() for change in found]
    add_finding(run, ROLLOVER, len(cases), cases)


def years_of(snapshot: Snapshot) -> dict[str, int]:
    """The academic years that an extract names, with their administrative registrations."""
    row = snapshot.snapshot_files.filter(file__list_name="inscriptions_administratives").first()
    years = dict.fromkeys(snapshot.academic_years, 0)
    for year, _component, count in row.parts if row else ():
        if year in years:
            years[year] += count
    return years


def note_rejections(run: Run, register: Register) -> None:
    """Rows that could not be used: the first of them, list by list."""
    rejections = StagedRejection.objects.filter(file__in=list(register.files.values())).order_by("file", "line")
    count = rejections.values("file", "line").distinct().order_by().count()
    fields = ("file__list_name", "line", "column", "value", "reason")
    names = ("list", "line", "column", "value", "reason")
    cases = [dict(zip(names, row, strict=True)) for row in rejections.values_list(*fields).distinct()[:CASES]]
    add_finding(run, "rows_rejected", count, cases)


def note_unknown_students(run: Run, register: Register) -> None:
    """Students with a registration that counts but no directory entry: reported, not created (FORMATS §3)."""
    known = Person.objects.filter(student_number=OuterRef("student_number"))
    rows = register.registrations().filter(~Exists(known)).order_by("student_number")
    numbers = rows.values_list("student_number", flat=True).distinct()
    add_finding(run, "unknown_students", *counted_cases(numbers, "student_number"))


def note_unknown_programmes(run: Run, register: Register) -> None:
    """Étapes that students are registered on but the list of étapes does not have: they make no cohort."""
    # A few hundred codes against a few hundred: sets, not a look-up for each of 45,000 registrations.
    registered = register.registrations().order_by().values_list("programme_code", flat=True).distinct()
    unknown = sorted(set(registered) - set(register.programmes().values_list("programme_code", flat=True)))
    add_finding(run, "unknown_programmes", len(unknown), [{"programme": code} for code in unknown[:CASES]])


def note_damaged_text(run: Run, register: Register) -> None:
    """People whose names hold letters that were lost before they came to us: told, for only their source can mend them."""
    damaged = Q()
    for name in ("last_name", "first_name"):
        for mark in DAMAGED:
            damaged |= Q(**{f"{name}__contains": mark})
    people = StagedPerson.objects.filter(damaged, file=register.file("annuaire")).order_by("username")
    cases = [dict(case) for case in people.values("username", "last_name", "first_name")[:CASES]]
    add_finding(run, "damaged_text", people.count(), cases)


def counted_cases(values: QuerySet[Any, str], name: str) -> tuple[int, list[dict[str, Any]]]:
    """How many distinct values, and the first of them as cases."""
    return values.count(), [{name: value} for value in values[:CASES]]
