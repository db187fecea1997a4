"""A new group made by the run that puts people into it, and places by hand in groups that APOGÉE keeps."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Group, GroupMember
from courses.tasks import conduct
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import request_undo
from tests.courses.hand.campus import Campus, make_campus, undo
from tests.courses.pages.test_actions import act, confirm, ids, said, signed_in, toast
from tests.factories import GroupMemberFactory, PersonFactory, SiteRoleFactory, UserFactory
from tests.registers import Registers, grouped, registers
from tests.worlds import once

__all__ = ["registers"]
pytestmark = pytest.mark.django_db
NEW = {"group": "+new", "new_group": "Projet É"}


@pytest.fixture
def campus(registers: Registers) -> Campus:
    return once(make_campus, registers)


@pytest.fixture
def staff(campus: Campus) -> Client:
    user: User = UserFactory.create(username="cemu")
    SiteRoleFactory(user=user)
    return signed_in(user)


def members(code: str) -> list[str]:
    places = GroupMember.objects.filter(group__code=code, group__course__code="INF101-26")
    return sorted(places.values_list("person__username", flat=True))


def test_it_is_asked_for_by_name(campus: Campus, staff: Client) -> None:
    page = act(staff, "add-to-group", person=ids("h1")).content.decode()
    assert '<option value="+new">A new group…</option>' in page
    assert 'name="new_group"' in page


def test_the_preview_names_it_and_makes_nothing(campus: Campus, staff: Client) -> None:
    shown = act(staff, "add-to-group", person=ids("h1", "e3"), step="preview", **NEW)
    assert "Joins the group Projet É" in said(shown)
    assert not Group.objects.filter(name="Projet É").exists()


def test_one_run_makes_it_and_fills_it_and_its_undo_takes_both_away(campus: Campus, staff: Client) -> None:
    assert confirm(staff, "add-to-group", person=ids("h1", "e3"), **NEW).status_code == 302
    run = Run.objects.get(kind="hand")
    assert "2 people added to the group" in toast(staff)
    assert (members("projet-e"), run.options["people"]) == (["e3", "h1"], 2)
    group = Group.objects.get(code="projet-e")
    assert (group.name, group.keeper) == ("Projet É", "hand")
    phases = list(run.phases.order_by("position").values_list("relation", flat=True))
    assert phases == ["groups", "group_members.hand"]
    back = undo(run)
    assert (back.state, Group.objects.filter(code="projet-e").exists()) == ("applied", False)
    undo(back)
    assert (members("projet-e"), Group.objects.get(code="projet-e").name) == (["e3", "h1"], "Projet É")


def test_whoever_else_joined_it_keeps_it(campus: Campus, staff: Client) -> None:
    confirm(staff, "add-to-group", person=ids("h1"), **NEW)
    run = Run.objects.get(kind="hand")
    confirm(staff, "add-to-group", person=ids("h3"), group="projet-e")
    attempt_run(request_undo(run))
    assert members("projet-e") == ["h3"]


def test_above_two_hundred_people_a_worker_makes_it(
    campus: Campus, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.hand.confirming.AT_ONCE", 0)
    confirm(staff, "add-to-group", person=ids("h1", "e3"), **NEW)
    run = Run.objects.get(kind="hand")
    assert not Group.objects.filter(code="projet-e").exists()
    conduct(run.pk)
    assert members("projet-e") == ["e3", "h1"]


def test_when_a_group_of_its_code_comes_meanwhile_nothing_is_done(
    campus: Campus, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.hand.confirming.AT_ONCE", 0)
    confirm(staff, "add-to-group", person=ids("h1"), **NEW)
    Group.objects.create(course=campus.space, code="projet-e", name="Autre", name_key="autre")
    run = Run.objects.get(kind="hand")
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, run.message, members("projet-e")) == ("refused", "hand_moved", [])


def test_a_form_sent_twice_makes_one(campus: Campus, staff: Client) -> None:
    shown = act(staff, "add-to-group", person=ids("h1"), step="preview", **NEW)
    digest = shown.content.decode().split('name="digest" value="')[1][:64]
    answers = [act(staff, "add-to-group", person=ids("h1"), step="confirm", digest=digest, **NEW) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (Run.objects.filter(kind="hand").count(), Group.objects.filter(name="Projet É").count()) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"group": "+new", "new_group": ""}, "Give the new group a name."),
        ({"group": "+new", "new_group": "  "}, "Give the new group a name."),
        ({"group": "+new", "new_group": "TD1"}, "has a group of this name already"),
        ({"group": "+new", "new_group": "x" * 101}, "at most 100"),
        ({"group": "+new", "new_group": "a\x00b"}, "Null characters"),
        ({"group": "elsewhere"}, "elsewhere is not one of the available choices"),
        ({}, "This field is required"),
    ],
)
def test_a_name_that_cannot_be_is_said_at_its_field(
    campus: Campus, staff: Client, fields: dict[str, Any], words: str
) -> None:
    Group.objects.filter(course=campus.space, code="td1").update(name="TD1", name_key="td1")
    shown = act(staff, "add-to-group", person=ids("h1"), step="preview", **fields)
    assert words in said(shown)
    assert not Run.objects.filter(kind="hand").exists()


def test_whoever_sees_some_groups_only_makes_none(campus: Campus) -> None:
    type(campus.space).objects.filter(pk=campus.space.pk).update(separate_groups=True)
    teacher = signed_in(UserFactory.create(username="prof"))
    for address in (reverse("courses:enrol", args=["INF101-26"]),):
        assert "A new group" not in teacher.get(address).content.decode()
    page = act(teacher, "add-to-group", person=ids("h1")).content.decode()
    assert "A new group" not in page
    assert "Give the new group" not in page
    assert "available choices" in said(act(teacher, "add-to-group", person=ids("h1"), step="preview", **NEW))


class TestEnrolling:
    @pytest.mark.slow
    def test_enrolling_makes_its_group_by_the_same_run(self, campus: Campus, staff: Client) -> None:
        person = PersonFactory(username="neuf")
        fields = {"who": "people", "person": person.pk, "role": "student", "group": "new", "new_group": "Tutorat"}
        address = reverse("courses:enrol", args=["INF101-26"])
        shown = staff.post(address, {**fields, "step": "preview"})
        assert "Joins the group Tutorat" in said(shown)
        digest = shown.content.decode().split('name="digest" value="')[1][:64]
        assert staff.post(address, {**fields, "step": "confirm", "digest": digest}).status_code == 302
        run = Run.objects.get(kind="hand")
        assert members("tutorat") == ["neuf"]
        made = Change.objects.get(scope__phase__run=run, scope__phase__relation="groups")
        assert (made.action, made.item, made.after) == ("A", "tutorat", "Tutorat")
        undo(run)
        assert not Group.objects.filter(code="tutorat").exists()


class TestGroupOfRegister:
    """DESIGN.md §3: a place given by hand stays until the last enrolment goes, also in a group that APOGÉE keeps."""

    def test_the_preview_says_what_a_place_by_hand_means(self, campus: Campus, staff: Client) -> None:
        shown = said(act(staff, "add-to-group", person=ids("h1"), group="APOGEE", step="preview"))
        assert "APOGÉE keeps the group “Groupe apogee”. A place given by hand stays in spite of it" in shown
        assert "APOGÉE keeps" not in said(act(staff, "add-to-group", person=ids("h3"), group="td1", step="preview"))

    def test_enrolling_says_it_too(self, campus: Campus, staff: Client) -> None:
        group = Group.objects.get(course=campus.space, code="APOGEE")
        fields = {"who": "people", "person": PersonFactory().pk, "role": "student", "group": group.pk}
        shown = staff.post(reverse("courses:enrol", args=["INF101-26"]), {**fields, "step": "preview"})
        assert "APOGÉE keeps the group" in said(shown)

    @pytest.mark.slow
    def test_the_nights_neither_take_it_away_nor_give_it(self, campus: Campus, staff: Client) -> None:
        confirm(staff, "add-to-group", person=ids("h1"), group="APOGEE")
        campus.registers.night()
        assert ("APOGEE", "h1", "") in grouped(campus.space)
        campus.registers.remove("affectations_groupes", cod_etu="00000001")
        campus.registers.night()
        assert [row for row in grouped(campus.space) if row[0] == "APOGEE"] == [
            ("APOGEE", "e2", "database"), ("APOGEE", "e3", "database"), ("APOGEE", "h1", ""),
        ]  # fmt: skip

    def test_it_is_taken_away_where_it_was_given(self, campus: Campus, staff: Client) -> None:
        GroupMemberFactory(
            group=Group.objects.get(course=campus.space, code="APOGEE"),
            person=PersonFactory._meta.model.objects.get(username="h1"),
        )
        shown = act(staff, "remove-from-group", person=ids("h1", "e2"), group="APOGEE", step="preview")
        assert "Put into the group by an enrolment method" in said(shown)
        confirm(staff, "remove-from-group", person=ids("h1", "e2"), group="APOGEE")
        assert members("APOGEE") == ["e1", "e2", "e3"]

    def test_the_page_of_the_group_says_so(self, campus: Campus, staff: Client) -> None:
        group = Group.objects.get(course=campus.space, code="APOGEE")
        page = staff.get(reverse("courses:group", args=["INF101-26", group.pk]))
        assert "A place given by hand from the participant list stays in spite of it" in said(page)
