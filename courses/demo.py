"""The demo university: invented people in a real database, and accounts to look at it through."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, overload

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohorts.bulk.cohorts_file import CohortsFile
from cohorts.models import Cohort, Person, Snapshot, StagedUnitRegistration
from courses.actions import add_methods
from courses.bulk.courses_file import CoursesFile
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.last_access_file import LastAccessFile
from courses.bulk.methods_file import MethodsFile
from courses.campus.making import make_campus
from courses.campus.nights import write_next_night
from courses.campus.plan import Plan, academic_year_of, paris_moment
from courses.campus.writing import EXCHANGE_LISTS
from courses.models import Course, CourseUnit, Enrolment, Method, Role
from courses.night import NightChain
from enrolhub.access.demonstration import DemoAccount
from enrolhub.access.models import Event, SiteRole, User
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.models import Run
from enrolhub.web.sheets.command import FileImport

STUDENTS, COURSES, STAFF, SEED = 3_000, 300, 250, 1432
#: Share of the pedagogical registrations that change from one night to the next.
CHURN = 0.02
KIND = "demo"
LOADING, LOADED = "demo_loading", "demo_loaded"
PASSWORD = "enrolhub-demo"  # noqa: S105  # no secret: the sign-in page of a demo shows it
CEMU, OPERATOR = "cemu", "operateur"
#: How the spaces that are open to whoever enrols differ.
OPENINGS: tuple[dict[str, Any], ...] = (
    {},
    {"key": PASSWORD, "capacity": 40},
    {"duration_days": 120, "may_renew": True, "notice_days": 7},
)
#: A course this near the top by its registrations counts as a big one.
BIG_COURSES = 15

Tell = Callable[[str], None]


class NotEmpty(Exception):
    """The database holds something that is not the demo."""


def load_demo(tell: Tell) -> bool:
    """Load the demo university into an empty database; False when it is there already. Raises NotEmpty, CampusError.

    A loading that was cut short is done again from the start; every step finds what is there already.
    """
    if Event.objects.filter(action=LOADED).exists():
        return False
    if not Event.objects.filter(action=LOADING).exists():
        if holds_anything():
            raise NotEmpty
        Event.objects.create(action=LOADING, detail={"seed": SEED})
    folder = Path(settings.ENROLHUB_SOURCES_DIR)
    now = paris_moment(None)
    tell(f"Inventing a university of {STUDENTS} students, {COURSES} courses and {STAFF} staff in {folder}")
    make_campus(Plan(STUDENTS, COURSES, STAFF, SEED, academic_year_of(now.date()), now), folder)
    read_people(folder, tell)
    for name, reader in FILES:
        for path in parts_of(folder, name):
            load_part(path, reader, tell)
    open_courses()
    chosen = choose_people()
    make_accounts(chosen)
    Event.objects.create(action=LOADED, detail=chosen)
    return True


def holds_anything() -> bool:
    return any(model.objects.exists() for model in (User, Person, Course, Cohort, Run))


FILES: tuple[tuple[str, Callable[[bytes, str], FileImport]], ...] = (
    ("espaces", CoursesFile),
    ("cohortes", CohortsFile),
    ("methodes", MethodsFile),
    ("enseignants", EnrolmentsFile),
    ("inscriptions_manuelles", EnrolmentsFile),
    ("derniers_acces", LastAccessFile),
)


def parts_of(folder: Path, name: str) -> list[Path]:
    """A bulk file of the campus and its numbered continuations, which a long list has."""
    return [folder / f"{name}.csv", *sorted(folder.glob(f"{name}-*.csv"))]


def load_part(path: Path, read: Callable[[bytes, str], FileImport], tell: Tell) -> None:
    prepared = read(path.read_bytes(), path.name)
    tally = prepared.carry_out(dry_run=False)
    tell(f"{path.name}: {tally.accepted} rows, {tally.rejected} rejected")


def read_people(folder: Path, tell: Tell) -> None:
    """Read the registers far enough for files to name people and cohorts; the first night does the rest."""
    options = {"sources": str(folder), "only": ["cohorts", "people"]}
    run = Run.objects.create(kind=KIND, lane=KIND, options=options)
    conduct_run(run, NightChain(run))
    tell(f"annuaire.csv: {Person.objects.count()} people, {Cohort.objects.count()} cohorts")


def open_courses() -> None:
    """Let whoever wants enrol in a few spaces that were made by hand: freely, by a key, for a while."""
    if Method.objects.filter(kind=Method.Kind.SELF).exists():
        return
    spaces = Course.objects.filter(visible=True, created_automatically=False).order_by("code")[: len(OPENINGS)]
    student = Role.objects.get(short_name=Role.ShortName.STUDENT)
    terms = {"kind": Method.Kind.SELF, "role": student}
    add_methods([Method(course=space, **terms, **own) for space, own in zip(spaces, OPENINGS, strict=False)])


def choose_people() -> dict[str, str]:
    """The usernames of a teacher of several courses, a big one among them, and of a student of a big course."""
    big = big_courses()
    taught = Enrolment.objects.filter(role__short_name="editingteacher", suspended_by="", ends_at=None)
    teachers = taught.order_by().values_list("person__username").annotate(number=Count("method__course"))
    of_big = set(taught.filter(method__course__in=big).values_list("person__username", flat=True))
    teacher = min((-number, username) for username, number in teachers if username in of_big)[1]
    units = CourseUnit.objects.filter(course__in=big[:1]).values("unit_code")
    students = StagedUnitRegistration.objects.filter(unit_code__in=units, student__account_state="active", followed="N")
    student = students.order_by("-student_number").values_list("student__username", flat=True)[0]
    return {"teacher": teacher, "student": student}


def big_courses() -> list[int]:
    """The courses with the most pedagogical registrations, the biggest first."""
    rows = StagedUnitRegistration.objects.order_by().values_list("unit_code").annotate(number=Count("line"))
    counts = dict(rows)
    totals: dict[int, int] = {}
    for course, unit in CourseUnit.objects.filter(course__visible=True).values_list("course_id", "unit_code"):
        totals[course] = totals.get(course, 0) + counts.get(unit, 0)
    return sorted(totals, key=lambda course: (-totals[course], course))[:BIG_COURSES]


def make_accounts(chosen: dict[str, str]) -> None:
    """Make the sign-in accounts of the demo; those that are there get the password that is shown."""
    roles = {CEMU: [SiteRole.Kind.STAFF], OPERATOR: [SiteRole.Kind.OPERATOR, SiteRole.Kind.APPROVER]}
    people = Person.objects.in_bulk(chosen.values(), field_name="username")
    for username in (*chosen.values(), *roles):
        person = people.get(username)
        user = User(username=username)
        if person:
            user.first_name, user.last_name, user.email = person.first_name[:150], person.last_name[:150], person.email
        user.set_password(PASSWORD)
        User.objects.filter(username=username).delete()
        user.save()
        SiteRole.objects.bulk_create(SiteRole(user=user, kind=kind) for kind in roles.get(username, []))


class DemoAccounts(Sequence[DemoAccount]):
    """The accounts of the demo that was loaded into this database, none before."""

    def accounts(self) -> list[DemoAccount]:
        event = Event.objects.filter(action=LOADED).first()
        if event is None:
            return []
        return [
            DemoAccount(event.detail["teacher"], PASSWORD, _("Teacher of several courses")),
            DemoAccount(CEMU, PASSWORD, _("CEMU staff")),
            DemoAccount(OPERATOR, PASSWORD, _("Operator of the synchronisations")),
            DemoAccount(event.detail["student"], PASSWORD, _("Student")),
        ]

    @overload
    def __getitem__(self, index: int) -> DemoAccount: ...
    @overload
    def __getitem__(self, index: slice) -> list[DemoAccount]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.accounts()[index]

    def __iter__(self) -> Iterator[DemoAccount]:
        return iter(self.accounts())

    def __len__(self) -> int:
        return len(self.accounts())


#: A teacher, a member of the CEMU, an operator and a student.
DEMO_ACCOUNTS = DemoAccounts()


def refresh_demo_extract() -> None:
    """Before a night of the demo: put the following night's extract in place of one that a night has read already.

    So the demo never goes stale, and its first night reads what the demo was loaded with.
    """
    if not settings.ENROLHUB_DEMO:
        return
    folder = Path(settings.ENROLHUB_SOURCES_DIR)
    finish_exchange(folder)
    if is_read(folder):
        write_next_extract(folder)


def write_next_extract(folder: Path) -> None:
    """Put the extract of the night after, extracted now, in the folder's place; the campus's other files come along."""
    following, former = beside(folder)
    shutil.rmtree(following, ignore_errors=True)
    write_next_night(folder, following, extracted_at=timezone.now(), churn=CHURN, seed=SEED)
    for path in folder.glob("*.csv"):
        if path.name not in EXCHANGE_LISTS:
            shutil.copy2(path, following)
    folder.rename(former)
    finish_exchange(folder)


def beside(folder: Path) -> tuple[Path, Path]:
    """Where the following extract is made, and where the one it replaces is put."""
    return folder.with_name(f".{folder.name}.following"), folder.with_name(f".{folder.name}.former")


def finish_exchange(folder: Path) -> None:
    """Bring an exchange of folders to its end, also one that was cut short between its steps."""
    following, former = beside(folder)
    if former.exists() and not folder.exists():
        following.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def is_read(folder: Path) -> bool:
    """Whether a night that reconciles enrolments has accepted the extract that lies in the folder."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        extracted_at = datetime.fromisoformat(manifest["extracted_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return False  # the night itself says what is wrong with it
    snapshots = Snapshot.objects.filter(accepted=True, extracted_at=extracted_at, run__dry_run=False)
    return any("enrolments" in options.get("only", ()) for options in snapshots.values_list("run__options", flat=True))
