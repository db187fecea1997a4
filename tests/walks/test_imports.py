"""A teacher loads a file into a course: chosen, seen, mended, confirmed, taken back; in a real Chromium, on a phone as well."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, Enrolment
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, UserFactory, role
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = "identifiant;role;fin;remarque\nu1;tutor;30/06/2027;x\nu2;;;y\nghost;tutor;;\nu1;student;;\n"


@pytest.fixture
def course() -> Course:
    """A course with its teacher, and two people to enrol."""
    made: Course = CourseFactory(code="C1", title="Biochimie")
    EnrolmentFactory(course=made, person=PersonFactory(username="prof"), role=role("editingteacher"))
    for number in (1, 2):
        PersonFactory(username=f"u{number}")
    return made


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(UserFactory(username="prof"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def choose(page: Page, rows: str) -> None:
    page.set_input_files("#id_file", {"name": "tuteurs.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.click(".confirm-bar .btn-primary")
    page.wait_for_url("**/imports/files/*/")


def enrolled() -> set[str]:
    return set(Enrolment.objects.exclude(person__username="prof").values_list("person__username", flat=True))


@pytest.mark.slow
def test_a_teacher_loads_a_file_looks_confirms_and_takes_it_back(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(live_server.url + reverse("courses:participants", args=["C1"]))
    page.get_by_role("link", name="Importer un fichier").first.click()
    choose(page, ROWS)
    expect(page.get_by_role("heading", name="Vérifier avant d’importer")).to_be_visible()
    expect(page.locator(".import-lines tbody tr")).to_have_count(4)
    expect(page.locator(".import-lines tr.rejected")).to_have_count(3)
    assert enrolled() == set()
    page.get_by_role("link", name="Imports", exact=True).first.click()  # leaving the page loses nothing
    page.get_by_role("link", name="tuteurs.csv").click()
    page.get_by_role("button", name="Importer 1 changement").click()
    expect(page.get_by_role("heading", name="Compte rendu du fichier")).to_be_visible()
    assert enrolled() == {"u2"}
    page.locator("a[href$='/undo/']").click()
    page.locator(".confirm-bar .btn-primary").click()
    page.wait_for_load_state()
    assert enrolled() == set()


@pytest.mark.slow
@in_each_look
def test_axe_finds_nothing(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    sign_in(context, live_server, language)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for address in (reverse("courses:imports"), reverse("courses:course_import", args=["C1"])):
        page.goto(live_server.url + address)
        found[address] = violations_on(page)
    choose(page, "qui,quoi\nu1,tutor\n")
    found["unread"] = violations_on(page)
    page.goto(live_server.url + reverse("courses:course_import", args=["C1"]))
    choose(page, ROWS)
    found["seen"] = violations_on(page)
    page.click("button[value=confirm]")
    expect(page.locator("#done-title")).to_be_visible()
    found["done"] = violations_on(page)
    context.close()
    assert {name: each for name, each in found.items() if each} == {}
