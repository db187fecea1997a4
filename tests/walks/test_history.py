"""Groups, history and the list of a day in a real Chromium; with and without script; nothing for axe."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.models import Course, Group
from tests.factories import CourseFactory, GroupFactory, PersonFactory, SiteRoleFactory, UserFactory
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "/courses/HIST1/"
TUESDAY, FRIDAY = "2026-11-17", "2026-11-20"


@pytest.fixture
def course() -> Course:
    """Twenty-five people in Projet A since a Tuesday; on Friday three of them left and one became a tutor."""
    made: Course = CourseFactory(code="HIST1", title="Méthodologie du travail universitaire")
    GroupFactory(course=made, code="TD1", name="TD 1", keeper=Group.Keeper.REGISTER)
    names = [f"w{number:02}" for number in range(25)]
    for name in names:
        PersonFactory(username=name, last_name=f"Bœuf {name}", first_name="Éléonore")
    load(TUESDAY, *(f"{name};student;Projet A;" for name in names))
    load(FRIDAY, *(f"{name};;;desinscrire" for name in names[:3]), "w10;tutor;;")
    return made


def load(day: str, *lines: str) -> None:
    data = "\n".join(["cours;identifiant;role;groupe;operation", *(f"HIST1;{line}" for line in lines)])
    year, month, number = map(int, day.split("-"))
    with time_machine.travel(datetime(year, month, number, 9, tzinfo=UTC), tick=True):
        EnrolmentsFile(data.encode(), "projet.csv", creates_groups=True).carry_out(dry_run=False)


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


@pytest.mark.slow
def test_from_the_history_to_the_list_of_a_day_and_back(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{PLACE}participants/")
    page.get_by_role("link", name="Historique").click()
    expect(page.locator(".pages")).to_contain_text("57")
    page.locator("select[name=action]").select_option("D")
    expect(page.locator("#results tbody tr")).to_have_count(6)
    page.locator("input[name=person]").fill("boeuf w01")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    assert "action=D" in page.url
    page.locator("#on").fill(TUESDAY)
    page.get_by_role("button", name="Voir la liste").click()
    expect(page.locator(".past-note")).to_contain_text("telle qu’elle était le 17 novembre 2026")
    expect(page.locator(".found")).to_contain_text("25")
    page.locator("#filter-q").fill("boeuf w0")
    expect(page.locator(".found")).to_contain_text("10")
    assert f"on={TUESDAY}" in page.url
    expect(page.locator("input[name=person]")).to_have_count(0)
    page.get_by_role("link", name="Revenir à la liste actuelle").click()
    expect(page.locator(".found")).to_contain_text("22")


@pytest.mark.slow
def test_a_group_is_made_filled_and_deleted_and_comes_back(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{PLACE}groups/")
    page.get_by_role("link", name="Créer un groupe").click()
    page.get_by_label("Nom du groupe").fill("Projet B")
    page.get_by_role("button", name="Créer le groupe").click()
    expect(page.locator("h2").first).to_have_text("Projet B")
    page.goto(f"{live_server.url}{PLACE}groups/")
    page.get_by_role("link", name="Projet A").click()
    expect(page.locator("#results tbody tr")).to_have_count(20)
    page.locator("input[name=person]").first.check()
    page.get_by_role("button", name="Retirer du groupe les personnes cochées").click()
    expect(page.locator("main")).to_contain_text("w03")
    page.goto(f"{live_server.url}{PLACE}groups/")
    page.get_by_role("link", name="Projet A").click()
    page.get_by_role("link", name="Supprimer").click()
    page.get_by_role("button", name="Supprimer le groupe").click()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("22 personnes l’ont quitté")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    toast.get_by_role("link", name="Annuler").click()
    page.locator("main form button[type=submit]").last.click()
    page.goto(f"{live_server.url}{PLACE}groups/")
    expect(page.locator("#results tbody tr", has_text="Projet A")).to_contain_text("22")


@pytest.mark.slow
def test_without_script_the_same_is_found(browser: Browser, live_server: LiveServer, course: Course) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server)
    tab = context.new_page()
    tab.goto(f"{live_server.url}{PLACE}history/")
    tab.locator("select[name=action]").select_option("D")
    tab.locator(".filters button[type=submit]").click()
    expect(tab.locator("#results tbody tr")).to_have_count(6)
    tab.locator("#on").fill(TUESDAY)
    tab.get_by_role("button", name="Voir la liste").click()
    tab.locator("#filter-q").fill("boeuf w0")
    tab.locator(".filters button[type=submit]").first.click()
    expect(tab.locator(".found")).to_contain_text("10")
    expect(tab.locator(".past-note")).to_be_visible()
    context.close()


# Each language with each scheme, each scheme with each width.
@in_each_look
def test_nothing_for_axe_and_no_sideways_scroll(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sign_in(context, live_server, language)
    tab = context.new_page()
    by_hand, of_register = Group.objects.get(keeper="hand").pk, Group.objects.get(keeper="register").pk
    pages = ["groups/", f"groups/{by_hand}/", f"groups/{of_register}/", "groups/new/", f"groups/{by_hand}/name/"]
    pages += [f"groups/{by_hand}/delete/", "history/", "history/?since=hier", "history/?action=D&run=night"]
    pages += [f"participants/?on={TUESDAY}&role=student", "participants/?on=hier"]
    found = {}
    for address in pages:
        tab.goto(f"{live_server.url}{PLACE}{address}")
        sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[address] = [*violations_on(tab), *(["sideways scroll"] if sideways else [])]
    context.close()
    assert found == {address: [] for address in pages}
