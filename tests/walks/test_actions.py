"""Acting on participants in a real Chromium, with and without a script: looked at, confirmed, taken back, let in again."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from cohorts.models import Person
from courses.models import Course, Enrolment, Exclusion
from enrolhub.processes import Child
from tests.factories import CourseFactory, EnrolmentFactory, GroupFactory, PersonFactory, SiteRoleFactory, UserFactory
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/ACT1/participants/"


@pytest.fixture
def course() -> Course:
    """Six students by the register and two by hand."""
    made: Course = CourseFactory(code="ACT1", title="Méthodologie du travail universitaire", with_database=True)
    GroupFactory(course=made, code="TD1", name="TD 1")
    methods = {method.kind: method for method in made.methods.all()}
    for number in range(8):
        person = PersonFactory(username=f"s{number}", last_name=f"Bœuf {number}", first_name="Éléonore")
        EnrolmentFactory(method=methods["manual" if number < 2 else "database"], person=person)
    return made


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def suspended() -> set[str]:
    return set(Enrolment.objects.filter(suspended_by="hand").values_list("person__username", flat=True))


def choose(page: Page, server: LiveServer, verb: str, *rows: int) -> None:
    """Tick rows of the list and press the button of a verb."""
    page.goto(f"{server.url}{LIST}")
    for row in rows:
        page.locator("tbody .tick").nth(row).check()
    menu = page.locator("#selection-bar details.menu")
    if not page.locator(f"#selection-bar > .deeds > button[formaction$='/{verb}/']").count():
        menu.locator("summary").click()
    page.locator(f"#selection-bar .deeds button[formaction$='/{verb}/']:visible").click()


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_people_are_suspended_and_that_is_taken_back(
    browser: Browser, live_server: LiveServer, course: Course, script: bool
) -> None:
    visit = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script)
    sign_in(visit, live_server)
    page = visit.new_page()
    choose(page, live_server, "suspend", 0, 3)
    expect(page.get_by_role("heading", name="Suspendre 2 personnes")).to_be_visible()
    assert suspended() == set()
    page.get_by_role("button", name="Suspendre 2 personnes").click()
    expect(page.locator(".toast-line")).to_contain_text("2 personnes suspendues")
    assert suspended() == {"s0", "s3"}
    page.locator(".toast-line").get_by_role("link", name="Annuler").click()
    page.locator("main form button.btn-primary, main form button.btn-delete").first.click()
    page.wait_for_load_state()
    assert suspended() == set()
    visit.close()


@pytest.mark.slow
def test_what_would_come_back_is_excluded_instead_and_let_in_again(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    choose(page, live_server, "remove", 0, 4)
    expect(page.get_by_text("elle reviendrait la nuit prochaine. Excluez ou suspendez plutôt").first).to_be_visible()
    expect(page.get_by_role("button", name="Retirer 1 personne")).to_be_visible()
    choose(page, live_server, "exclude", 4)
    page.get_by_label("Motif").fill("double compte")
    page.get_by_role("button", name="Revoir l’aperçu").click()
    page.get_by_role("button", name="Exclure 1 personne").click()
    expect(page.locator(".toast-line")).to_contain_text("1 personne exclue")
    assert list(Exclusion.objects.values_list("person__username", "reason")) == [("s4", "double compte")]
    page.goto(f"{live_server.url}/courses/ACT1/methods/")
    page.get_by_role("link", name="1 exclusion").click()
    page.get_by_label("Sélectionner Bœuf 4 Éléonore").check()
    page.get_by_role("button", name="Lever l’exclusion").click()
    page.get_by_role("button", name="Lever l’exclusion de 1 personne").click()
    expect(page.locator(".toast-line")).to_contain_text("Exclusion de 1 personne levée")
    assert not Exclusion.objects.exists()


@pytest.mark.slow
def test_above_two_hundred_people_a_worker_does_it_while_the_page_follows(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course, celery_worker_process: Child
) -> None:
    method = course.methods.get(kind="database")
    people = Person.objects.bulk_create(
        Person(username=f"t{n:03}", last_name=f"Abc {n:03}", last_name_key=f"abc {n:03}") for n in range(200)
    )
    Enrolment.objects.bulk_create(Enrolment(method=method, person=person, role=method.role) for person in people)
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("#tick-page").check()
    page.locator("#select-everyone").click()
    page.locator("#selection-bar .deeds button[formaction$='/suspend/']:visible").click()
    page.get_by_role("button", name="Suspendre 208 personnes").click()
    page.locator(".toast-line a").click()
    expect(page.get_by_role("heading", name="208 personnes suspendues")).to_be_visible()
    expect(page.locator("#action-report")).to_contain_text("Terminé")
    assert len(suspended()) == 208


# Every pair of language, scheme and width is met once, as on the other pages.
@in_each_look
def test_the_pages_of_actions_are_accessible(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    visit = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(visit, live_server, language)
    page = visit.new_page()
    method = course.methods.get(kind="database")
    Exclusion.objects.create(method=method, person=PersonFactory(last_name="Kœnig"), reason="double compte")
    found = {}
    for verb, rows in (("remove", (0, 4)), ("change-role", (0,)), ("exclude", (5,))):
        page.set_viewport_size({"width": 1280, "height": 900})
        choose(page, live_server, verb, *rows)
        page.wait_for_load_state()
        page.set_viewport_size({"width": width, "height": 800})
        found[verb] = violations_on(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), verb
    page.locator("button[value=confirm]").click()
    page.locator(".toast-line a").last.click()
    page.wait_for_load_state()
    found["report"] = violations_on(page)
    page.goto(f"{live_server.url}/courses/ACT1/participants/exclusions/")
    found["exclusions"] = violations_on(page)
    assert {name: list(broken) for name, broken in found.items() if broken} == {}
    visit.close()
