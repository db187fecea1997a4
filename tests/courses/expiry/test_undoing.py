"""Whoever edits a course takes back what the ends of enrolments did there, and nothing of other courses."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from cohorts.models import Person
from courses.expiry.runs import apply_expiries
from courses.models import Course, Enrolment
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.undo import request_undo
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.import_files import signed_in

pytestmark = pytest.mark.django_db
OVER = timezone.now() - timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def ending(code: str, *names: str, **more: Any) -> Course:
    """A course with its editing teacher `prof`, and people whose enrolment has ended."""
    made: Course = CourseFactory(code=code)
    made.methods.filter(kind="manual").update(expiry_policy="withdraw")
    manual = made.methods.get(kind="manual")
    for name in names:
        EnrolmentFactory(method=manual, person=PersonFactory(username=name), ends_at=OVER, **more)
    return made


def teach(course: Course, name: str = "prof") -> None:
    person = Person.objects.filter(username=name).first() or PersonFactory(username=name)
    EnrolmentFactory(course=course, person=person, role=role("editingteacher"))


def applied() -> Run:
    run = apply_expiries()
    assert run is not None
    return run


def undo_page(run: Run, **query: Any) -> str:
    return reverse("sync:undo", args=[run.pk], query=query)


def seats() -> list[str]:
    rows = Enrolment.objects.exclude(person__username="prof")
    return sorted(rows.values_list("person__username", flat=True))


def confirm(client: Client, run: Run, **form: Any) -> Any:
    digest = client.get(undo_page(run, **form)).context["preview"].digest
    return client.post(undo_page(run), {"digest": digest, **form})


def test_the_history_leads_to_taking_back_what_ended_in_ones_course() -> None:
    mine, other = ending("MINE", "of-mine-1", "of-mine-2"), ending("OTHER", "of-other")
    teach(mine)
    run, client = applied(), signed_in("prof")
    history = client.get(reverse("courses:history", args=[mine.code])).content.decode()
    assert f'href="{undo_page(run, scope="MINE")}"' in history
    page = client.get(undo_page(run))
    preview = page.context["preview"]
    assert (preview.is_part, [offer.code for offer in preview.offered]) == (True, ["MINE"])
    shown = page.content.decode()
    assert [name for name in ("of-mine-1", "of-other", other.code) if name in shown] == ["of-mine-1"]
    assert reverse("courses:history", args=["MINE"]) in shown
    answer = confirm(client, run)
    undo = Run.objects.get(kind="undo")
    assert (answer.headers["Location"], undo.options["scopes"]) == (reverse("sync:run", args=[undo.pk]), ["MINE"])
    assert seats() == ["of-mine-1", "of-mine-2"]
    # Their own undo is theirs to see and to take back; the run itself is not.
    assert client.get(reverse("sync:run", args=[undo.pk])).status_code == 200
    assert client.get(reverse("sync:run", args=[run.pk])).status_code == 404
    confirm(client, undo)
    assert seats() == []


@pytest.mark.parametrize("asked", [["OTHER"], ["MINE", "OTHER"], ["NONE"]])
def test_nothing_of_other_courses(asked: list[str]) -> None:
    teach(ending("MINE", "a1"))
    ending("OTHER", "b1")
    run, client = applied(), signed_in("prof")
    assert client.get(undo_page(run, scope=asked)).status_code == 404
    assert client.post(undo_page(run), {"digest": "", "scope": asked}).status_code == 404
    with pytest.raises(CommandError):
        call_command("undo", str(run.pk), *(f"--scope={code}" for code in asked), "--as", "prof")
    assert seats() == []


def test_who_edits_none_of_the_courses_gets_nowhere() -> None:
    teach(CourseFactory(code="ELSE"))
    mine = ending("MINE", "of-mine")
    EnrolmentFactory(course=mine, person=PersonFactory(username="assist"), role=role("teacher"))
    run = applied()
    assist = signed_in("assist")
    for client in (signed_in("prof"), assist):
        assert client.get(undo_page(run)).status_code == 404
    history = assist.get(reverse("courses:history", args=[mine.code])).content.decode()
    assert ("of-mine" in history, undo_page(run) in history) == (True, False)


def test_roles_that_one_may_not_give_and_groups_that_one_does_not_see() -> None:
    colleague, apart = ending("COLLEAGUE", "c1", role=role("editingteacher")), ending("APART", "d1")
    for course in (colleague, apart):
        teach(course)
    Course.objects.filter(pk=apart.pk).update(separate_groups=True)
    prof = Person.objects.get(username="prof")
    GroupMemberFactory(group=GroupFactory(course=apart), person=prof)
    run, client = applied(), signed_in("prof")
    assert client.get(undo_page(run)).status_code == 404
    for course in (colleague, apart):
        page = client.get(reverse("courses:history", args=[course.code])).content.decode()
        assert undo_page(run, scope=course.code) not in page


def test_a_course_lost_meanwhile_refuses_the_worker() -> None:
    teach(ending("MINE", "a1"))
    run = applied()
    undo = request_undo(run, UserFactory(username="prof"), codes=["MINE"])
    Enrolment.objects.filter(person__username="prof").delete()
    ended = attempt_run(undo)
    assert (ended.state, ended.message, seats()) == ("refused", "right_lost", [])
