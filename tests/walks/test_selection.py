"""Selecting participants and enrolling people in a real Chromium: kept from page to page, acted upon, with and without script."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, Delivery, Enrolment, Group
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/WALK2/participants/"
STUDENTS, BY_HAND = 45, 9


@pytest.fixture
def course() -> Course:
    """Forty-five students, every fifth of them by hand, the others by the register; a teacher; two who are not in it."""
    made: Course = CourseFactory(code="WALK2", title="Méthodologie du travail universitaire", with_database=True)
    GroupFactory(course=made, code="TD1", name="TD 1")
    methods = {method.kind: method for method in made.methods.all()}
    for number in range(STUDENTS):
        person = PersonFactory(username=f"s{number:02}", last_name=f"Bœuf {number:02}", first_name="Éléonore")
        EnrolmentFactory(method=methods["database" if number % 5 else "manual"], person=person)
    teacher = PersonFactory(username="prof", last_name="Zola", first_name="Anne")
    EnrolmentFactory(course=made, person=teacher, role=role("editingteacher"))
    PersonFactory(username="new1", last_name="Ärlig", first_name="Zoé")
    PersonFactory(username="new2", last_name="Arlignac", first_name="Noé")
    return made


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def ticks(page: Page) -> list[bool]:
    return [box.is_checked() for box in page.locator("tbody .tick").all()]


def suspended() -> set[str]:
    return set(Enrolment.objects.exclude(suspended_by="").values_list("person__username", flat=True))


def expect_selected(page: Page, count: int) -> None:
    words = "personne sélectionnée" if count == 1 else "personnes sélectionnées"
    expect(page.locator("#selected-words")).to_have_text(f"{count} {words}")


@pytest.mark.slow
def test_a_selection_goes_along_from_page_to_page(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    said = page.locator("main > [role=status]").last
    expect(page.locator(".selection-bar")).to_be_hidden()
    page.locator("tbody .tick").nth(1).click()
    page.locator("tbody .tick").nth(4).click(modifiers=["Shift"])
    expect_selected(page, 4)
    expect(said).to_have_text("4 personnes sélectionnées")
    assert page.locator("#tick-page").evaluate("box => box.indeterminate")
    page.locator("th.col-username a").click()
    expect(page.locator("th.col-username")).to_have_attribute("aria-sort", "ascending")
    expect_selected(page, 4)
    page.locator(".pages a[rel=next]").click()
    expect(page.locator("tbody tr").first).to_contain_text("s19")
    assert not any(ticks(page))
    page.locator("#tick-page").click()
    expect_selected(page, 24)
    page.locator("tbody .tick").first.click()
    expect_selected(page, 23)
    page.reload()
    expect_selected(page, 23)
    assert ticks(page) == [False, *[True] * 19]
    page.go_back()
    expect(page.locator("th.col-username")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tr.selected")).to_have_count(4)


@pytest.mark.slow
def test_another_filter_empties_it(page: Page, visit: BrowserContext, live_server: LiveServer, course: Course) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    said = page.locator("main > [role=status]").last
    page.locator("tbody .tick").first.click()
    expect_selected(page, 1)
    page.locator("#filter-q").fill("zzzz")
    expect(page.locator(".empty")).to_be_visible()
    page.locator("#filter-q").fill("")
    expect(page.locator("#announced")).to_contain_text("46")
    assert not any(ticks(page))
    page.locator("tbody .tick").first.click()
    page.locator("#filter-q").fill("boeuf")
    expect(page.locator("#announced")).to_contain_text("45")
    expect(page.locator(".selection-bar")).to_be_hidden()
    expect(said).to_have_text("Le filtre a changé : la sélection est vidée.")
    assert not any(ticks(page))


@pytest.mark.slow
def test_another_course_and_another_account_have_selections_of_their_own(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    EnrolmentFactory(course=CourseFactory(code="WALK3"))
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("tbody .tick").first.click()
    page.goto(f"{live_server.url}/courses/WALK3/participants/")
    expect(page.locator(".selection-bar")).to_be_hidden()
    page.goto(f"{live_server.url}{LIST}")
    expect_selected(page, 1)


def test_filter_sort_select_across_pages_export_message_and_undo(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    """What a teacher does of a morning, in one go."""
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator(".counts a", has_text="Étudiant").click()
    expect(page).to_have_url(re.compile("role=student"))
    page.locator("#filter-q").fill("boeuf")
    expect(page).to_have_url(re.compile("q=boeuf"))
    expect(page.locator("#announced")).to_contain_text(str(STUDENTS))
    page.locator("th.col-username a").click()
    expect(page.locator("th.col-username")).to_have_attribute("aria-sort", "ascending")
    page.locator("tbody .tick").nth(3).click()
    page.locator(".pages a[rel=next]").click()
    expect(page.locator("tbody tr").first).to_contain_text("s20")
    page.locator("tbody .tick").first.press("Space")
    expect_selected(page, 2)
    # Given up, an action leaves the selection.
    page.locator(".deeds button", has_text="Suspendre").first.click()
    expect(page.locator(".confirm-bar button").last).to_contain_text("Suspendre 2 personnes")
    page.go_back()
    expect_selected(page, 2)
    export_and_write(page)
    suspend_everyone_and_undo(page, live_server)


def export_and_write(page: Page) -> None:
    page.locator(".selection-bar details.menu summary").click()
    with page.expect_download() as given:
        page.locator(".selection-bar [formaction$='/export/csv/']").click()
    rows = Path(given.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(";")[2] for row in rows[1:]] == ["s03", "s20"]
    page.locator(".deeds button", has_text="Envoyer un message").first.click()
    page.locator("#id_subject").fill("Examen")
    page.locator("#id_body").fill("Bonjour {prenom}")
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.get_by_role("button", name="Envoyer à 2").click()
    expect(page.locator("#sending")).to_be_visible()
    assert list(Delivery.objects.order_by("position").values_list("person__username", flat=True)) == ["s03", "s20"]


def suspend_everyone_and_undo(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}{LIST}?role=student")
    page.locator("tbody .tick").nth(2).click()
    expect(page.locator(".selection-hint")).to_contain_text("« Retirer » n’enlèverait personne")
    page.locator("#select-everyone").click()
    expect_selected(page, STUDENTS)
    expect(page.locator("#unselect-everyone")).to_be_focused()
    expect(page.locator(".selection-hint")).to_contain_text(f"n’enlèverait que {BY_HAND} personnes sur {STUDENTS}")
    assert all(ticks(page))
    page.locator(".pages a[rel=next]").click()
    expect(page.locator("tbody tr").first).to_contain_text("s20")
    expect_selected(page, STUDENTS)
    page.locator(".deeds button", has_text="Suspendre").first.click()
    page.locator(".confirm-bar button", has_text=f"Suspendre {STUDENTS} personnes").click()
    toast = page.locator("#toasts .toast-ok")
    expect(toast).to_contain_text(f"{STUDENTS} personnes suspendues")
    assert len(suspended()) == STUDENTS
    expect(page.locator(".selection-bar")).to_be_hidden()
    toast.locator("a", has_text="Annuler").click()
    page.locator("form.confirm-bar button[type=submit]").click()
    page.wait_for_url("**/runs/**")
    assert suspended() == set()


def test_out_of_everyone_one_person_is_left(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("tbody .tick").first.click()
    page.locator("#select-everyone").click()
    expect_selected(page, 46)
    page.locator("tbody .tick").nth(1).click()
    expect_selected(page, 19)
    expect(page.locator("main > [role=status]").last).to_have_text(
        "Seules restent sélectionnées les personnes cochées sur cette page."
    )
    page.locator("#unselect-everyone").click()
    expect(page.locator(".selection-bar")).to_be_hidden()
    expect(page.locator("#tick-page")).to_be_focused()


def test_addresses_go_to_the_clipboard(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    visit.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("tbody .tick").nth(1).click()
    page.locator("tbody .tick").nth(2).click()
    page.locator(".selection-bar details.menu summary").click()
    page.locator("#copy-addresses").click()
    expect(page.locator("#selected-words")).to_have_text("2 adresses copiées")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == "s01@etu.exemple.fr, s02@etu.exemple.fr"
    assert page.url.endswith(LIST)


@pytest.mark.slow
def test_what_is_done_with_one_person_stands_in_their_row(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("tbody .tick").nth(7).click()  # somebody else is ticked: the row's button is for its person alone
    bin_of_one = page.locator("#list tbody tr").first.get_by_role("button", name="Retirer Bœuf 00 Éléonore du cours")
    bin_of_one.click()
    expect(page.locator(".confirm-bar button").last).to_contain_text("Retirer 1 personne")
    page.go_back()
    locked = page.locator("#list tbody tr").nth(1)
    locked.get_by_role("button", name="Bœuf 01 Éléonore reviendrait après un retrait (Base de données)").click()
    expect(page.locator("h2").first).to_contain_text("1 personne")
    page.go_back()
    locked.get_by_role("link", name="Détail et actions pour Bœuf 01 Éléonore").click()
    page.locator(".unfolded .deeds button", has_text="Changer le rôle").click()
    expect(page.locator("h2").first).to_contain_text("1 personne")


def without_script(browser: Browser, server: LiveServer, walk: Callable[[Page], None]) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, server)
    walk(context.new_page())
    context.close()


@pytest.mark.slow
def test_without_script_the_boxes_of_a_page_and_all_found_are_sent(
    browser: Browser, live_server: LiveServer, course: Course
) -> None:
    def walk(tab: Page) -> None:
        tab.goto(f"{live_server.url}{LIST}?role=student")
        expect(tab.locator("#select-everyone")).to_be_hidden()
        expect(tab.locator("#tick-page")).to_be_hidden()
        tab.locator("tbody .tick").nth(1).check()
        tab.locator("tbody .tick").nth(3).check()
        tab.locator(".deeds button", has_text="Suspendre").first.click()
        expect(tab.locator(".confirm-bar button").last).to_contain_text("Suspendre 2 personnes")
        tab.go_back()
        tab.get_by_label(f"les {STUDENTS} trouvées").check()
        tab.locator(".deeds button", has_text="Suspendre").first.click()
        tab.locator(".confirm-bar button", has_text=f"Suspendre {STUDENTS} personnes").click()
        expect(tab.locator("#toasts .toast-ok")).to_contain_text(f"{STUDENTS} personnes suspendues")

    without_script(browser, live_server, walk)
    assert len(suspended()) == STUDENTS


@pytest.mark.slow
def test_people_are_found_as_one_types_and_chosen_by_keyboard(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator(".heading a", has_text="Inscrire des utilisateurs").click()
    field = page.locator("#people-q")
    field.press_sequentially("ARLIG")
    expect(page.locator("#people-found li")).to_have_count(2)
    expect(page.locator("#people-said")).to_have_text("2 résultats")
    field.press("Enter")  # asks for no page
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#people-said")).to_have_text("Arlignac Noé : choisi, 2 personnes en tout")
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    field.fill("boeuf 00")
    expect(page.locator("#people-found li")).to_have_count(1)
    expect(page.locator("#people-found input")).to_be_disabled()
    field.fill("arlig")
    expect(page.locator("#people-found input:checked")).to_have_count(2)
    page.locator("#chosen-people input").last.click()
    expect(page.locator("#people-found input:checked")).to_have_count(1)


@pytest.mark.slow
def test_somebody_found_is_enrolled_with_a_new_group(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}enrol/")
    page.locator("#people-q").press_sequentially("zoé ärl")
    page.locator("#people-found .found-line").click()
    expect(page.locator("#id_new_group")).to_be_hidden()
    page.locator("#id_group").select_option("new")
    page.locator("#id_new_group").fill("Tutorat")
    page.locator("#id_ends_at").fill("2027-06-30T18:00")
    page.locator("button", has_text="Voir ce qui va se passer").click()
    page.locator("button", has_text="Inscrire 1 personne").click()
    expect(page.locator("#toasts .toast-ok")).to_contain_text("1 personne inscrite")
    expect(page.locator("tbody tr").first).to_contain_text("Ärlig Zoé")
    assert Group.objects.get(name="Tutorat").members.get().person.username == "new1"


@pytest.mark.slow
def test_a_cohort_is_enrolled_once_without_script_too(
    browser: Browser, live_server: LiveServer, course: Course
) -> None:
    cohort = CohortFactory(code="2026-L2DRO", programme_code="L2DRO", name="UFR Droit: L2 Droit")
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="c1", last_name="Abc"))

    def walk(tab: Page) -> None:
        tab.goto(f"{live_server.url}{LIST}enrol/")
        tab.locator("#people-q").fill("arlig")
        tab.locator("#people-q").press("Enter")
        tab.locator("#people-found input").first.check()
        tab.locator("#people-q").fill("arlignac")
        tab.locator(".part-people button").click()
        expect(tab.locator("#chosen-people input:checked")).to_have_count(1)
        tab.locator("#who-cohort").check()
        tab.locator("#cohort-q").fill("droit")
        tab.locator(".part-cohort button").click()
        tab.locator("#cohorts-found input").check()
        tab.locator("button", has_text="Voir ce qui va se passer").click()
        expect(tab.locator(".facts")).to_contain_text("L2 Droit")
        tab.locator("button", has_text="Inscrire 1 personne").click()
        expect(tab.locator("tbody tr").first).to_contain_text("Abc")

    without_script(browser, live_server, walk)
    assert Enrolment.objects.filter(method__course=course, person__username="c1", method__kind="manual").count() == 1


Look = Callable[[str], None]


def look_at_the_list(tab: Page, server: LiveServer, look: Look) -> None:
    tab.goto(f"{server.url}{LIST}")
    tab.locator("tbody .tick").nth(1).click()
    tab.locator("tbody .row-actions a").nth(1).click()
    expect(tab.locator(".unfolded .deeds")).to_be_visible()
    look("one selected, one row open")
    tab.locator("#select-everyone").click()
    tab.locator(".selection-bar details.menu summary").click()
    look("everyone selected, the menu open")


def look_at_enrolling(tab: Page, server: LiveServer, look: Look) -> None:
    tab.goto(f"{server.url}{LIST}enrol/")
    tab.locator("#people-q").press_sequentially("arlig")
    tab.locator("#people-found .found-line").first.click()
    look("people found, one chosen")
    tab.locator("button[value=preview]").click()
    expect(tab.locator(".totals")).to_be_visible()
    look("preview")
    tab.goto(f"{server.url}{LIST}enrol/")
    tab.locator("#who-cohort").check()
    tab.locator("#cohort-q").press_sequentially("droit")
    expect(tab.locator("#cohorts-found li")).to_have_count(1)
    tab.locator("#id_group").select_option("new")
    tab.locator("button[value=preview]").click()
    expect(tab.locator(".field-error").first).to_be_visible()
    look("errors")


# Each language with each scheme, each scheme with each width.
@in_each_look
def test_nothing_for_axe_and_no_sideways_scroll(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    CohortFactory(code="2026-L2DRO", programme_code="L2DRO", name="UFR Droit: L2 Droit")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sign_in(context, live_server, language)
    tab = context.new_page()
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[name] = [*violations_on(tab), *(["sideways scroll"] if sideways else [])]

    look_at_the_list(tab, live_server, look)
    look_at_enrolling(tab, live_server, look)
    context.close()
    assert found == {name: [] for name in found}
    assert len(found) == 5
