"""Whatever the address says: an answer, of this course's people only, and never an empty list without its reason."""

import html
import re
from urllib.parse import quote_plus

import pytest
from django.conf import settings as site
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.models import Person
from enrolhub.access.models import SavedView, ViewPreference
from tests.courses.participants.conftest import World
from tests.courses.participants.oracle import BADGE_ORDER, KINDS, ROLES, SORTS
from tests.courses.participants.world import GROUPS
from tests.factories import EnrolmentFactory, SiteRoleFactory, UserFactory, role

LIST = "/courses/LIST1/participants/"
KNOWN = [
    "q", "role", "group", "method", "status", "inactive", "match", "first", "last", "sort", "page", "per_page", "open", "add", "on",
    "q_match", "role_match", "group_match", "method_match", "status_match", "inactive_match", "typed_group", "typed_method",
    "other_match", "_match", "typed_role", "user__password__startswith", "utm_source",
]  # fmt: skip
# RELIABILITY.md §5e, W7 to W12, and what else has broken lists elsewhere.
NASTY = [
    "", " ", "\x00", "a\x00b", "\ud7ff\U0010ffff", "\u202e\u200b", "-1", "0", str(2**63), "9" * 5_000, "1;", "1%00", "NaN", "٣٠",
    "*", "%", "_", "(", "(a+)+$" * 40, "x" * 20_000, "'; DROP TABLE courses_course; --", "<script>alert(1)</script>",
    "{{7*7}}", "//evil.example", "\\/evil.example", "javascript:alert(1)", "../../etc/passwd", "none", "null", "[]", '{"a":1}',
]  # fmt: skip
SENSIBLE = [
    *ROLES,
    *GROUPS,
    *KINDS,
    *BADGE_ORDER,
    *SORTS,
    "-status",
    "any",
    "all",
    "30d",
    "never",
    "A",
    "#",
    "2",
    "eleo",
]

names = st.one_of(st.sampled_from(KNOWN), st.text(max_size=8))
values = st.one_of(st.sampled_from(NASTY), st.sampled_from(SENSIBLE), st.text(max_size=40))
pairs = st.lists(st.tuples(names, values), max_size=12)
PIECES = ["%", "%zz", "%ED%A0%80", "%FF", "&", "&&", "=", ";", "q", "role=", "#", "?"]
raw = st.lists(st.one_of(st.sampled_from(PIECES), st.text("aq%&=;+", max_size=6)), max_size=12)
fuzz = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def staff(client: Client, world: World) -> Client:
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    return client


def check(client: Client, world: World, query: str) -> None:
    """The laws of the list, for one query string."""
    response = client.get(f"{LIST}?{query}", follow=True)
    assert response.status_code in {200, 400}, query
    if response.status_code == 400:
        assert query.count("&") >= site.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return
    page = response.content.decode()
    listed = usernames_on(page)
    assert listed <= people_of(world), query
    assert listed or "note-bad" in page or 'class="empty"' in page, query
    assert "<script>alert" not in page


def usernames_on(page: str) -> set[str]:
    """Whose rows a page has."""
    return {html.unescape(name) for name in re.findall(r'plain col-username">([^<]*)<', page)}


def people_of(world: World) -> set[str]:
    return set(Person.objects.filter(enrolments__method__course=world.course).values_list("username", flat=True))


@pytest.mark.slow
@fuzz
@given(given_pairs=pairs)
def test_any_parameters(staff: Client, world: World, given_pairs: list[tuple[str, str]]) -> None:
    written = [(name.encode("utf-8", "replace"), value.encode("utf-8", "surrogatepass")) for name, value in given_pairs]
    check(staff, world, "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in written))


@pytest.mark.slow
@fuzz
@given(parts=raw)
def test_any_text_for_a_query_string(staff: Client, world: World, parts: list[str]) -> None:
    check(staff, world, "".join(parts))


@pytest.mark.parametrize("value", NASTY)
def test_a_nasty_value_in_every_parameter_once_and_twice(staff: Client, world: World, value: str) -> None:
    given = {name: f"{name}={quote_plus(value)}" for name in KNOWN}
    check(staff, world, "&".join(given.values()))
    # Those that are looked for in the database or shown again, without the complaints of the others.
    check(staff, world, "&".join(given[name] for name in ("q", "q", "page", "per_page", "open", "add", "utm_source")))
    check(staff, world, f"{given['typed_group']}&{given['typed_group']}&role=student")


@pytest.mark.parametrize("name", ["q", "role", "group", "method", "sort", "open", "add", "typed_group", "x"])
def test_hundreds_of_values_are_answered_and_thousands_refused(staff: Client, world: World, name: str) -> None:
    for count in (900, 10_000):
        check(staff, world, "&".join(f"{name}={number}" for number in range(count)))


@pytest.mark.slow
def test_a_million_letters(staff: Client, world: World) -> None:
    for name in ("q", "group", "typed_method", "page"):
        check(staff, world, f"{name}={'x' * 1_000_000}")


def test_a_teacher_in_separate_groups_meets_the_same_laws(client: Client, world: World) -> None:
    teacher = EnrolmentFactory(course=world.course, role=role("editingteacher")).person
    group = world.course.groups.get(code="TD1")
    group.members.create(person=teacher)
    type(world.course).objects.filter(pk=world.course.pk).update(separate_groups=True)
    client.force_login(UserFactory(username=teacher.username))
    seen = set(Person.objects.filter(group_memberships__group=group).values_list("username", flat=True))
    for query in (
        "",
        "match=none&q=zzz",
        "group=none",
        "group=TD10&match=any&role=student",
        "typed_group=TD 10",
        "first=%23",
    ):
        response = client.get(f"{LIST}?{query}&per_page=500", follow=True)
        assert (query, usernames_on(response.content.decode()) - seen) == (query, set())


FORMS = ["columns/", "page-size/", "views/"]


@pytest.mark.parametrize("value", NASTY)
def test_forms_take_nothing_odd_and_lead_nowhere_else(staff: Client, world: World, value: str) -> None:
    fields = dict.fromkeys(["column", "per_page", "name", "query", "everywhere", "place", "view"], value)
    for form in FORMS:
        response = staff.post(LIST + form, {**fields, "user": "1", "next": f"{value}?q={quote_plus(value)}"})
        # Nobody's address is as long as what a redirection refuses.
        assert response.status_code in ({200, 302} if len(value) < 10_000 else {200, 302, 400})
        if response.status_code == 302:
            assert response.headers["Location"].startswith(LIST)
    assert staff.get(LIST).status_code == staff.get(f"{LIST}views/").status_code == 200
    for view in SavedView.objects.all():
        assert view.user.username == "cemu"
    for preference in ViewPreference.objects.all():
        assert set(preference.value) <= {"hidden", "per_page"}
        assert preference.value.get("per_page", 20) in {20, 50, 100, 500}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_another_course_or_of_nobody_change_nothing(client: Client, world: World, form: str) -> None:
    fields = {"column": "email", "per_page": "50", "name": "Mine", "query": "role=student"}
    assert client.post(LIST + form, fields).headers["Location"].startswith("/sign-in/")
    client.force_login(UserFactory(username="stranger"))
    assert client.post(LIST + form, fields).status_code == 404
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
        assert checking.post(LIST + form, "per_page=50", content_type=content_type).status_code == 403
    assert (ViewPreference.objects.count(), SavedView.objects.count()) == (0, 0)


@pytest.mark.parametrize("form", ["columns/", "page-size/"])
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_forms_are_only_sent(staff: Client, form: str, method: str) -> None:
    assert getattr(staff, method)(f"{LIST}{form}?per_page=50").status_code == 405
    assert ViewPreference.objects.count() == 0
