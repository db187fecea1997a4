"""« Pourquoi ? » in the browser: who may ask about whom, what the page says, how one finds a person."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cohorts.models import Person
from courses.models import Course
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Run
from tests.factories import (
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import text_of
from tests.registers import Registers, course
from tests.worlds import once

pytestmark = pytest.mark.django_db


def words_of(page: Any) -> str:
    """The words of an answer."""
    return text_of(BeautifulSoup(page.content, "html.parser"))


def client_of(username: str, language: str = "en") -> Client:
    client = Client()
    client.force_login(User.objects.filter(username=username).first() or UserFactory(username=username))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


@pytest.fixture
def staff() -> Client:
    SiteRoleFactory(user=UserFactory(username="cemu"), kind=SiteRole.Kind.STAFF)
    return client_of("cemu")


def filled(registers: Registers) -> Course:
    space = course("A", "INF101")
    registers.person("e20", number="00000020")
    registers.register(20)
    registers.night()
    return space


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course that a night has filled; student 20 is registered on its étape, not on its element."""
    return once(filled, registers)


def teacher_of(space: Course, username: str = "prof", short_name: str = "editingteacher") -> Client:
    EnrolmentFactory(course=space, person=PersonFactory(username=username), role=role(short_name))
    return client_of(username)


def address(space: Course, username: str) -> str:
    return reverse("courses:explain", args=[space.code, username])


def test_an_absent_person_with_the_broken_link_and_who_can_mend_it(staff: Client, space: Course) -> None:
    words = words_of(staff.get(address(space, "e20")))
    assert "Not in this course: no pedagogical registration on INF101." in words
    assert "the registrar’s office (scolarité) of UFR Sciences" in words
    assert "Broken here." in words
    assert "inscriptions_pedagogiques.csv" in words


@pytest.mark.slow
def test_how_many_of_the_same_programme_lack_the_element(staff: Client, space: Course, registers: Registers) -> None:
    assert "12 of the 13 students of L1INF have the element 1 student lacks it" in words_of(
        staff.get(address(space, "e20"))
    )
    registers.register(21)
    registers.change("inscriptions_pedagogiques", {"cod_etu": "00000005"}, tem_prc_ice="O")
    registers.follow(21, programme="L2INF")
    registers.night()
    assert "11 of the 14 students of L1INF have the element 3 students lack it" in words_of(
        staff.get(address(space, "e20"))
    )
    registers.lists["inscriptions_pedagogiques"] = [
        {**row, "cod_elp": "INF201"} for row in registers.lists["inscriptions_pedagogiques"]
    ]
    registers.night()
    assert "None of them has it" in words_of(staff.get(address(space, "e20")))
    assert "The whole étape?" not in words_of(staff.get(address(space, "e1")))


def test_in_french(space: Course) -> None:
    client = client_of("prof", "fr")
    EnrolmentFactory(course=space, person=PersonFactory(username="prof"), role=role("editingteacher"))
    words = words_of(client.get(address(space, "e20"))).replace("\xa0", " ")
    assert "Pas dans ce cours : aucune inscription pédagogique sur INF101." in words
    assert "la scolarité (UFR Sciences)" in words


def test_a_present_person_with_the_run_that_brought_them(staff: Client, space: Course) -> None:
    page = staff.get(address(space, "e1"))
    words = words_of(page)
    assert "In this course: enrolled" in words
    assert "inscriptions_pedagogiques.csv:2" in words
    assert reverse("sync:run", args=[Run.objects.latest("pk").pk]) in page.content.decode()


def test_a_teacher_sees_no_link_to_runs_nor_to_other_courses(space: Course) -> None:
    html = teacher_of(space).get(address(space, "e1")).content.decode()
    assert "/runs/" not in html
    assert "Their other courses" not in html
    assert 'href="/people/' not in html


def test_who_may_ask(space: Course) -> None:
    assert teacher_of(space).get(address(space, "e20")).status_code == 200
    assert teacher_of(course("B"), "stranger").get(address(space, "e20")).status_code == 404
    EnrolmentFactory(course=space, person=PersonFactory(username="stud"))
    assert client_of("stud").get(address(space, "stud")).status_code == 404
    assert Client().get(address(space, "e20")).status_code == 302


def test_separate_groups_hide_the_participants_of_others(space: Course) -> None:
    Course.objects.update(separate_groups=True)
    teacher = teacher_of(space)
    mine, other = GroupFactory(course=space), GroupFactory(course=space)
    GroupMemberFactory(group=mine, person=Person.objects.get(username="prof"))
    GroupMemberFactory(group=mine, person=Person.objects.get(username="e1"))
    GroupMemberFactory(group=other, person=Person.objects.get(username="e2"))
    statuses = {name: teacher.get(address(space, name)).status_code for name in ("e1", "e2", "e20")}
    assert statuses == {"e1": 200, "e2": 404, "e20": 200}
    search = reverse("courses:explain_search", args=[space.code])
    assert "e2" not in words_of(teacher.get(search, {"q": "Nom e2"})).split("Search")[-1].split()


@pytest.mark.parametrize("username", ["nobody", "..", ".", "a b", "é", "%00"])
def test_nobody_is_a_404(staff: Client, space: Course, username: str) -> None:
    assert staff.get(f"/courses/{space.code}/people/{username}/").status_code == 404


@pytest.mark.parametrize("username", ["o'neil", "a.b@c", "x+y", "d_e-f"])
def test_usernames_of_every_letter_that_they_may_have(staff: Client, space: Course, username: str) -> None:
    PersonFactory(username=username)
    assert staff.get(address(space, username)).status_code == 200
    assert staff.get(reverse("courses:person", args=[username])).status_code == 200


def test_an_exact_identifier_leads_to_the_answer(space: Course) -> None:
    teacher, search = teacher_of(space), reverse("courses:explain_search", args=[space.code])
    for identifier in ("e20", "00000020"):
        page = teacher.get(search, {"q": identifier})
        assert (page.status_code, page.headers["Location"]) == (302, address(space, "e20"))


def test_a_search_by_name(space: Course) -> None:
    teacher, search = teacher_of(space), reverse("courses:explain_search", args=[space.code])
    words = words_of(teacher.get(search, {"q": "nom e20"}))
    assert "not in this course" in words
    observer = teacher_of(space, "watcher", "observer")
    assert "Nobody has this username" in words_of(observer.get(search, {"q": "nom e20"}))
    assert "in this course" in words_of(observer.get(search, {"q": "nom e3"}))


@pytest.mark.parametrize("text", ["\x00", "x" * 1000, "%", "' OR 1=1--", "*"])
def test_a_search_that_finds_nobody_says_so(staff: Client, space: Course, text: str) -> None:
    page = staff.get(reverse("courses:explain_search", args=[space.code]), {"q": text})
    assert page.status_code == 200
    assert 'class="note note-info"' in page.content.decode()


def test_only_reading(staff: Client, space: Course) -> None:
    for name, args in (
        ("explain", [space.code, "e1"]),
        ("explain_search", [space.code]),
        ("person", ["e1"]),
        ("people", []),
    ):
        assert staff.post(reverse(f"courses:{name}", args=args)).status_code == 405


def test_a_refused_extract_is_told(staff: Client, space: Course, registers: Registers) -> None:
    (registers.folder / "manifest.json").unlink()
    registers.read()
    assert "An extract was refused" in words_of(staff.get(address(space, "e1")))
