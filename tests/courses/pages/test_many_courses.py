"""Methods of several courses at once: the filter's courses, one preview, one run, one undo; the CEMU's alone."""

from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Enrolment, Group, Method
from enrolhub.access.models import SiteRole
from enrolhub.sync.models import Run
from tests.courses.setup.campus import state, undo
from tests.factories import (
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

pytestmark = pytest.mark.django_db

FILTER = "?component=BIO"
ADDING = {"name": "", "enabled": "yes", "role": "student", "group": "named", "group_name": "Tuteurs", "cohort": ["TUT"]}


@pytest.fixture
def staff() -> Client:
    """A member of the CEMU; three courses of biology, of which the last follows the cohort TUT already, and one of law."""
    cohort = HandCohortFactory(code="TUT", name="Tuteurs")
    for username in ("a", "b"):
        CohortMemberFactory(cohort=cohort, person=PersonFactory(username=username))
    for number in (1, 2, 3):
        CourseFactory(code=f"BIO{number}", component="BIO")
    CourseFactory(code="LAW1", component="LAW")
    GroupFactory(course__code="BIO4", course__component="CHE", name="Tuteurs")
    course = Method.objects.get(course__code="BIO3").course
    GroupFactory(course=course, code="tut", name="Tuteurs")
    method = MethodFactory(course=course, kind="cohort_sync", source_cohort=cohort)
    for person in cohort.members.all():
        EnrolmentFactory(method=method, person=person.person)
    client = Client()
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.STAFF).user)
    client.cookies["django_language"] = "en"
    return client


def url(verb: str, kind: str = "cohort_sync", query: str = FILTER) -> str:
    return reverse("courses:many_change", args=[verb, kind]) + query


def confirm(client: Client, address: str, data: Mapping[str, object]) -> Run:
    page = client.post(address, {**data, "step": "preview"})
    assert page.context["preview"], page.context["form"].errors
    sent = {**data, "step": "confirm", "digest": page.context["preview"].digest}
    assert [client.post(address, sent).status_code for _ in range(2)] == [302, 302]
    return Run.objects.get(kind="method")


def courses_of_people() -> set[tuple[str, str, str]]:
    rows = Enrolment.objects.filter(method__kind="cohort_sync")
    return set(rows.values_list("method__course__code", "person__username", "role__short_name"))


@pytest.mark.slow
def test_a_cohort_comes_to_every_course_found_that_lacks_it(staff: Client) -> None:
    before = state()
    page = staff.post(url("add"), {**ADDING, "step": "preview"})
    preview = page.context["preview"]
    assert [(count.name, count.rows, count.people) for count in preview.counts] == [("arrive", 4, 2), ("leave", 0, 0)]
    assert "1 course has the method already" in page.content.decode()
    run = confirm(staff, url("add"), ADDING)
    assert (run.state, run.options["course_count"], run.arrivals) == ("applied", 2, 4)
    assert courses_of_people() == {(f"BIO{n}", name, "student") for n in (1, 2, 3) for name in "ab"}
    assert Group.objects.filter(name="Tuteurs", members__isnull=False).values("course").distinct().count() == 2
    assert (undo(run).state, state()) == ("applied", before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "seen"),
    [
        ({"what": "role", "role": "tutor"}, {"change": 2}),
        ({"what": "group", "group": "named", "group_name": "Tuteurs"}, {}),
        ({"what": "name", "name": "Promo"}, {}),
        ({"what": "disable"}, {"shut": 2, "enter": 0}),
    ],
)
def test_one_thing_changes_on_every_method_found(staff: Client, data: dict[str, object], seen: dict[str, int]) -> None:
    before = state()
    full = {"role": "student", "group": "none", "group_name": "", "name": "", "cohort": ["TUT"], **data}
    page = staff.post(url("change"), {**full, "step": "preview"})
    assert {count.name: count.rows for count in page.context["preview"].counts} == seen
    run = confirm(staff, url("change"), full)
    assert state() != before
    assert (undo(run).state, state()) == ("applied", before)


def test_the_methods_found_are_deleted_and_come_back(staff: Client) -> None:
    before = state()
    run = confirm(staff, url("delete"), {"cohort": ["TUT"]})
    assert courses_of_people() == set()
    assert not Method.objects.filter(kind="cohort_sync").exists()
    assert (undo(run).state, state()) == ("applied", before)


def test_a_course_never_becomes_its_own_source(staff: Client) -> None:
    data = {**ADDING, "source": ["BIO1"], "group": "none"}
    confirm(staff, url("add", "meta_link"), data)
    linked = Method.objects.filter(kind="meta_link").values_list("course__code", "source_course__code")
    assert set(linked) == {("BIO2", "BIO1"), ("BIO3", "BIO1")}


@pytest.mark.parametrize(
    ("verb", "data", "field"),
    [
        ("add", {**ADDING, "cohort": []}, "cohort"),
        ("add", {**ADDING, "group_name": ""}, "group_name"),
        ("change", {"what": "role", "role": "student", "cohort": ["NONE"]}, "cohort"),
        ("delete", {"cohort": []}, "cohort"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(staff: Client, verb: str, data: dict[str, object], field: str) -> None:
    page = staff.post(url(verb), {"group": "none", **data, "step": "preview"})
    assert field in page.context["form"].errors
    assert page.context["preview"] is None


def test_no_course_or_nonsense_in_the_filter_does_nothing(staff: Client) -> None:
    for query in ("?component=NONE", "?component=CHE&q=zzz"):
        page = staff.post(url("add", query=query), {**ADDING, "step": "preview"})
        assert page.status_code == 409
    assert not Run.objects.exists()


def test_it_is_the_cemus_alone(staff: Client) -> None:
    client = Client()
    client.force_login(UserFactory(username="prof"))
    EnrolmentFactory(course__code="BIO9", person=PersonFactory(username="prof"), role=role("editingteacher"))
    assert client.get(reverse("courses:many_courses")).status_code == 404
    assert client.get(url("add")).status_code == 404
    assert staff.get(url("add")).status_code == 200
    assert staff.get(url("throw")).status_code == 404
    assert staff.get(reverse("courses:many_courses") + FILTER).context["count"] == 3
