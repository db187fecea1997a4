"""The sentences of PARTICIPANTS.md, each with the smallest course that shows it."""

from datetime import timedelta

import pytest

from courses.models import Course, Enrolment, Group, GroupMember, Method, Participation
from tests.courses.participants.conftest import complaints, listed
from tests.courses.participants.world import NOW
from tests.factories import CourseFactory, EnrolmentFactory, GroupFactory, MethodFactory, PersonFactory, role

pytestmark = pytest.mark.django_db
LATER, EARLIER, INSTANT = NOW + timedelta(hours=1), NOW - timedelta(hours=1), timedelta(microseconds=1)


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(code="SMALL")
    return made


def enrol(course: Course, username: str, kind: str = "manual", who: str = "student", **facts: object) -> Enrolment:
    """An enrolment of the person of that username, who is created the first time."""
    method = course.methods.filter(kind=kind).first() or MethodFactory(course=course, kind=kind)
    person = PersonFactory._meta.model.objects.filter(username=username).first()
    named = {"last_name": username.capitalize(), "first_name": "", "id_number": "", "student_number": "", "email": ""}
    return EnrolmentFactory(
        method=method, person=person or PersonFactory(username=username, **named), role=role(who), **facts
    )


def put_in(course: Course, username: str, code: str, name: str = "") -> None:
    group = Group.objects.filter(course=course, code=code).first() or GroupFactory(
        course=course, code=code, name=name or code
    )
    GroupMember.objects.create(group=group, person=PersonFactory._meta.model.objects.get(username=username))


def visit(course: Course, username: str, ago: timedelta) -> None:
    person = PersonFactory._meta.model.objects.get(username=username)
    Participation.objects.create(course=course, person=person, last_access=NOW - ago)


def found(course: Course, *queries: str) -> dict[str, list[str]]:
    return {query: listed(course, query) for query in queries}


def test_one_row_a_person_whatever_the_statuses_and_nobody_else(course: Course) -> None:
    enrol(course, "ann")
    enrol(course, "ann", "self", suspended_by="hand")
    enrol(course, "bob", ends_at=EARLIER)
    enrol(CourseFactory(), "cyd")
    assert listed(course, "") == ["ann", "bob"]


def test_the_first_status_that_applies(course: Course) -> None:
    off = MethodFactory(course=course, kind=Method.Kind.SELF, enabled=False)
    enrol(course, "suspended", suspended_by="sync", starts_at=LATER)
    Enrolment.objects.filter(pk=enrol(course, "off", starts_at=LATER).pk).update(method=off)
    Enrolment.objects.filter(pk=enrol(course, "suspendedoff", suspended_by="hand").pk).update(method=off)
    enrol(course, "soon", starts_at=LATER)
    enrol(course, "ended", starts_at=EARLIER, ends_at=NOW - INSTANT)
    enrol(course, "active", starts_at=EARLIER, ends_at=LATER)
    assert found(
        course, *(f"status={code}" for code in ("suspended", "method_off", "not_started", "ended", "active"))
    ) == {
        "status=suspended": ["suspended", "suspendedoff"],
        "status=method_off": ["off"],
        "status=not_started": ["soon"],
        "status=ended": ["ended"],
        "status=active": ["active"],
    }


def test_a_start_or_end_at_this_very_instant_is_reached(course: Course) -> None:
    enrol(course, "starts", starts_at=NOW)
    enrol(course, "ends", ends_at=NOW)
    assert found(course, "status=active", "status=ended") == {"status=active": ["starts"], "status=ended": ["ends"]}


def test_the_badge_is_the_best_status_and_orders_the_list(course: Course) -> None:
    enrol(course, "off", "self")
    course.methods.filter(kind="self").update(enabled=False)
    enrol(course, "ended", ends_at=EARLIER)
    enrol(course, "suspended", suspended_by="hand")
    enrol(course, "soon", starts_at=LATER)
    enrol(course, "active")
    enrol(course, "active", "database", ends_at=EARLIER)
    enrol(course, "active", "self", suspended_by="hand")
    assert found(course, "sort=status", "sort=-status") == {
        "sort=status": ["active", "soon", "suspended", "ended", "off"],
        "sort=-status": ["off", "ended", "suspended", "soon", "active"],
    }


def test_a_filter_without_value_constrains_nothing(course: Course) -> None:
    enrol(course, "ann")
    queries = [
        "role=",
        "role_match=none",
        "q=%20&q_match=none",
        "match=none",
        "match=any",
        "group_match=all",
        "inactive=&inactive_match=none",
    ]
    assert found(course, *queries) == {query: ["ann"] for query in queries}


def test_any_all_and_none_of_the_values(course: Course) -> None:
    enrol(course, "both", "manual", "student")
    enrol(course, "both", "self", "tutor")
    enrol(course, "one", "manual", "student")
    enrol(course, "other", "manual", "teacher")
    roles = "role=student&role=tutor"
    assert found(course, roles, f"{roles}&role_match=all", f"{roles}&role_match=none") == {
        roles: ["both", "one"],
        f"{roles}&role_match=all": ["both"],
        f"{roles}&role_match=none": ["other"],
    }


def test_none_is_taken_on_the_person(course: Course) -> None:
    enrol(course, "mixed", "manual")
    enrol(course, "mixed", "self", suspended_by="hand")
    enrol(course, "out", "self", suspended_by="hand")
    assert listed(course, "status=active&status_match=none") == ["out"]


def test_under_all_role_method_and_status_hold_on_one_enrolment(course: Course) -> None:
    enrol(course, "apart", "self", "student", suspended_by="hand")
    enrol(course, "apart", "manual", "tutor")
    enrol(course, "same", "self", "student")
    queries = ["method=self&status=active", "role=tutor&method=self", "match=any&role=tutor&method=self"]
    assert found(course, *queries) == {queries[0]: ["same"], queries[1]: [], queries[2]: ["apart", "same"]}


def test_conditions_of_all_or_none_are_taken_on_the_person(course: Course) -> None:
    enrol(course, "apart", "self", "student", suspended_by="hand")
    enrol(course, "apart", "manual", "tutor")
    enrol(course, "same", "self", "student")
    queries = ["method=self&method_match=all&status=active", "method=self&status=suspended&status_match=none"]
    assert found(course, *queries) == {queries[0]: ["apart", "same"], queries[1]: ["same"]}


def test_match_none_leaves_those_of_whom_no_condition_holds(course: Course) -> None:
    enrol(course, "ann", who="tutor")
    enrol(course, "bob")
    enrol(course, "cyd")
    put_in(course, "cyd", "TD1")
    assert listed(course, "match=none&role=tutor&group=TD1") == ["bob"]


def test_methods_by_id_and_by_kind(course: Course) -> None:
    first, second = (MethodFactory(course=course, kind="self") for _ in range(2))
    EnrolmentFactory(method=first, person=PersonFactory(username="ann", last_name="A"))
    EnrolmentFactory(method=second, person=PersonFactory(username="bob", last_name="B"))
    by_id = f"method={first.pk}"
    both = f"method={first.pk}&method={second.pk}&method_match=all"
    assert found(course, "method=self", by_id, both, "method=meta") == {
        "method=self": ["ann", "bob"],
        by_id: ["ann"],
        both: [],
        "method=meta": [],
    }


def test_groups_and_none_of_them(course: Course) -> None:
    for username in ("ann", "bob", "cyd"):
        enrol(course, username)
    put_in(course, "ann", "TD1")
    put_in(course, "bob", "TD1")
    put_in(course, "bob", "TD2")
    elsewhere = CourseFactory()
    enrol(elsewhere, "cyd")
    put_in(elsewhere, "cyd", "TD9")
    assert found(
        course,
        "group=none",
        "group=none&group_match=none",
        "group=none&group=TD2",
        "group=none&group=TD1&group_match=all",
        "group=TD1&group=TD2&group_match=all",
        "group=TD2&group_match=none",
    ) == {
        "group=none": ["cyd"],
        "group=none&group_match=none": ["ann", "bob"],
        "group=none&group=TD2": ["bob", "cyd"],
        "group=none&group=TD1&group_match=all": [],
        "group=TD1&group=TD2&group_match=all": ["bob"],
        "group=TD2&group_match=none": ["ann", "cyd"],
    }


def test_inactive_is_longer_ago_or_never(course: Course) -> None:
    for username, ago in {
        "just": timedelta(days=30),
        "over": timedelta(days=30) + INSTANT,
        "today": timedelta(0),
    }.items():
        enrol(course, username)
        visit(course, username, ago)
    enrol(course, "never")
    assert found(
        course,
        "inactive=30d",
        "inactive=1m",
        "inactive=30d&inactive_match=none",
        "inactive=never",
        "inactive=never&inactive_match=none",
        "inactive=4w",
    ) == {
        "inactive=30d": ["never", "over"],
        "inactive=1m": ["never", "over"],
        "inactive=30d&inactive_match=none": ["just", "today"],
        "inactive=never": ["never"],
        "inactive=never&inactive_match=none": ["just", "over", "today"],
        "inactive=4w": ["just", "never", "over"],
    }


@pytest.mark.parametrize(
    ("keyword", "is_found"),
    [
        ("eleo", True), ("ÉLÉO", True), ("e%CC%81le%CC%81o", True), ("oe", True), ("strasse", True), ("l", True), ("lukasz", True),
        ("d'ete", True), ("d%E2%80%99%C3%A9t%C3%A9", True), ("jean-luc", True), ("lukasz+strasse", True), ("2260", True),
        ("etu.exemple", True), ("p77", True), ("lukasz+absent", False), ("%25", False), ("_", False), ("*", False), ("u12345", False),
    ],
)  # fmt: skip
def test_a_keyword_is_in_the_names_login_number_or_mail(course: Course, keyword: str, is_found: bool) -> None:
    EnrolmentFactory(
        course=course,
        person=PersonFactory(
            username="P77",
            last_name="Œuvré Straße-D’Été",
            first_name="Éléonore Łukasz Jean‑Luc",
            id_number="22600001",
            student_number="22600001",
            email="P77@etu.exemple.fr",
            directory_uid="u12345",
        ),
    )
    assert listed(course, f"q={keyword}") == (["P77"] if is_found else [])


def test_wildcards_are_ordinary_characters(course: Course) -> None:
    for username in ("a%b", "a_b", "a*b", "axb"):
        enrol(course, username)
    assert found(course, "q=a%25b", "q=a_b", "q=a*b") == {"q=a%25b": ["a%b"], "q=a_b": ["a_b"], "q=a*b": ["a*b"]}


def test_initials_always_narrow(course: Course) -> None:
    for number, (last, first) in enumerate([("Éco", "Ann"), ("eco", "Œd"), ("Zed", "3M"), ("'t Hooft", "")]):
        EnrolmentFactory(course=course, person=PersonFactory(username=f"p{number}", last_name=last, first_name=first))
    assert found(
        course, "last=E", "last=e", "last=%C3%89", "first=O", "first=%23", "last=%23", "match=any&role=student&last=Z"
    ) == {
        "last=E": ["p0", "p1"],
        "last=e": ["p0", "p1"],
        "last=%C3%89": ["p0", "p1"],
        "first=O": ["p1"],
        "first=%23": ["p3", "p2"],
        "last=%23": ["p3"],
        "match=any&role=student&last=Z": ["p2"],
    }


def test_names_are_ordered_without_accents_and_case_ties_by_username(course: Course) -> None:
    for username, last in [("p3", "Ecroulant"), ("p2", "École"), ("p1", "Ebert"), ("p5", "dupont"), ("p4", "DUPONT")]:
        EnrolmentFactory(course=course, person=PersonFactory(username=username, last_name=last, first_name="Ann"))
    assert found(course, "", "sort=-last_name") == {
        "": ["p4", "p5", "p1", "p2", "p3"],
        "sort=-last_name": ["p3", "p2", "p1", "p4", "p5"],
    }


def test_nothing_comes_first(course: Course) -> None:
    for username, who in {"a": "tutor", "b": "student", "c": "editingteacher"}.items():
        enrol(course, username, who=who)
    enrol(course, "b", "self", "tutor")
    visit(course, "a", timedelta(days=2))
    visit(course, "b", timedelta(days=1))
    put_in(course, "a", "TD2", "TD 2")
    put_in(course, "b", "TD1", "TD 1")
    put_in(course, "b", "TD2", "TD 2")
    assert found(course, "sort=last_access", "sort=-last_access", "sort=groups", "sort=-groups", "sort=roles") == {
        "sort=last_access": ["c", "a", "b"],
        "sort=-last_access": ["b", "a", "c"],
        "sort=groups": ["c", "b", "a"],
        "sort=-groups": ["a", "b", "c"],
        "sort=roles": ["c", "b", "a"],
    }


def test_several_orders(course: Course) -> None:
    for username, who in {"a": "tutor", "b": "student", "c": "tutor"}.items():
        enrol(course, username, who=who)
    assert listed(course, "sort=-roles&sort=-username") == ["c", "a", "b"]


def test_in_a_course_without_groups_nobody_differs_by_them(course: Course) -> None:
    for username, who in {"a": "tutor", "b": "student", "c": "tutor"}.items():
        enrol(course, username, who=who)
    assert found(course, "sort=-groups", "sort=groups&sort=-roles") == {
        "sort=-groups": ["a", "b", "c"],
        "sort=groups&sort=-roles": ["a", "c", "b"],
    }


def test_in_separate_groups_others_are_not_seen(course: Course) -> None:
    for username in ("ann", "bob"):
        enrol(course, username)
    put_in(course, "ann", "TD1")
    seen = [group.pk for group in Group.objects.filter(course=course)]
    queries = ("", "match=any&q=bob", "group=none", "q=b&match=none")
    assert {query: listed(course, query, seen) for query in queries} == {
        "": ["ann"],
        "match=any&q=bob": [],
        "group=none": [],
        "q=b&match=none": ["ann"],
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("role=boss", [("role", "boss")]),
        ("role=Student", [("role", "Student")]),
        ("role=student&role=boss", [("role", "boss")]),
        ("group=TD9", [("group", "TD9")]),
        ("method=cohort_sync", [("method", "cohort_sync")]),
        ("method=999999999", [("method", "999999999")]),
        ("status=gone", [("status", "gone")]),
        ("inactive=30", [("inactive", "30")]),
        ("inactive=-3d", [("inactive", "-3d")]),
        ("inactive=%D9%A3d", [("inactive", "٣d")]),
        ("inactive=9999999d", [("inactive", "9999999d")]),
        ("inactive=3d&inactive=4d", [("inactive", "3d, 4d")]),
        ("inactive=3d&inactive_match=all", [("inactive_match", "all")]),
        ("match=some", [("match", "some")]),
        ("match=all&match=all", [("match", "all, all")]),
        ("role_match=any&role_match=none", [("role_match", "any, none")]),
        ("role_match=x", [("role_match", "x")]),
        ("rol_match=any", [("rol_match", "any")]),
        ("first=AB", [("first", "AB")]),
        ("first=1", [("first", "1")]),
        ("last=A&last=B", [("last", "A, B")]),
        ("sort=age", [("sort", "age")]),
        ("sort=--last_name", [("sort", "--last_name")]),
        ("q=%00", [("q", "\x00")]),
        ("page=x&utm_source=y&per_page=z&open=1&rol=2", []),
    ],
)
def test_what_does_not_exist_is_named(course: Course, query: str, expected: list[tuple[str, str]]) -> None:
    assert complaints(course, query) == expected


def test_the_method_of_another_course_does_not_exist_here(course: Course) -> None:
    other = CourseFactory().methods.get()
    assert complaints(course, f"method={other.pk}") == [("method", str(other.pk))]
