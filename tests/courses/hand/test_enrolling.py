"""Enrolling by hand: who arrives, who is there already, what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from courses.hand.enrolling import EnrolmentRefused, EnrolOutcome, enrol_people, preview_enrolling
from courses.models import Enrolment, Group, GroupMember
from enrolhub.access.models import User
from tests.courses.hand.campus import END, Campus, left_of, state, undo
from tests.factories import GroupFactory, PersonFactory, UserFactory, role
from tests.registers import enrolled

pytestmark = pytest.mark.django_db


def enrol(campus: Campus, author: User, *names: str, **facts: Any) -> EnrolOutcome:
    """Preview, then confirm."""
    ids = campus.choose(author, *names).ids
    facts = {"role": role(), **facts}
    preview = preview_enrolling(campus.space, ids, **facts, author=author)
    return enrol_people(campus.space, ids, **facts, author=author, digest=preview.digest)


def test_newcomers_arrive_with_their_role_dates_and_group(campus: Campus, staff: User) -> None:
    PersonFactory(username="new")
    before = state()
    starts = datetime(2026, 12, 1, tzinfo=UTC)
    facts: dict[str, Any] = {"role": role("tutor"), "group": campus.group("td2"), "starts_at": starts, "ends_at": END}
    preview = preview_enrolling(campus.space, campus.choose(staff, "new", "h1", "e2").ids, **facts, author=staff)
    assert (preview.people_count, preview.touched_count, preview.left_count) == (3, 2, 1)
    assert sorted(left_of(preview)) == ["e2", "h1"]
    assert state() == before
    outcome = enrol(campus, staff, "new", "h1", "e2", **facts)
    assert outcome.run is not None
    row = Enrolment.objects.get(person__username="new")
    assert (row.method.kind, row.role.short_name, row.starts_at, row.ends_at) == ("manual", "tutor", starts, END)
    assert row.created_run == outcome.run
    joined = GroupMember.objects.filter(group__code="td2", method=None).values_list("person__username", flat=True)
    assert sorted(joined) == ["e2", "h1", "new"]
    assert dict(outcome.run.left_out.values_list("person__username", "reason")) == {
        "h1": "enrolled_already",
        "e2": "here_otherwise",
    }
    undo(outcome.run)
    assert state() == before


def test_the_same_people_twice_arrive_once(campus: Campus, staff: User) -> None:
    person = PersonFactory(username="new")
    outcome = enrol_people(campus.space, [person.pk, person.pk], role=role(), author=staff, digest=None)
    assert outcome.run is not None
    assert enrolled(campus.space, "manual").count("new") == 1


def test_a_group_not_saved_yet_is_previewed_then_made_by_the_run(campus: Campus, staff: User) -> None:
    person, group = PersonFactory(), Group(course=campus.space, code="td-9", name="TD 9")
    preview = preview_enrolling(campus.space, [person.pk], role=role(), group=group, author=staff)
    assert not Group.objects.filter(code="td-9").exists()
    outcome = enrol_people(campus.space, [person.pk], role=role(), group=group, author=staff, digest=preview.digest)
    assert (outcome.moved, GroupMember.objects.filter(group__code="td-9").count()) == (False, 1)


def test_a_group_that_somebody_made_meanwhile_is_another_one(campus: Campus, staff: User) -> None:
    person, group = PersonFactory(), Group(course=campus.space, code="td-9", name="TD 9")
    preview = preview_enrolling(campus.space, [person.pk], role=role(), group=group, author=staff)
    GroupFactory(course=campus.space, code="td-9", name="TD 9")
    outcome = enrol_people(campus.space, [person.pk], role=role(), group=group, author=staff, digest=preview.digest)
    assert (outcome.run, outcome.moved) == (None, True)


def test_a_course_that_moved_is_shown_again(campus: Campus, staff: User) -> None:
    person = PersonFactory()
    digest = preview_enrolling(campus.space, [person.pk], role=role(), author=staff).digest
    Enrolment.objects.create(method=campus.method("manual"), person=person, role=role("tutor"))
    outcome = enrol_people(campus.space, [person.pk], role=role(), author=staff, digest=digest)
    assert (outcome.run, outcome.moved, outcome.preview.touched_count) == (None, True, 0)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_makes_no_sense_is_refused_in_words(campus: Campus, staff: User, language: str) -> None:
    teacher, group = UserFactory.create(username="prof"), GroupFactory(name="TD 7")
    with translation.override(language):
        teacher_gives = ("Teacher", "Enseignant")[language == "fr"]
        with pytest.raises(EnrolmentRefused, match=teacher_gives):
            enrol(campus, teacher, "e2", role=role("editingteacher"))
        with pytest.raises(EnrolmentRefused, match="TD 7"):
            enrol(campus, staff, "e2", group=group)
        with pytest.raises(EnrolmentRefused, match=("after the start", "suivre le début")[language == "fr"]):
            enrol(campus, staff, "e2", starts_at=END, ends_at=END - timedelta(days=1))
        campus.method("manual").delete()
        with pytest.raises(EnrolmentRefused, match=("Add it", "Ajoutez-la")[language == "fr"]):
            enrol(campus, staff, "e2")
