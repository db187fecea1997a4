"""What a file made of course spaces is seen before, kept in the ledger, and can be taken back."""

import pytest

from cohorts.bulk.file_run import MOVED
from courses.bulk.course_rows import COURSES, FILE_UNITS
from courses.bulk.courses_file import CoursesFile
from courses.models import Course, CourseUnit, Enrolment, Method
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Finding, Run
from enrolhub.sync.undo import request_undo
from enrolhub.sync.undo_preview import UndoPreview
from enrolhub.web.sheets.problems import FileRefused
from tests.factories import (
    CohortFactory,
    CourseFactory,
    CourseUnitFactory,
    EnrolmentFactory,
    GroupFactory,
    MessageFactory,
    MethodFactory,
    platform,
)

pytestmark = pytest.mark.django_db
HEADER = "code;titre;plateforme;composante;annee;creation;elements;visible\n"
ROW = "C1;Droit civil;ecampus;DRO;2026;auto;ELP1|ELP2;oui\n"


def load(rows: str) -> Run:
    """Load a file of courses as its page does; its ended run."""
    opened = CoursesFile((HEADER + rows).encode(), "espaces.csv")
    assert not opened.sheet.rejections
    return opened.confirm(opened.preview().digest)


def take_back(run: Run) -> Run:
    undo = attempt_run(request_undo(run))
    assert undo.state == Run.State.APPLIED, undo.message
    return undo


def state() -> list[tuple[object, ...]]:
    """Every course with its facts, its methods and its elements."""
    facts = ("pk", "code", "title", "title_key", "platform__code", "component", "academic_year", "visible")
    return [
        (
            *course,
            sorted(Method.objects.filter(course=course[0]).values_list("kind", flat=True)),
            sorted(CourseUnit.objects.filter(course=course[0]).values_list("unit_code", "programme_code")),
        )
        for course in Course.objects.order_by("code").values_list(*facts)
    ]


def test_the_ledger_names_the_file_its_lines_and_every_fact() -> None:
    run = load(ROW)
    assert (run.state, run.arrivals, run.options["file"], len(run.options["sha256"])) == (
        Run.State.APPLIED,
        1,
        "espaces.csv",
        64,
    )
    rows = Change.objects.filter(scope__phase__run=run).order_by("id")
    told = rows.values_list("scope__phase__relation", "scope__code", "action", "item", "before", "after", "source")
    facts = "Droit civil\x1fecampus\x1fDRO\x1f2026\x1fyes\x1fyes\x1f"
    assert list(told) == [
        (COURSES, "C1", "A", "C1", "", facts, "espaces.csv:2"),
        (FILE_UNITS, "C1", "M", "ELP1///", "no", "yes", "espaces.csv:2"),
        (FILE_UNITS, "C1", "M", "ELP2///", "no", "yes", "espaces.csv:2"),
    ]


def test_courses_that_a_file_made_go_again_and_come_back() -> None:
    load("C0;Autre;collegium;;;;;\n")
    before = state()
    run = load(ROW)
    made = state()
    undo = take_back(run)
    assert state() == before
    take_back(undo)
    assert state() == made


def test_what_a_file_changed_is_as_before() -> None:
    course = CourseFactory(code="C1", title="Ancien", platform=platform("collegium"))
    CourseUnitFactory(course=course, unit_code="ELP1", programme_code="ETP1")
    CourseUnitFactory(course=course, unit_code="ELP3", programme_code="ETP3")
    before = state()
    run = load("C1;Nouveau;ecampus;DRO;2026;;ELP1|ELP2;non\n")
    assert [row[2:] for row in state()] == [
        (
            "Nouveau",
            "nouveau",
            "ecampus",
            "DRO",
            "2026",
            False,
            ["database", "manual"],
            [("ELP1", "ETP1"), ("ELP2", "")],
        )
    ]
    take_back(run)
    assert state() == before


def test_a_database_method_in_use_stays_when_the_platform_goes_back() -> None:
    course = CourseFactory(code="C1", platform=platform("collegium"))
    run = load("C1;;ecampus;;;;;\n")
    EnrolmentFactory(method=Method.objects.get(kind="database"))
    take_back(run)
    course.refresh_from_db()
    assert course.platform.code == "collegium"
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize("use", ["enrolment", "group", "method", "source", "message"])
def test_a_course_in_use_stays_with_its_elements(use: str) -> None:
    run = load(ROW + ROW.replace("C1", "C2"))
    course = Course.objects.get(code="C1")
    match use:
        case "enrolment":
            EnrolmentFactory(method=course.methods.get(kind="database"))
        case "group":
            GroupFactory(course=course)
        case "method":
            MethodFactory(course=course, kind=Method.Kind.COHORT_SYNC, source_cohort=CohortFactory())
        case "source":
            MethodFactory(course=CourseFactory(), kind=Method.Kind.META_LINK, source_course=course)
        case "message":
            MessageFactory(course=course)
    preview = UndoPreview(run)
    assert (preview.departures, preview.alterations, preview.conflict_count) == (1, 2, 3)
    undo = take_back(run)
    assert not Course.objects.filter(code="C2").exists()
    assert sorted(course.units.values_list("unit_code", flat=True)) == ["ELP1", "ELP2"]
    assert Finding.objects.filter(run=undo, code="undo_conflict").count() == 2


def test_an_element_linked_meanwhile_keeps_the_course() -> None:
    run = load(ROW)
    CourseUnitFactory(course=Course.objects.get(), unit_code="ELP9")
    undo = attempt_run(request_undo(run))
    assert (undo.state, undo.message) == (Run.State.REFUSED, "course_used")
    assert Course.objects.filter(code="C1").exists()


def test_one_course_of_the_file_is_taken_back_alone() -> None:
    run = load(ROW + ROW.replace("C1", "C2"))
    attempt_run(request_undo(run, codes=["C2"]))
    assert list(Course.objects.values_list("code", flat=True)) == ["C1"]


@pytest.mark.parametrize("moves", ["title", "platform", "units", "code"])
def test_what_moved_since_it_was_seen_refuses_the_file(moves: str) -> None:
    course = CourseFactory(code="C1", title="Ancien", platform=platform("collegium"))
    row = "C9;Neuf;ecampus;;;;;\n" if moves == "code" else ROW
    digest = CoursesFile((HEADER + row).encode(), "espaces.csv").digest
    match moves:
        case "title":
            Course.objects.update(title="Entre-temps")
        case "platform":
            Course.objects.update(platform=platform("ecampus"))
        case "units":
            CourseUnitFactory(course=course, unit_code="ELP2")
        case "code":
            CourseFactory(code="C9")
    before = state()
    with pytest.raises(FileRefused) as refused:
        CoursesFile((HEADER + row).encode(), "espaces.csv").confirm(digest)
    assert refused.value.problem.cause == MOVED
    assert state() == before


def test_a_code_taken_while_the_run_waited_refuses_it() -> None:
    opened = CoursesFile((HEADER + ROW).encode(), "espaces.csv")
    CourseFactory(code="C1", title="Entre-temps")
    with pytest.raises(FileRefused):
        opened.confirm(opened.digest)
    assert list(Course.objects.values_list("title", flat=True)) == ["Entre-temps"]
    assert not Run.objects.exists()
