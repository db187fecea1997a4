"""The pages of actions: what is asked, what is shown beforehand, what confirming does, and what is refused in words."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cohorts.models import Person
from courses.models import Enrolment, Exclusion, GroupMember
from courses.tasks import conduct
from enrolhub.access.models import Event, SiteRole, User
from enrolhub.sync.models import Run
from tests.courses.hand.campus import Campus, make_campus, state
from tests.factories import (
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.registers import Registers, enrolled, grouped, registers
from tests.worlds import once

__all__ = ["registers"]
pytestmark = pytest.mark.django_db
Data = dict[str, Any]


@pytest.fixture
def campus(registers: Registers) -> Campus:
    return once(make_campus, registers)


@pytest.fixture
def staff(campus: Campus) -> Client:
    user: User = UserFactory.create(username="cemu")
    SiteRoleFactory(user=user, kind=SiteRole.Kind.STAFF)
    return signed_in(user)


@pytest.fixture
def teacher(campus: Campus) -> Client:
    """The account of `prof`, who edits the course by an enrolment."""
    return signed_in(UserFactory.create(username="prof"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def ids(*names: str) -> list[int]:
    people = dict(Person.objects.values_list("username", "pk"))
    return [people[name] for name in names]


def act(client: Client, verb: str, **data: Any) -> Any:
    return client.post(reverse("courses:action", args=["INF101-26", verb]), data)


def said(response: Any) -> str:
    """The words of a page on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def digest_in(response: Any) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', response.content.decode())
    assert found, said(response)
    return found.group(1)


def confirm(client: Client, verb: str, **data: Any) -> Any:
    """Look at the preview, then confirm it."""
    shown = act(client, verb, **data, step="preview")
    assert shown.status_code == 200
    return act(client, verb, **data, step="confirm", digest=digest_in(shown))


def toast(client: Client) -> str:
    return said(client.get(reverse("courses:participants", args=["INF101-26"])))


def test_suspending_is_previewed_then_done_and_told_with_its_way_back(campus: Campus, staff: Client) -> None:
    people = ids("h1", "h2", "e2")
    before = state()
    shown = act(staff, "suspend", person=people)
    words = said(shown)
    assert state() == before
    assert "Suspend 2 people" in words
    assert "Suspended already" in words
    answer = act(staff, "suspend", person=people, query="role=student", step="confirm", digest=digest_in(shown))
    assert (answer.status_code, answer["Location"]) == (302, "/courses/INF101-26/participants/?role=student")
    run = Run.objects.get(kind="hand")
    page = staff.get(answer["Location"]).content.decode()
    assert "2 people suspended" in said(staff.get("/")) or "2 people suspended" in page
    assert reverse("sync:undo", args=[run.pk]) in page
    assert "(h1)" in enrolled(campus.space, "manual")
    assert "(e2)" in enrolled(campus.space)


def test_a_filter_selects_everyone_it_finds(campus: Campus, staff: Client) -> None:
    confirm(staff, "suspend", everyone="1", query="method=self")
    assert enrolled(campus.space, "self") == ["(s1)"]
    assert not Enrolment.objects.exclude(person__username__in=["s1", "h2", "e5"]).filter(suspended_by="hand").exists()


def test_confirming_twice_applies_once(campus: Campus, staff: Client) -> None:
    shown = act(staff, "suspend", person=ids("h1"))
    once = act(staff, "suspend", person=ids("h1"), step="confirm", digest=digest_in(shown))
    twice = act(staff, "suspend", person=ids("h1"), step="confirm", digest=digest_in(shown))
    assert (once.status_code, twice.status_code, Run.objects.filter(kind="hand").count()) == (302, 302, 1)


def test_the_same_can_be_done_again_once_it_was_taken_back(campus: Campus, staff: Client) -> None:
    for verb in ("suspend", "resume", "suspend"):
        assert confirm(staff, verb, person=ids("h1")).status_code == 302
    assert "(h1)" in enrolled(campus.space, "manual")
    assert Run.objects.filter(kind="hand").count() == 3


def test_a_course_that_moved_is_shown_again(campus: Campus, staff: Client) -> None:
    shown = act(staff, "suspend", person=ids("h1", "h3"))
    Enrolment.objects.filter(person__username="h3", method__course=campus.space).update(suspended_by="hand")
    before = state()
    again = act(staff, "suspend", person=ids("h1", "h3"), step="confirm", digest=digest_in(shown))
    assert (again.status_code, state()) == (200, before)
    assert "The course has changed since the preview. Nothing was done" in said(again)
    assert "Suspend 1 person" in said(again)
    assert not Run.objects.filter(kind="hand").exists()


def test_while_another_change_is_under_way_nothing_is_done(campus: Campus, staff: Client) -> None:
    Run.objects.create(kind="hand", lane=f"hand:{campus.space.pk}", options={"course": "INF101-26", "verb": "remove"})
    answer = confirm(staff, "suspend", person=ids("h1"))
    assert "Another change by hand to this course is under way" in said(answer)
    assert "h1" in enrolled(campus.space, "manual")


@pytest.mark.parametrize(
    ("verb", "data", "expected"),
    [
        ("add-to-group", {"group": "td2"}, ("td2", "h3", "")),
        ("remove-from-group", {"group": "td1"}, None),
    ],
)
def test_groups_are_joined_and_left(campus: Campus, staff: Client, verb: str, data: Data, expected: Any) -> None:
    confirm(staff, verb, person=ids("h3", "h1"), **data)
    places = grouped(campus.space)
    assert (expected in places) if expected else ("td1", "h1", "") not in places


def test_a_role_is_changed_where_no_source_gives_it(campus: Campus, staff: Client) -> None:
    first = act(staff, "change-role", person=ids("h1", "e2"))
    assert "See what will happen" in said(first)
    shown = act(staff, "change-role", person=ids("h1", "e2"), role="tutor", step="preview")
    assert "Role Student → Tutor" in said(shown)
    assert "Enrolled by “Database”, which gives the role" in said(shown)
    act(staff, "change-role", person=ids("h1", "e2"), role="tutor", step="confirm", digest=digest_in(shown))
    roles = Enrolment.objects.filter(method__course=campus.space, person__username__in=["h1", "e2"])
    assert sorted(roles.values_list("person__username", "role__short_name")) == [("e2", "student"), ("h1", "tutor")]


def test_an_end_is_set_in_paris_time_and_cleared(campus: Campus, staff: Client) -> None:
    rows = Enrolment.objects.filter(method__course=campus.space, person__username="e2")
    confirm(staff, "set-end", person=ids("e2"), how="set", ends_at="31/08/2027 18:30")
    assert rows.get().ends_at == datetime(2027, 8, 31, 16, 30, tzinfo=UTC)
    confirm(staff, "set-end", person=ids("e2"), how="clear", ends_at="nonsense")
    assert rows.get().ends_at is None


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"how": "set", "ends_at": ""}, "Write the day on which the enrolments end"),
        ({"how": "set", "ends_at": "2027-03-28T02:30"}, "does not exist in Paris"),
        ({"how": "set", "ends_at": "31/02/2027"}, "does not exist"),
        ({"how": "never"}, "Select a valid choice"),
    ],
)
def test_an_end_that_cannot_be_is_refused_at_its_field(
    campus: Campus, staff: Client, data: Data, complaint: str
) -> None:
    before = state()
    answer = act(staff, "set-end", person=ids("h1"), step="confirm", digest="0" * 64, **data)
    assert (answer.status_code, state()) == (200, before)
    assert complaint in said(answer)


def test_what_would_come_back_is_not_removed(campus: Campus, staff: Client) -> None:
    shown = act(staff, "remove", person=ids("e2", "h1", "e1"))
    assert "Enrolled by “Database”: would be back next night. Exclude or suspend instead" in said(shown)
    assert "Stays in the course by “Database”" in said(shown)
    act(staff, "remove", person=ids("e2", "h1", "e1"), step="confirm", digest=digest_in(shown))
    assert "h1" not in enrolled(campus.space, "manual")
    assert "e1" not in enrolled(campus.space, "manual")
    assert {"e1", "e2"} <= set(enrolled(campus.space))
    # Groups given by hand end with the last enrolment: e1 still has one.
    assert ("td1", "e1", "") in grouped(campus.space)
    assert not [place for place in grouped(campus.space) if place[1] == "h1"]


def test_an_exclusion_is_listed_and_lifted_and_whom_the_source_names_is_back_at_once(
    campus: Campus, staff: Client
) -> None:
    method = campus.method("database")
    confirm(staff, "exclude", person=ids("e2"), method=method.pk, reason="Doublon")
    assert "e2" not in enrolled(campus.space)
    assert ("td1", "e2", "") not in grouped(campus.space)
    listed = said(staff.get(reverse("courses:exclusions", args=["INF101-26"])))
    assert "Nom e2" in listed
    assert "Doublon" in listed
    exclusion = Exclusion.objects.get(person__username="e2")
    assert (exclusion.created_by, exclusion.reason) == (User.objects.get(username="cemu"), "Doublon")
    shown = act(staff, "lift-exclusion", person=ids("e2"))
    assert "Database: Role Student" in said(shown)
    act(staff, "lift-exclusion", person=ids("e2"), step="confirm", digest=digest_in(shown))
    assert "e2" in enrolled(campus.space)
    assert not Exclusion.objects.filter(person__username="e2").exists()


@pytest.mark.slow
def test_an_exclusion_is_lifted_for_someone_no_source_names_any_more(campus: Campus, staff: Client) -> None:
    confirm(staff, "exclude", person=ids("e2"), method=campus.method("database").pk)
    campus.registers.leave(2)
    campus.registers.night()
    shown = act(staff, "lift-exclusion", person=ids("e2"))
    assert "Not enrolled at once: no source names this person today" in said(shown)
    act(staff, "lift-exclusion", person=ids("e2"), step="confirm", digest=digest_in(shown))
    assert not Exclusion.objects.filter(person__username="e2").exists()
    assert "e2" not in enrolled(campus.space)


def test_a_teacher_touches_nobody_above_and_not_themselves(campus: Campus, teacher: Client) -> None:
    chair = PersonFactory(username="chair")
    EnrolmentFactory(method=campus.method("manual"), person=chair, role=role("editingteacher"))
    for verb in ("suspend", "remove"):
        words = said(act(teacher, verb, person=ids("prof", "chair")))
        assert "This is you: ask a colleague to do it" in words
        assert "Has a role here that you may not give" in words
        assert "There is nothing to do for the people selected" in words
    offered = act(teacher, "change-role", person=ids("h1")).content.decode()
    assert set(re.findall(r'<option value="(\w+)"', offered)) == {"teacher", "tutor", "student", "observer"}
    forced = act(teacher, "change-role", person=ids("h1"), role="editingteacher", step="preview")
    assert "Select a valid choice" in said(forced)


def test_separate_groups_hide_the_others_and_their_groups(campus: Campus, teacher: Client) -> None:
    campus.space.separate_groups = True
    campus.space.save()
    confirm(teacher, "suspend", person=ids("h1", "h3"))
    assert "(h1)" in enrolled(campus.space, "manual")
    assert "h3" in enrolled(campus.space, "manual")
    offered = act(teacher, "add-to-group", person=ids("h1")).content.decode()
    assert re.findall(r'<option value="([\w-]+)"', offered) == ["td1"]
    refused = act(teacher, "suspend", person=ids("h3"))
    assert (refused.status_code, "None of the people selected" in said(refused)) == (400, True)


def test_who_may_not_edit_finds_no_such_page(campus: Campus) -> None:
    user = UserFactory.create(username="auditor")
    SiteRoleFactory(user=user, kind=SiteRole.Kind.AUDITOR)
    client = signed_in(user)
    assert act(client, "suspend", person=ids("h1")).status_code == 404
    assert act(signed_in(UserFactory.create(username="h1")), "suspend", person=ids("h1")).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"person": ["x"]},
        {"person": ["99999999999999999999"]},
        {"person": ["9" * 5_000]},
        {"person": ["0"]},
        {"everyone": "1", "query": "role=chief"},
        {"everyone": "1", "query": "q=nobody-at-all"},
    ],
)
def test_a_selection_of_nobody_is_refused_in_words(campus: Campus, staff: Client, data: Data) -> None:
    answer = act(staff, "suspend", **data)
    assert answer.status_code == 400
    assert "This cannot be done" in said(answer)


def test_an_unknown_verb_or_choice_is_no_page_or_a_complaint(campus: Campus, staff: Client) -> None:
    assert act(staff, "promote", person=ids("h1")).status_code == 404
    other = GroupFactory(code="elsewhere")
    assert "Select a valid choice" in said(
        act(staff, "add-to-group", person=ids("h1"), group=other.code, step="confirm")
    )
    answer = act(staff, "exclude", person=ids("e2"), method="-1", step="confirm")
    assert "Select a valid choice" in said(answer)


def test_without_groups_or_synchronisation_the_page_says_what_to_do_first(campus: Campus, staff: Client) -> None:
    GroupMember.objects.filter(group__course=campus.space).delete()
    campus.space.groups.all().delete()
    assert "The course has no group yet" in said(act(staff, "remove-from-group", person=ids("h1")))
    assert "A new group…" in said(act(staff, "add-to-group", person=ids("h1")))


@pytest.mark.slow
def test_a_large_action_is_left_to_a_worker_and_its_report_follows_it(
    campus: Campus, staff: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("courses.hand.confirming.AT_ONCE", 2)
    with django_capture_on_commit_callbacks() as wakings:
        answer = confirm(staff, "suspend", everyone="1", query="")
    run = Run.objects.get(kind="hand")
    assert (len(wakings), run.state, enrolled(campus.space, "self")) == (1, Run.State.WAITING, ["s1"])
    assert "Follow the progress" in said(staff.get(answer["Location"]))
    address = reverse("courses:action_run", args=["INF101-26", run.pk])
    assert "waiting for a worker" in said(staff.get(address))
    conduct(run.pk)
    assert enrolled(campus.space, "self") == ["(s1)"]
    report = said(staff.get(address))
    assert "17 people suspended" in report
    assert "Suspended already" in said(staff.get(address, {"show": "left"}))
    assert "Take it back" in report


def test_the_report_is_only_for_those_who_edit_the_course(campus: Campus, staff: Client, teacher: Client) -> None:
    confirm(staff, "suspend", person=ids("h1"))
    address = reverse("courses:action_run", args=["INF101-26", Run.objects.get(kind="hand").pk])
    assert teacher.get(address).status_code == 200
    campus.space.separate_groups = True
    campus.space.save()
    assert teacher.get(address).status_code == 404
    elsewhere = address.replace("INF101-26", "SOURCE")
    assert staff.get(elsewhere).status_code == 404


def test_addresses_come_as_json_and_as_a_page_and_are_traced(campus: Campus, staff: Client) -> None:
    Person.objects.filter(username="h2").update(email="")
    address = reverse("courses:action", args=["INF101-26", "addresses"])
    data = {"person": ids("h3", "h2", "h1")}
    answer = staff.post(address, data, headers={"accept": "application/json"})
    assert answer.json() == {"addresses": ["h1@exemple.fr", "h3@exemple.fr"], "lacking": 1}
    page = said(staff.post(address, data))
    assert "h1@exemple.fr, h3@exemple.fr" in page
    assert "1 person has no address" in page
    events = Event.objects.filter(action="addresses_copied")
    assert list(events.values_list("actor", "target", "count")) == [("cemu", "INF101-26", 2)] * 2
    assert staff.post(address, {}, headers={"accept": "application/json"}).status_code == 400


def test_fifty_people_cost_the_queries_of_three(campus: Campus, staff: Client) -> None:
    def queries(people: list[int], verb: str, **data: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert act(staff, verb, person=people, **data).status_code == 200
        return len(seen)

    for _ in range(50):
        person = PersonFactory()
        EnrolmentFactory(method=campus.method("manual"), person=person)
        GroupMemberFactory(group=campus.group("td2"), person=person)
    # Of these three each verb changes some and leaves some.
    few, many = [*ids("e3", "e5"), person.pk], list(Person.objects.values_list("pk", flat=True))
    exclude = {"method": campus.method("database").pk, "step": "preview"}
    for verb, data in (("suspend", {}), ("remove", {}), ("exclude", exclude)):
        queries(many, verb, **data)
        assert queries(many, verb, **data) == queries(few, verb, **data)


def test_pages_are_french_until_chosen(campus: Campus, staff: Client) -> None:
    del staff.cookies["django_language"]
    assert "Suspendre 1 personne" in said(act(staff, "suspend", person=ids("h1")))


def test_the_report_costs_as_many_queries_for_fifty_people_as_for_two(campus: Campus, staff: Client) -> None:
    people = [EnrolmentFactory(method=campus.method("manual")).person_id for _ in range(50)]
    found = []
    for some in (people[:2], people[2:]):
        confirm(staff, "add-to-group", person=some, group="td2")
        address = reverse("courses:action_run", args=["INF101-26", Run.objects.filter(kind="hand").latest("pk").pk])
        staff.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert said(staff.get(address, {"per_page": "100"})).count("Joins the group td2") == len(some)
        found.append(len(seen))
    assert found[0] == found[1]
