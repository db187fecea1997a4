"""Everything that is kept about somebody on one page and as a file, with nothing of anybody else's; and the public notice."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import Person
from courses.models import Course, EndNotice, Exclusion, ImportFile
from courses.privacy.personal_data import personal_data
from courses.privacy.sections import SHOWN
from enrolhub.access.models import Event, SavedView, SiteRole, User
from enrolhub.access.trail import record_event
from tests.factories import (
    ChangeFactory,
    CohortMemberFactory,
    CourseFactory,
    DeliveryFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MessageFactory,
    ParticipationFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    UserFactory,
)
from tests.html import soup_of, text_of

pytestmark = pytest.mark.django_db
#: Of the person who asks, and of everybody else.
MINE = ("Cachard", "22699001", "zelie.cachard@etu.exemple.fr", "TD7", "Examen", "2026-L2INF", "mes retards", "absente")
OTHERS = ("Voisin", "22699002", "Secrète", "secrete", "voisin@etu.exemple.fr", "cohabitant")


@pytest.fixture
def me() -> Person:
    """Somebody with something in every part, in the middle of others."""
    person: Person = PersonFactory.create(
        username="zcachard", student_number="22699001", last_name="Cachard", email="zelie.cachard@etu.exemple.fr"
    )
    teacher = UserFactory.create(username="secrete", first_name="Prof", last_name="Secrète")
    course, neighbour = CourseFactory(code="CRS1"), PersonFactory(username="voisin", last_name="Voisin")
    for each in (person, neighbour):
        EnrolmentFactory(course=course, person=each, created_by=teacher)
        GroupMemberFactory(group=GroupFactory(course=course, name="TD7"), person=each)
        ParticipationFactory(course=course, person=each)
    CohortMemberFactory(cohort__code="2026-L2INF", person=person)
    method = course.methods.earliest("pk")
    Exclusion.objects.create(method=method, person=person, reason="absente", created_by=teacher)
    EndNotice.objects.create(method=method, person=person, ends_at=timezone.now(), told_at=timezone.now())
    message = MessageFactory(
        course=course, sender=teacher, sender_name="Prof Secrète", sender_address="secrete@exemple.fr"
    )
    DeliveryFactory(message=message, person=person)
    DeliveryFactory(message=message, person=neighbour, address="voisin@etu.exemple.fr")
    leave_changes(person, neighbour, teacher)
    leave_account(person)
    return person


def leave_changes(person: Person, neighbour: Person, teacher: User) -> None:
    run = RunFactory(kind="hand", author=teacher, options={"verb": "enrol", "people": 2})
    scope = ScopeFactory(phase=PhaseFactory(run=run, relation="manual"), code="CRS1")
    for each in (person, neighbour):
        ChangeFactory(scope=scope, person=each.username, member=each.pk, after="student\x1f\x1f\x1f", reason="")
    record_event(teacher.username, "personal_data_shown", person.username)
    record_event(teacher.username, "personal_data_shown", neighbour.username)


def leave_account(person: Person) -> None:
    account, ends = UserFactory.create(username=person.username), timezone.now() + timedelta(days=7)
    SavedView.objects.create(user=account, view="participants", name="mes retards", query="status=suspended")
    ImportFile.objects.create(author=account, kind="enrolments", name="a.csv", data=b"cohabitant", expires_at=ends)
    MessageFactory(sender=account, subject="Examen")
    RunFactory(author=account)
    record_event(person.username, "personal_data_shown", "voisin", filter="q=cohabitant")


def file_of(client: Client, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="enrolhub-zcachard.json"'
    told: dict[str, Any] = json.loads(answer.content)
    return told


def test_one_s_own_data_are_whole_and_nobody_else_s(client: Client, me: Person) -> None:
    client.force_login(User.objects.get(username="zcachard"))
    page = text_of(soup_of(client, reverse("courses:own_data")))
    text = client.get(reverse("courses:own_data_file")).content.decode()
    for shown in (page, text):
        assert [word for word in MINE if word not in shown] == []
        assert [word for word in OTHERS if word in shown] == []
    told = file_of(client, reverse("courses:own_data_file"))
    rows = {section["section"]: section["rows"] for section in told["sections"]}
    assert told["about"] == "zcachard"
    assert [code for code, found in rows.items() if not found] == ["registrations", "units", "digests"]
    assert rows["history"][0]["code"] == "CRS1"
    assert all(section["source"] and section["kept"] for section in told["sections"])


def test_taking_one_s_own_data_is_traced(client: Client, me: Person) -> None:
    client.force_login(User.objects.get(username="zcachard"))
    client.get(reverse("courses:own_data_file"))
    event = Event.objects.filter(action="personal_data_exported").get()
    assert (event.actor, event.target, event.detail) == ("zcachard", "zcachard", {"own": True})
    assert event.count is not None
    assert event.count > 20


def test_the_cemu_answers_for_somebody_and_they_see_it(staff: Client, me: Person) -> None:
    address = reverse("courses:person_data", args=["zcachard"])
    assert address in staff.get(reverse("courses:person", args=["zcachard"])).content.decode()
    before = len(personal_data("zcachard", timezone.now()).sections[-1].rows)
    page = text_of(soup_of(staff, address))
    assert [word for word in MINE if word not in page] == []
    assert [word for word in OTHERS if word in page] == []
    file_of(staff, reverse("courses:person_data_file", args=["zcachard"]))
    seen = personal_data("zcachard", timezone.now()).sections[-1]
    assert (seen.code, len(seen.rows)) == ("done_to", before + 2)
    traced = Event.objects.filter(actor="cemu").order_by("pk").values_list("action", "target")
    assert list(traced)[-2:] == [("personal_data_shown", "zcachard"), ("personal_data_exported", "zcachard")]


@pytest.mark.parametrize("role", [SiteRole.Kind.OPERATOR, SiteRole.Kind.AUDITOR, SiteRole.Kind.APPROVER])
def test_nobody_else_sees_everything_about_somebody(client: Client, me: Person, role: SiteRole.Kind) -> None:
    client.force_login(SiteRoleFactory(kind=role).user)
    assert client.get(reverse("courses:person_data", args=["zcachard"])).status_code == 404
    assert reverse("courses:person_data", args=["zcachard"]) not in client.get("/people/zcachard/").content.decode()


def test_an_account_without_a_person_has_its_data_too(client: Client) -> None:
    client.force_login(UserFactory(username="local", email="local@exemple.fr"))
    assert "local@exemple.fr" in text_of(soup_of(client, reverse("courses:own_data")))
    codes = [section.code for section in personal_data("local", timezone.now()).sections]
    assert codes == ["account", "views", "messages_written", "digests", "files", "runs", "done_by", "done_to"]


def test_a_long_part_is_cut_on_the_page_and_whole_in_the_file(client: Client) -> None:
    client.force_login(UserFactory(username="zcachard"))
    client.cookies["django_language"] = "en"
    Event.objects.bulk_create(Event(actor="zcachard", action="export", target=f"CRS{n}") for n in range(SHOWN + 5))
    page = soup_of(client, reverse("courses:own_data"))
    assert len(page.select("#part-done_by tbody tr")) == SHOWN
    assert "more rows" in text_of(page.select_one("#part-done_by .panel-foot"))
    sections = {each["section"]: each["rows"] for each in file_of(client, reverse("courses:own_data_file"))["sections"]}
    assert len(sections["done_by"]) == SHOWN + 6, "with the sign-in; the file is not on the trail yet"


def test_the_notice_is_for_everybody_and_says_what_the_settings_say(client: Client, settings: Settings) -> None:
    settings.RETENTION_MESSAGES_DAYS, settings.PRIVACY_CONTACT = 77, "dpo@exemple.fr"
    client.cookies["django_language"] = "en"
    page = soup_of(client, reverse("courses:privacy_notice"))
    assert "77 days" in text_of(page)
    assert page.select_one("a[href='mailto:dpo@exemple.fr']")
    assert not page.select_one("#purge-title"), "what was purged is for those who see the trail"
    assert page.select_one(f".footer a[href='{reverse('courses:privacy_notice')}']")


@pytest.mark.parametrize(("complete", "says_so"), [(True, False), (False, True)])
def test_operators_see_what_the_last_purge_did(client: Client, complete: bool, says_so: bool) -> None:
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.OPERATOR).user)
    client.cookies["django_language"] = "en"
    assert "None yet" in text_of(soup_of(client, reverse("courses:privacy_notice")))
    record_event("", "purge", count=12, messages=12, complete=complete)
    page = text_of(soup_of(client, reverse("courses:privacy_notice")).select_one("[aria-labelledby=purge-title]"))
    assert "12" in page
    assert ("cut short" in page) is says_so
    assert Course.objects.count() == 0
