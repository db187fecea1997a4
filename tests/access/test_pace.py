"""Whoever takes lists or writes to people faster than anybody works is told when to come back, and nobody else is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from courses.models import Course, Message
from enrolhub.access.models import Attempts, Event
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, SiteRoleFactory, UserFactory, manual_method

pytestmark = pytest.mark.django_db
PLACE = "/courses/PACE1/"


@pytest.fixture
def course(settings: Settings) -> Course:
    settings.EXPORTS_PER_MINUTE, settings.MESSAGES_PER_AUTHOR = 3, 2
    made: Course = CourseFactory.create(code="PACE1")
    EnrolmentFactory(method=manual_method(made), person=PersonFactory(username="u1"))
    return made


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(SiteRoleFactory.create(user=UserFactory(username=username)).user)
    client.cookies["django_language"] = "en"
    return client


def an_hour_later() -> None:
    for row in Attempts.objects.all():
        Attempts.objects.filter(pk=row.pk).update(since=row.since - timedelta(hours=1))


def taken(client: Client) -> list[int]:
    """The answers to the ways in which lists are taken along."""
    person = PersonFactory._meta.model.objects.get(username="u1").pk
    ways: list[Any] = [
        client.get(f"{PLACE}participants/export/csv/"),
        client.post(f"{PLACE}participants/export/csv/", {"person": person}),
        client.post(f"{PLACE}participants/actions/addresses/", {"person": person}),
        client.get(f"{PLACE}verification/export/csv/"),
    ]
    return [response.status_code for response in ways if b"".join(response)]


def test_one_list_after_the_other_is_enough_for_a_minute(course: Course) -> None:
    client = signed_in("cemu")
    assert taken(client) == [200, 200, 200, 429]
    assert taken(client) == [429] * 4
    assert Event.objects.filter(action__in=["export", "addresses_copied"]).count() == 3
    assert taken(signed_in("other")) == [200, 200, 200, 429]
    an_hour_later()
    assert taken(client) == [200, 200, 200, 429]


def test_who_has_to_wait_is_told_how_long(course: Course) -> None:
    client = signed_in("cemu")
    taken(client)
    page = client.get(f"{PLACE}verification/export/csv/")
    assert 0 < int(page.headers["Retry-After"]) <= 60
    assert "Go back and ask again in" in page.content.decode()
    asked = client.post(f"{PLACE}participants/actions/addresses/", headers={"Accept": "application/json"})
    assert (asked.status_code, list(asked.json())) == (429, ["wrong"])


def send(client: Client) -> Any:
    """The answer to a message confirmed."""
    address = f"{PLACE}participants/message/"
    person = PersonFactory._meta.model.objects.get(username="u1").pk
    first = client.post(address, {"person": person})
    token = first.context["form"]["token"].value()
    draft = {"person": person, "subject": "Exam", "body": "Tomorrow.", "token": token}
    preview = client.post(address, {**draft, "step": "preview"})
    digest = preview.context["recipients"].digest
    return client.post(address, {**draft, "step": "send", "digest": digest})


def test_a_text_that_is_one_too_many_stays_on_the_page(course: Course) -> None:
    client = signed_in("cemu")
    assert [send(client).status_code for _time in range(2)] == [302, 302]
    page = send(client)
    assert (page.status_code, Message.objects.count()) == (200, 2)
    assert "You have sent many messages within an hour." in page.content.decode()
    assert "Tomorrow." in page.content.decode()
    assert send(signed_in("other")).status_code == 302
    an_hour_later()
    assert send(client).status_code == 302


def test_a_message_that_did_not_go_out_counts_for_nothing(course: Course) -> None:
    client = signed_in("cemu")
    address = f"{PLACE}participants/message/"
    person = PersonFactory._meta.model.objects.get(username="u1").pk
    for _time in range(5):
        token = client.post(address, {"person": person}).context["form"]["token"].value()
        draft = {"person": person, "subject": "Exam", "body": "Tomorrow.", "token": token, "digest": "0" * 64}
        assert client.post(address, {**draft, "step": "send"}).status_code == 200
    assert send(client).status_code == 302
