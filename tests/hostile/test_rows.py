"""Every row of the corpus gets its answer, from a dry run and from the real one alike, and touches nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from cohorts.bulk.cohorts_file import CohortsFile
from cohorts.models import AskedRow, CohortMember, Person
from courses.bulk.courses_file import CoursesFile
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.models import Course, Enrolment, Group, GroupMember, Method
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Change, Run
from enrolhub.web.sheets.problems import FileRefused
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.hostile.cases import Rows
from tests.hostile.rows import COHORTS, COURSES, ENROLMENTS, HEADERS, METHODS, ROWS, RowCase

pytestmark = pytest.mark.django_db
FILES: dict[str, Callable[..., Any]] = {
    ENROLMENTS: EnrolmentsFile,
    COURSES: CoursesFile,
    COHORTS: CohortsFile,
    METHODS: MethodsFile,
}


@pytest.fixture(autouse=True)
def campus() -> None:
    course = CourseFactory(code="C1")
    PersonFactory(username="u1", student_number="00123456", email="u1@exemple.fr")
    EnrolmentFactory(course=course, person=PersonFactory(username="u2"), ends_at="2029-01-01T00:00:00Z")
    for username in ("u3", "u4"):
        PersonFactory(username=username, email="deux@exemple.fr")
    MethodFactory(course=course, kind=Method.Kind.SELF)
    EnrolmentFactory(method=course.methods.get(kind="self"), person=PersonFactory(username="u5"))
    for username, name in (("prof", "editingteacher"), ("chef", "editingteacher"), ("assist", "teacher")):
        UserFactory(username=username)
        EnrolmentFactory(course=course, person=PersonFactory(username=username), role=role(name))
    GroupFactory(course=course, code="TD1", name="TD Été")
    for code in ("TD2", "D1", "D2"):
        GroupFactory(course=course, code=code, name="TD 2" if code == "TD2" else "Double")
    CourseFactory(code="C2", component="SAN")
    CourseFactory(code="C9", academic_year="2019")
    link = MethodFactory(course=CourseFactory(code="C3"), kind=Method.Kind.META_LINK, source_course=course)
    EnrolmentFactory(method=link, person=Person.objects.get(username="prof"), role=role("editingteacher"))
    CohortMemberFactory(cohort=HandCohortFactory(code="TUT"), person=PersonFactory(username="u6"))
    CohortFactory(code="2026-DRO")


def prepare(kind: str, rows: str, author: str = "", **options: Any) -> Any:
    account = User.objects.get(username=author) if author else None
    content = f"{HEADERS[kind]}\n{rows}\n"
    return FILES[kind](content.encode(), "f.csv", author=account, **options)


def counts() -> list[int]:
    return [model.objects.count() for model in (Course, Group, GroupMember, Method, Enrolment, CohortMember, SiteRole)]


def answer_of(prepared: Any) -> Rows:
    rejections = prepared.sheet.rejections
    rejected = {rejection.line: (rejection.column, rejection.problem.cause.code) for rejection in rejections}
    remarks = tuple(remark.problem.cause.code for remark in prepared.sheet.remarks)
    return Rows(rejected, prepared.sheet.row_count - len(rejected), remarks)


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_the_rows_get_their_answer(case: RowCase) -> None:
    before = counts()
    prepared = prepare(case.kind, case.rows, case.author)
    assert answer_of(prepared) == case.answer
    with translation.override("en"):
        assert all(str(rejection).startswith("Line ") for rejection in prepared.sheet.rejections)
        assert all(rejection.problem.remedy for rejection in prepared.sheet.rejections)
    rehearsed = prepared.carry_out(dry_run=True)
    assert counts() == before
    tally = prepare(case.kind, case.rows, case.author).carry_out(dry_run=False)
    assert tally == rehearsed
    figures = {name: getattr(tally, name) for name in ("arrivals", "departures", "alterations")}
    assert {name: count for name, count in figures.items() if count} == dict(case.figures)
    if not case.answer.taken:
        assert counts() == before
    assert not AskedRow.objects.exists()


def test_a_file_twice_changes_something_once() -> None:
    rows = "C1;u1;;TD Été;;;;"
    assert prepare(ENROLMENTS, rows).carry_out(dry_run=False).arrivals == 1
    again = prepare(ENROLMENTS, rows).carry_out(dry_run=False)
    assert (again.arrivals, again.alterations, again.unchanged) == (0, 0, 1)


@pytest.mark.parametrize(
    ("kind", "rows", "other"),
    [(ENROLMENTS, "C1;u1;;;;;;", "C1;u1;tutor;;;;;"), (COHORTS, "TUT;;u1;", "TUT;;u1;\nTUT;;u2;")],
)
def test_of_two_previews_about_the_same_the_second_is_stale(kind: str, rows: str, other: str) -> None:
    first, second = prepare(kind, rows), prepare(kind, other)
    digests = [first.preview().digest, second.preview().digest]
    run = prepare(kind, rows).confirm(digests[0])
    assert run.state == Run.State.APPLIED
    before = counts()
    with pytest.raises(FileRefused) as refused:
        prepare(kind, other).confirm(digests[1])
    assert refused.value.problem.cause.code == "file_moved"
    with pytest.raises(FileRefused):  # one that was validated before the first was applied notices it too
        second.confirm(digests[1])
    assert counts() == before


def test_a_preview_confirmed_twice_is_done_once() -> None:
    prepared = prepare(ENROLMENTS, "C1;u1;;;;;;")
    digest = prepared.preview().digest
    assert prepared.confirm(digest) == prepared.confirm(digest)
    assert Run.objects.count() == 1


def test_a_preview_says_what_the_run_does_and_writes_nothing() -> None:
    rows = "C1;u1;;TD Été;;;;\nC1;u2;tutor;TD 2;;;;\nC1;assist;;;;;;desinscrire\nC2;u1;;;;;;\nC1;prof;;TD 2;;;;\nC1;chef;;;;;;"
    before = counts()
    preview = prepare(ENROLMENTS, rows).preview()
    assert counts() == before
    assert not Run.objects.exists()
    assert {code: tally.arrivals for code, tally in preview.scopes.items()} == {"C1": 1, "C2": 1}
    actions = prepare(ENROLMENTS, rows).actions_by_line()
    assert actions == {2: "A", 3: "M", 4: "D", 5: "A", 6: "M", 7: ""}
    assert prepare(ENROLMENTS, rows).carry_out(dry_run=True) == preview.tally
    assert prepare(ENROLMENTS, rows).carry_out(dry_run=False) == preview.tally


def test_the_ledger_names_file_hash_line_person_and_account() -> None:
    prepare(ENROLMENTS, "C1;u1;;;;;;\nC1;assist;;;;;;desinscrire", "prof").carry_out(dry_run=False)
    run = Run.objects.get()
    assert (run.author, run.options["file"], len(run.options["sha256"])) == (
        User.objects.get(username="prof"),
        "f.csv",
        64,
    )
    changes = Change.objects.filter(scope__phase__run=run).order_by("action")
    assert list(changes.values_list("person", "action", "source")) == [
        ("u1", "A", "f.csv:2"),
        ("assist", "D", "f.csv:3"),
    ]


def test_no_column_gives_anybody_a_role_on_the_site() -> None:
    SiteRoleFactory()
    content = "cours;identifiant;site_role;is_superuser;is_staff\nC1;prof;operator;1;1\n"
    prepared = EnrolmentsFile(content.encode(), "f.csv")
    prepared.carry_out(dry_run=False)
    assert prepared.sheet.unknown == ["site_role", "is_superuser", "is_staff"]
    assert SiteRole.objects.count() == 1
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>.csv",
        "=cmd|' /C calc'!A0.csv",
        "a\r\nSet-Cookie: x.csv",
        "a\0b.csv",
        "\u202evsc.exe",
        "n" * 300,
        "\u202e" * 150,
        "%s{0}\udcff.csv",
    ],
)
def test_whatever_a_file_is_called_it_is_loaded_under_a_name_that_can_be_shown(name: str) -> None:
    content = f"{HEADERS[ENROLMENTS]}\nC1;u1;;;;;;\n"
    EnrolmentsFile(content.encode(), name).carry_out(dry_run=False)
    shown = Run.objects.get().options["file"]
    assert shown.isprintable()
    assert len(shown) <= 200
    assert Change.objects.get().source == f"{shown}:2"


@pytest.mark.parametrize("kind", [COURSES, COHORTS])
def test_files_of_courses_and_cohorts_are_loaded_by_the_cemu(kind: str) -> None:
    with pytest.raises(FileRefused) as refused:
        prepare(kind, "x", "prof")
    assert refused.value.problem.cause.code == "staff_only"
    SiteRoleFactory(user=User.objects.get(username="prof"))
    assert prepare(kind, "", "prof").sheet.row_count == 0
