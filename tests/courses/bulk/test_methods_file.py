"""import_methods: FORMATS.md §4."""

import pytest

from cohorts.models import Cohort
from courses.models import Course, Enrolment, GroupMember, Method
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.models import Change, Hold, Run
from enrolhub.sync.undo import UndoChain, request_undo
from tests.bulk_files import Load
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    HandCohortFactory,
    HoldFactory,
    MethodFactory,
    PersonFactory,
    platform,
)

pytestmark = pytest.mark.django_db
COMMAND = "import_methods"
HEADER = "operation;methode;cours;source;role;groupe;active;nom\n"


@pytest.fixture
def course() -> Course:
    course: Course = CourseFactory(code="C1", platform=platform("collegium"))
    return course


@pytest.fixture
def cohort() -> Cohort:
    cohort: Cohort = HandCohortFactory(code="TUT")
    for username in ("u1", "u2", "u3"):
        CohortMemberFactory(cohort=cohort, person=PersonFactory(username=username))
    return cohort


def methods() -> list[tuple[object, ...]]:
    columns = ("kind", "course__code", "source_cohort__code", "source_course__code", "role__short_name")
    rows = Method.objects.exclude(kind="manual").order_by("pk")
    return list(rows.values_list(*columns, "group__code", "enabled", "name"))


def enrolled(role: str = "student") -> list[str]:
    rows = Enrolment.objects.filter(role__short_name=role).exclude(method__kind="manual")
    return sorted(rows.values_list("person__username", flat=True))


def test_add_a_cohort_and_its_people_appear(load: Load, course: Course, cohort: Cohort) -> None:
    text = HEADER + "ajout;cohorte;C1;TUT;;;;\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "arrivals": 3})
    assert methods() == [("cohort_sync", "C1", "TUT", None, "student", None, True, "")]
    assert enrolled() == ["u1", "u2", "u3"]
    run = Run.objects.get()
    assert (run.kind, run.lane, run.state) == ("file", "file:methods", "applied")
    assert Change.objects.filter(scope__phase__run=run, scope__phase__relation="cohort_sync").count() == 3


def test_add_states_role_group_activity_and_name(load: Load, course: Course, cohort: Cohort) -> None:
    GroupFactory(course=course, code="TD1", name="Tutorat", name_key="tutorat")
    text = "operation;method;course;source;role;group;active;name\nadd;cohort;C1;TUT;tutor;tutorat;yes;Les tuteurs\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "arrivals": 3})
    assert methods() == [("cohort_sync", "C1", "TUT", None, "tutor", "TD1", True, "Les tuteurs")]
    assert enrolled("tutor") == ["u1", "u2", "u3"]
    assert GroupMember.objects.filter(group__code="TD1", method__kind="cohort_sync").count() == 3


def test_add_a_meta_link_and_the_source_s_people_appear(load: Load, course: Course) -> None:
    source = CourseFactory(code="C2")
    EnrolmentFactory(course=source, person=PersonFactory(username="u1"))
    assert load(COMMAND, HEADER + "ajout;meta;C1;C2;;;;\n").result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert methods() == [("meta_link", "C1", None, "C2", "student", None, True, "")]
    assert enrolled() == ["u1"]


def test_a_disabled_method_lets_nobody_in(load: Load, course: Course, cohort: Cohort) -> None:
    assert load(COMMAND, HEADER + "ajout;cohorte;C1;TUT;;;non;\n").result == (0, {"rows": 1, "accepted": 1})
    assert enrolled() == []


def test_add_twice_is_rejected(load: Load, course: Course, cohort: Cohort) -> None:
    text = HEADER + "ajout;cohorte;C1;TUT;;;;\n"
    assert load(COMMAND, text).code == 0
    assert load(COMMAND, text).result == (3, {"rows": 1, "rejected": 1})
    assert load(COMMAND, text.replace(";;;;", ";tutor;;;")).result == (3, {"rows": 1, "rejected": 1})
    assert len(methods()) == 1


def test_update_changes_role_group_activity_and_name(load: Load, course: Course, cohort: Cohort) -> None:
    GroupFactory(course=course, code="TD1")
    load(COMMAND, HEADER + "ajout;cohorte;C1;TUT;;;;Ancien nom\n")
    text = HEADER + "modification;cohorte;C1;TUT;tutor;TD1;;\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "alterations": 3})
    assert methods() == [("cohort_sync", "C1", "TUT", None, "tutor", "TD1", True, "Ancien nom")]
    assert (enrolled("tutor"), GroupMember.objects.count()) == (["u1", "u2", "u3"], 3)
    text = HEADER + "update;cohort;C1;TUT;;;non;Nouveau\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "unchanged": 3})
    assert methods() == [("cohort_sync", "C1", "TUT", None, "tutor", "TD1", False, "Nouveau")]


@pytest.mark.slow
def test_delete_states_its_departures_and_makes_them(load: Load, course: Course, cohort: Cohort) -> None:
    GroupFactory(course=course, code="TD1")
    load(COMMAND, HEADER + "ajout;cohorte;C1;TUT;;TD1;;\n")
    EnrolmentFactory(course=course, person=PersonFactory(username="u9"))
    text = HEADER + "suppression;cohorte;C1;TUT;;;;\n"
    departures = {"rows": 1, "accepted": 1, "departures": 3}
    assert load(COMMAND, text, "--dry-run").result == (0, departures)
    assert (len(methods()), enrolled()) == (1, ["u1", "u2", "u3"])
    assert load(COMMAND, text).result == (0, departures)
    assert (methods(), enrolled(), GroupMember.objects.count()) == ([], [], 0)
    assert list(Enrolment.objects.values_list("person__username", flat=True)) == ["u9"]
    run = Run.objects.filter(dry_run=False).latest("pk")
    changes = Change.objects.filter(scope__phase__run=run, action="D")
    reasons = set(changes.values_list("scope__phase__relation", "reason"))
    assert reasons == {
        ("cohort_sync", "method_deleted"),
        ("group_members.cohort_sync", "method_deleted"),
        ("methods.deleted", "setup_taken_away"),
    }
    undo = request_undo(run)
    conduct_run(undo, UndoChain(undo))
    assert (len(methods()), enrolled(), GroupMember.objects.count()) == (1, ["u1", "u2", "u3"], 3)


@pytest.mark.parametrize(
    "row",
    [
        "modification;cohorte;C1;TUT;tutor;;;",
        "suppression;meta;C1;C2;;;;",
        "ajout;cohorte;C9;TUT;;;;",
        "ajout;cohorte;C1;C2;;;;",
        "ajout;meta;C1;TUT;;;;",
        "ajout;meta;C1;C1;;;;",
        "ajout;cohorte;C1;TUT;chef;;;",
        "ajout;cohorte;C1;TUT;;TD9;;",
        "ajout;cohorte;C1;TUT;;;peut-être;",
        "ajout;base de données;C1;TUT;;;;",
        ";cohorte;C1;TUT;;;;",
        "ajout;;C1;TUT;;;;",
    ],
)
def test_nothing_is_created_by_accident(load: Load, course: Course, cohort: Cohort, row: str) -> None:
    CourseFactory(code="C2")
    assert load(COMMAND, HEADER + row + "\n").result == (3, {"rows": 1, "rejected": 1})
    assert (methods(), Run.objects.count()) == ([], 0)


def test_rows_that_contradict_each_other_are_all_rejected(load: Load, course: Course, cohort: Cohort) -> None:
    text = HEADER + "ajout;cohorte;C1;TUT;;;;\nsuppression;cohorte;C1;TUT;;;;\n"
    assert load(COMMAND, text).result == (3, {"rows": 2, "rejected": 2})


def test_the_same_row_twice_counts_once(load: Load, course: Course, cohort: Cohort) -> None:
    text = HEADER + "ajout;cohorte;C1;TUT;;;;\nadd;cohort;C1;TUT;;;;\n"
    assert load(COMMAND, text).result == (0, {"rows": 2, "accepted": 2, "arrivals": 3})


def test_a_cohort_in_an_automatic_course_is_advised_against(load: Load, cohort: Cohort) -> None:
    CourseFactory(code="C2", with_database=True)
    loaded = load(COMMAND, HEADER + "ajout;cohorte;C2;TUT;;;;\n")
    assert loaded.code == 0
    assert "1" in loaded.stderr


def test_what_the_night_held_goes_on_waiting(load: Load, course: Course, cohort: Cohort) -> None:
    hold = HoldFactory(scope__phase__relation="cohort_sync")
    load(COMMAND, HEADER + "ajout;cohorte;C1;TUT;;;;\n")
    hold.refresh_from_db()
    assert hold.state == Hold.State.WAITING


def test_other_methods_keep_their_people(load: Load, course: Course, cohort: Cohort) -> None:
    other = MethodFactory(course=course, kind="cohort_sync", source_cohort=HandCohortFactory())
    EnrolmentFactory(method=other, person=PersonFactory(username="u9"))
    load(COMMAND, HEADER + "ajout;cohorte;C1;TUT;;;;\n")
    assert enrolled() == ["u1", "u2", "u3", "u9"]
