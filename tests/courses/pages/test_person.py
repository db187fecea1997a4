"""The people of the directory, and one of them: account, registrations, cohorts, courses."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from courses.models import Course
from enrolhub.access.models import SiteRole
from tests.factories import PersonFactory, SiteRoleFactory
from tests.html import text_of
from tests.registers import Registers, course

pytestmark = pytest.mark.django_db


def words_of(page: Any) -> str:
    """The words of an answer."""
    return text_of(BeautifulSoup(page.content, "html.parser"))


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.STAFF).user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course that a night has filled; student 1 follows one more element, which feeds none."""
    registers.follow(1, "INF201")
    registers.follow(1, "INF101", programme="L2INF")
    space = course("A", "INF101")
    registers.night()
    return space


def test_a_person_with_registrations_cohorts_and_courses(staff: Client, space: Course) -> None:
    page = staff.get(reverse("courses:person", args=["e1"]))
    words, html = words_of(page), page.content.decode()
    assert "Nom e1 Camille" in words
    assert "00000001" in words
    assert "annuaire.csv:2" in words
    assert "inscriptions_administratives.csv:2" in words
    assert "1 element without a course" in words
    assert "without an administrative registration that counts" in words
    assert reverse("cohorts:cohort", args=["2026-L1INF"]) in html
    assert html.count(reverse("courses:explain", args=["A", "e1"])) == 3


def test_from_a_person_to_any_course(staff: Client, space: Course) -> None:
    address = reverse("courses:person", args=["e1"])
    found = staff.get(address, {"course": "a"})
    assert (found.status_code, found.headers["Location"]) == (302, reverse("courses:explain", args=["A", "e1"]))
    for unknown in ("nowhere", "\x00", "x" * 5000):
        page = staff.get(address, {"course": unknown})
        assert page.status_code == 200
        assert "No course has this code." in words_of(page)


def test_the_list_finds_and_filters(staff: Client) -> None:
    PersonFactory(last_name="Éléonore", affiliations="employee|member", account_state="inactive")
    PersonFactory(last_name="Zoé", affiliations="member|student")
    address = reverse("courses:people")
    assert "2 people" in words_of(staff.get(address))
    for query in ({"q": "eleo"}, {"account": "inactive"}, {"kind": "employee"}):
        words = words_of(staff.get(address, query))
        assert "1 person" in words
        assert "Éléonore" in words
    assert "unknown value" in words_of(staff.get(address, {"account": "open"}))


def test_a_person_without_anything(staff: Client) -> None:
    person = PersonFactory(student_number="", username="guest")
    words = words_of(staff.get(reverse("courses:person", args=[person.username])))
    assert "In no course." in words
    assert "In no cohort." in words
    assert staff.get(reverse("courses:person", args=["nobody"])).status_code == 404
