"""The pages of messages: writing, preview, confirmation, what became of each mail; whom they let in, what they refuse."""

import re
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from kombu.exceptions import OperationalError
from pytest_django import Settings

from cohorts.models import Person
from courses.models import Course, Delivery, GroupMember, Message
from courses.tasks import send_mails
from enrolhub.access.models import Event
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, text_of

pytestmark = pytest.mark.django_db
WRITE, LIST = "/courses/MAIL1/participants/message/", "/courses/MAIL1/messages/"
STUDENTS = {"everyone": "1", "query": "role=student"}


@pytest.fixture(autouse=True)
def no_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The broker is away: pages go on without it. What was asked of it is kept."""
    asked: list[float] = []

    def refuse(countdown: float = 0, **options: object) -> None:
        asked.append(countdown)
        raise OperationalError

    monkeypatch.setattr(send_mails, "apply_async", refuse)
    return asked


@pytest.fixture
def course() -> Course:
    """A teacher, and three students of whom one has no address."""
    made: Course = CourseFactory(code="MAIL1", title="Méthodologie")
    teacher = PersonFactory(username="prof", last_name="Prévost", first_name="Alex", email="alex@exemple.fr")
    EnrolmentFactory(course=made, person=teacher, role=role("teacher"))
    for name, first, address in (
        ("Abgrall", "Nolwenn", "nolwenn@etu.exemple.fr"),
        ("Bœuf", "Éléonore", "eleonore@etu.exemple.fr"),
        ("Cauvin", "Assia", ""),
    ):
        EnrolmentFactory(course=made, person=PersonFactory(last_name=name, first_name=first, email=address))
    return made


@pytest.fixture
def teacher(client: Client, course: Course) -> Client:
    client.force_login(UserFactory(username="prof"))
    client.cookies["django_language"] = "en"
    return client


def draft(**changes: str) -> dict[str, str]:
    text = {"subject": "Exam of {course}", "body": "Hello {first_name},\n\nsee you.", "token": str(uuid4())}
    return STUDENTS | text | changes


def soup(response: Any) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def one(page: Tag, selector: str) -> Tag:
    """The first part of the page that the selector finds; there must be one."""
    found = page.select_one(selector)
    assert found is not None
    return found


def fields_of(form: Tag) -> dict[str, str]:
    """What a browser would send of a form, but for its buttons."""
    return {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[type=hidden]")}


def preview(client: Client, **changes: str) -> BeautifulSoup:
    return soup(client.post(WRITE, draft(step="preview", **changes)))


def confirm(client: Client, page: BeautifulSoup, **changes: str) -> Any:
    [form] = page.select("form.confirm-bar")
    return client.post(WRITE, fields_of(form) | {"step": "send"} | changes)


def sent(client: Client, **changes: str) -> Message:
    assert confirm(client, preview(client, **changes)).status_code == 302
    return Message.objects.latest("pk")


def note_of(client: Client, response: Any) -> str:
    """What the list says to those who are sent back to it."""
    assert response.headers["Location"] == "/courses/MAIL1/participants/"
    [toast] = soup(client.get(response.headers["Location"])).select(".toast-line")
    return text_of(toast)


def test_the_form_says_how_many_receive_it_and_who_does_not(teacher: Client) -> None:
    page = soup(teacher.post(WRITE, STUDENTS))
    panels = [text_of(panel) for panel in page.select("section.panel")]
    assert "Message to 2 people" in panels[0]
    assert "Abgrall Nolwenn" in panels[1]
    assert "Cauvin Assia" in panels[2]
    assert "answers go to alex@exemple.fr" in panels[0]


def test_the_preview_is_the_first_recipients_mail_and_sends_nothing(teacher: Client) -> None:
    page = preview(teacher, copy="on")
    assert "What Abgrall Nolwenn will read" in text_of(page)
    assert "Exam of Méthodologie" in text_of(one(page, ".mail-head"))
    assert "Hello Nolwenn," in text_of(one(page, ".mail-text"))
    assert "2 mails ready. 1 person without an address is skipped. A copy goes to alex@exemple.fr." in text_of(
        one(page, ".confirm-bar")
    )
    assert (Message.objects.count(), Event.objects.filter(action="message").count()) == (0, 0)


def test_going_back_keeps_the_text_and_the_selection(teacher: Client) -> None:
    [form] = preview(teacher, copy="on").select("form.confirm-bar")
    page = soup(teacher.post(WRITE, fields_of(form) | {"step": "edit"}))
    assert one(page, "[name=subject]")["value"] == "Exam of {course}"
    assert one(page, "textarea").text.strip() == "Hello {first_name},\n\nsee you."
    assert one(page, "[name=copy]").has_attr("checked")
    assert one(page, "[name=query]")["value"] == "role=student"


def test_confirming_queues_the_mails_and_shows_them(teacher: Client, no_broker: list[float]) -> None:
    message = sent(teacher, copy="on")
    assert no_broker == [0]
    page = soup(teacher.get(f"{LIST}{message.pk}/"))
    assert [row[:3] for row in cells_of(page)] == [
        ["Prévost Alex (copy)", "alex@exemple.fr", "Waiting"],
        ["Abgrall Nolwenn", "nolwenn@etu.exemple.fr", "Waiting"],
        ["Bœuf Éléonore", "eleonore@etu.exemple.fr", "Waiting"],
        ["Cauvin Assia", "—", "No address"],
    ]
    assert one(page, "#sending")["hx-get"] == f"{LIST}{message.pk}/progress/"
    assert one(page, "progress")["max"] == "3"


def test_a_form_sent_twice_makes_one_message(teacher: Client) -> None:
    page = preview(teacher)
    first, second = confirm(teacher, page), confirm(teacher, page)
    assert first.headers["Location"] == second.headers["Location"]
    EnrolmentFactory(course=Course.objects.get(code="MAIL1"))
    assert confirm(teacher, page).headers["Location"] == first.headers["Location"]
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 3)


def test_an_arrival_after_the_preview_shows_it_again(teacher: Client, course: Course) -> None:
    page = preview(teacher)
    EnrolmentFactory(course=course, person__last_name="Aaa")
    again = soup(confirm(teacher, page))
    assert "no longer the same" in text_of(one(again, ".note-wait"))
    assert Message.objects.count() == 0
    assert confirm(teacher, again).status_code == 302
    assert Delivery.objects.count() == 4


@pytest.mark.parametrize("digest", ["", "0" * 64, "é\x00"])
def test_a_confirmation_without_its_preview_sends_nothing(teacher: Client, digest: str) -> None:
    soup(confirm(teacher, preview(teacher), digest=digest))
    assert Message.objects.count() == 0


@pytest.mark.parametrize("step", ["preview", "send"])
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"subject": "Hi {nick}"}, "subject", "{nick} is no placeholder"),
        ({"subject": ""}, "subject", "Give the message a subject."),
        ({"subject": "a\r\nBcc: x@y.fr"}, "subject", "must stand on one line"),
        ({"body": "{nick}"}, "body", "{nick} is no placeholder"),
        ({"body": ""}, "body", "Write the text of the message."),
        ({"body": "a\x07"}, "body", "U+0007"),
    ],
)
def test_a_bad_text_stays_in_the_form_and_says_where(
    teacher: Client, step: str, changes: dict[str, str], field: str, words: str
) -> None:
    page = soup(teacher.post(WRITE, draft(step=step, digest="0" * 64, **changes)))
    assert words in text_of(one(page, f"#id_{field}_error"))
    assert one(page, f"[name={field}]")["aria-invalid"] == "true"
    assert Message.objects.count() == 0


@pytest.mark.parametrize("token", ["", "x", "1;", "30fb4d19-dc3e-45dc-b145-7643c265f5160"])
def test_a_form_without_its_token_is_incomplete(teacher: Client, token: str) -> None:
    page = soup(teacher.post(WRITE, draft(step="send", token=token, digest="0" * 64)))
    assert page.select(".note-bad")
    assert Message.objects.count() == 0


def test_another_persons_token_is_refused(teacher: Client, course: Course) -> None:
    message = sent(teacher)
    teacher.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    answer = soup(confirm(teacher, preview(teacher, token=str(message.token))))
    assert "has been used already" in text_of(one(answer, ".note-bad"))
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({}, "Nobody is selected"),
        ({"person": "1;"}, "is no person"),
        ({"person": "9223372036854775807"}, "in the course any more"),
        ({"everyone": "1", "query": "role=boss"}, "role"),
        ({"everyone": "1", "query": "q=zzzz"}, "in the course any more"),
        ({"everyone": "1", "query": "q=assia"}, "has no mail address"),
    ],
)
def test_a_selection_that_reaches_nobody_goes_back_to_the_list_and_says_why(
    teacher: Client, selection: dict[str, str], words: str
) -> None:
    assert words in note_of(teacher, teacher.post(WRITE, selection))


def test_the_address_alone_leads_to_the_list(teacher: Client) -> None:
    assert "Select people in the list" in note_of(teacher, teacher.get(WRITE))


def test_people_of_another_course_are_not_written_to(teacher: Client) -> None:
    stranger = EnrolmentFactory().person
    ours = Person.objects.get(first_name="Nolwenn")
    page = soup(teacher.post(WRITE, draft(step="preview", everyone="") | {"person": [str(stranger.pk), str(ours.pk)]}))
    assert "1 mail ready." in text_of(one(page, ".confirm-bar"))
    confirm(teacher, page, person=str(ours.pk))
    assert list(Delivery.objects.values_list("person", flat=True)) == [ours.pk]


def test_markup_in_names_and_texts_is_text(teacher: Client) -> None:
    Person.objects.update(last_name="<script>alert(1)</script>", first_name="<b>x</b>")
    message = sent(teacher, subject="<script>alert(2)</script>", body="<img src=x> {first_name}")
    for page in (preview(teacher), soup(teacher.get(f"{LIST}{message.pk}/")), soup(teacher.get(LIST))):
        assert page.select("main script, main img, main b b") == []


def test_the_list_shows_each_message_with_its_state(teacher: Client) -> None:
    assert "No message yet" in text_of(soup(teacher.get(LIST)))
    first, second = sent(teacher, subject="One"), sent(teacher, subject="Two")
    first.deliveries.filter(state="queued").update(state="sent")
    second.deliveries.filter(person__first_name="Nolwenn").update(state="failed")
    second.deliveries.filter(state="queued").update(state="unknown")
    rows = cells_of(soup(teacher.get(LIST)))
    assert [(row[0], row[3], row[4]) for row in rows] == [("Two", "2", "1 mail failed"), ("One", "2", "Sent")]


def test_deliveries_are_filtered_by_state_and_by_person(teacher: Client) -> None:
    message = sent(teacher)
    message.deliveries.filter(person__first_name="Nolwenn").update(
        state="failed", reason="refused", answer="550 <No> mailbox"
    )
    [row] = cells_of(soup(teacher.get(f"{LIST}{message.pk}/?state=failed")))
    assert row[:4] == [
        "Abgrall Nolwenn", "nolwenn@etu.exemple.fr", "Failed", "The mail server refused it 550 <No> mailbox",
    ]  # fmt: skip
    assert [row[0] for row in cells_of(soup(teacher.get(f"{LIST}{message.pk}/?person=boeuf")))] == ["Bœuf Éléonore"]
    assert soup(teacher.get(f"{LIST}{message.pk}/?state=lost")).select(".note-bad")


def test_the_progress_ends_with_the_sending(teacher: Client) -> None:
    message = sent(teacher)
    address = f"{LIST}{message.pk}/progress/"
    response = teacher.get(address)
    assert one(soup(response), "#sending")["hx-get"] == address
    assert "HX-Trigger" not in response.headers
    message.deliveries.filter(state="queued").update(state="sent")
    response = teacher.get(address)
    assert not one(soup(response), "#sending").has_attr("hx-get")
    assert response.headers["HX-Trigger"] == "sendingEnded"


@pytest.mark.parametrize("fields", [{"state": "failed"}, {"delivery": "failed"}])
def test_what_failed_is_sent_again_on_demand(teacher: Client, fields: dict[str, str]) -> None:
    message = sent(teacher)
    message.deliveries.filter(person__first_name="Nolwenn").update(state="failed")
    message.deliveries.filter(person__first_name="Éléonore").update(state="unknown")
    if "delivery" in fields:
        fields = {"delivery": str(message.deliveries.get(state="failed").pk)}
    page = soup(teacher.get(f"{LIST}{message.pk}/"))
    assert len(page.select("td button[form=again]")) == 2
    assert "would receive it twice" in text_of(one(page, "#again"))
    assert teacher.post(f"{LIST}{message.pk}/again/", fields).status_code == 302
    assert sorted(message.deliveries.values_list("state", flat=True)) == ["queued", "skipped", "unknown"]
    teacher.post(f"{LIST}{message.pk}/again/", fields)
    assert Event.objects.filter(action="message_again").count() == 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"state": "sent"}, {"state": "queued"}, {"delivery": "x"}, {"delivery": "9" * 30}, {"delivery": "-1"}],
)
def test_what_was_sent_or_waits_is_not_sent_again(teacher: Client, fields: dict[str, str]) -> None:
    message = sent(teacher)
    message.deliveries.filter(person__first_name="Nolwenn").update(state="sent")
    assert teacher.post(f"{LIST}{message.pk}/again/", fields).status_code == 302
    assert sorted(message.deliveries.values_list("state", flat=True)) == ["queued", "sent", "skipped"]


def test_a_delivery_of_another_message_is_not_sent_again(teacher: Client) -> None:
    one, other = sent(teacher), sent(teacher)
    other.deliveries.filter(state="queued").update(state="failed")
    [first, *_] = other.deliveries.filter(state="failed")
    teacher.post(f"{LIST}{one.pk}/again/", {"delivery": str(first.pk)})
    assert other.deliveries.filter(state="failed").count() == 2


def test_a_message_of_another_course_is_no_page(teacher: Client, course: Course) -> None:
    message = sent(teacher)
    other = CourseFactory(code="MAIL2")
    EnrolmentFactory(course=other, person=Person.objects.get(username="prof"), role=role("teacher"))
    for page in ("", "progress/"):
        assert teacher.get(f"/courses/MAIL2/messages/{message.pk}/{page}").status_code == 404
    assert teacher.post(f"/courses/MAIL2/messages/{message.pk}/again/").status_code == 404


@pytest.mark.parametrize("number", ["0", "99999999999999999999999", "-1", "x", "1%00"])
def test_a_message_that_is_not_there_is_no_page(teacher: Client, number: str) -> None:
    assert teacher.get(f"{LIST}{number}/").status_code == 404


def visitor(kind: str, course: Course) -> Client:
    client, user = Client(), UserFactory(username=kind)
    if kind in ("staff", "operator", "approver", "auditor"):
        SiteRoleFactory(user=user, kind=kind)
    elif kind == "manager":
        SiteRoleFactory(user=user, kind="component_manager", component=course.component)
    elif kind != "stranger":
        EnrolmentFactory(course=course, person=PersonFactory(username=kind), role=role(kind))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        ("staff", True), ("operator", True), ("approver", True), ("manager", True), ("editingteacher", True),
        ("teacher", True), ("tutor", True), ("observer", True), ("auditor", False), ("student", False), ("stranger", False),
    ],
)  # fmt: skip
def test_who_may_write(course: Course, kind: str, may: bool) -> None:
    client = visitor(kind, course)
    found = 200 if may else 404
    assert client.post(WRITE, STUDENTS).status_code == found
    assert client.get(LIST).status_code == found
    page = client.get("/courses/MAIL1/participants/").content.decode()
    assert (LIST in page, WRITE in page) == (may, may)


def test_an_auditor_who_teaches_the_course_may_write(course: Course) -> None:
    client = visitor("teacher", course)
    SiteRoleFactory(user=UserFactory._meta.model.objects.get(username="teacher"), kind="auditor")
    assert client.post(WRITE, STUDENTS).status_code == 200


def test_in_separate_groups_one_reads_ones_own_messages_and_writes_to_ones_own_people(
    teacher: Client, course: Course
) -> None:
    Course.objects.update(separate_groups=True)
    group = GroupFactory(course=course)
    everyone = sent(teacher)
    for name in ("Alex", "Nolwenn"):
        GroupMemberFactory(group=group, person=Person.objects.get(first_name=name))
    other = visitor("tutor", course)
    GroupMember.objects.create(group=group, person=Person.objects.get(username="tutor"))
    assert teacher.get(f"{LIST}{everyone.pk}/").status_code == 200
    assert other.get(f"{LIST}{everyone.pk}/").status_code == 404
    assert cells_of(soup(other.get(LIST))) == []
    assert other.post(f"{LIST}{everyone.pk}/again/", {"state": "failed"}).status_code == 404
    other.cookies["django_language"] = "en"
    assert re.search("1 mail ready", text_of(preview(other)))


def test_forms_need_their_token_of_the_site(course: Course) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(username="prof"))
    assert client.post(WRITE, draft(step="send")).status_code == 403
    assert client.post(f"{LIST}1/again/").status_code == 403


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_verbs_are_refused(teacher: Client, method: str) -> None:
    assert getattr(teacher, method)(WRITE).status_code == 405
    assert teacher.get(f"{LIST}1/again/").status_code == 405
    assert teacher.post(LIST).status_code == 405


NASTY = ["\x00", "-1", "9223372036854775808", "x" * 5_000, "'; DROP TABLE x; --", "{{7*7}}", "\u202e٣"]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["preview", "send"])
@pytest.mark.parametrize("name", ["subject", "body", "copy", "token", "digest", "step", "person", "everyone", "query"])
def test_no_value_breaks_the_writing(teacher: Client, name: str, step: str) -> None:
    for value in NASTY:
        assert teacher.post(WRITE, draft(step=step, digest="0") | {name: value}).status_code in (200, 302)
    assert Message.objects.count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["state", "person", "sort", "page", "per_page", "delivery"])
def test_no_value_breaks_a_page_or_sends_again(teacher: Client, name: str) -> None:
    message = sent(teacher)
    message.deliveries.update(state="failed")
    for value in NASTY:
        assert teacher.get(f"{LIST}{message.pk}/", {name: value}).status_code == 200
        assert teacher.get(LIST, {name: value}).status_code == 200
        assert teacher.post(f"{LIST}{message.pk}/again/", {name: value}).status_code == 302
    assert message.deliveries.filter(state="failed").count() == 3
