"""A walk of the CEMU: which method to choose, who is missing and why, and a cohort filled by hand; looked at by axe."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from cohorts.models import Cohort, CohortMember
from courses.models import Enrolment
from enrolhub.access.models import SiteRole, User
from tests.factories import CohortMemberFactory, HandCohortFactory, MethodFactory, PersonFactory, SiteRoleFactory, role
from tests.registers import Registers, course, registers
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["registers"]


@pytest.fixture
def staff() -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu").user
    return user


def enter(visit: BrowserContext, server: LiveServer, user: User, language: str = "fr") -> None:
    """Give the browser the session of this account."""
    client = Client()
    client.force_login(user)
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def make_course(registers: Registers) -> None:
    """An automatic course after a night; one student lacks the pedagogical registration, another has lost the enrolment."""
    registers.group("10", *range(1, 12), code="TD1")
    registers.person("e50", number="00000050", sn="Sansip", givenName="Zoé")
    registers.register(50)
    course("SMTU101", "INF101", created_automatically=True)
    registers.night()
    Enrolment.objects.filter(person__username="e1").delete()


@pytest.mark.slow
def test_from_the_question_to_the_cause_and_to_the_cohort(
    live_server: LiveServer, page: Page, staff: User, registers: Registers
) -> None:
    make_course(registers)
    PersonFactory(username="tutor1", last_name="Abgrall", first_name="Nolwenn")
    PersonFactory(username="tutor2", student_number="22700001")
    enter(page.context, live_server, staff)
    ask_and_verify(page, live_server)
    fill_and_empty(page, live_server)


def ask_and_verify(page: Page, live_server: LiveServer) -> None:
    """From the two questions to the verification, and on to why one student is missing."""
    page.goto(f"{live_server.url}/courses/SMTU101/methods/assistant/")
    page.get_by_role("link", name="Une ou plusieurs promotions complètes").click()
    expect(page.locator(".note-wait")).to_contain_text("déconseillée dans ce cours")
    page.get_by_role("link", name="Vérifier les inscriptions").click()
    expect(page).to_have_url(re.compile("/courses/SMTU101/verification/$"))
    expect(page.locator("#results tbody tr")).to_have_count(3)
    page.get_by_label("Écart", exact=True).select_option("no_registration")
    expect(page).to_have_url(re.compile("gap=no_registration"))
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results tbody tr")).to_contain_text("Aucune inscription pédagogique sur INF101")
    page.get_by_role("link", name="Sansip Zoé").click()
    expect(page.locator("main")).to_contain_text("Rompu ici")


def fill_and_empty(page: Page, live_server: LiveServer) -> None:
    """A cohort is created, filled by a search and by pasted numbers, and somebody taken out again."""
    page.goto(f"{live_server.url}/cohorts/")
    page.get_by_role("link", name="Créer une cohorte").click()
    page.get_by_label("Nom de la cohorte").fill("Tuteurs L2")
    page.get_by_role("button", name="Créer la cohorte").click()
    page.get_by_label("Nom, compte, numéro ou courriel").fill("abgrall")
    page.locator("#people-found").get_by_label("Abgrall Nolwenn").check()
    expect(page.locator("#chosen-people")).to_contain_text("Abgrall Nolwenn")
    page.get_by_label("Numéros d’étudiant").fill("22700001\n404404")
    page.get_by_role("button", name="Voir ce qui va se passer").click()
    expect(page.locator("main")).to_contain_text("404404")
    page.get_by_role("button", name="Ajouter 2 personnes").click()
    expect(page.locator("main table tbody tr")).to_have_count(2)
    cohort = Cohort.objects.get(code="TUTEURS-L2")
    assert CohortMember.objects.filter(cohort=cohort).count() == 2
    page.get_by_label("Sélectionner Abgrall Nolwenn").check()
    page.get_by_role("button", name="Retirer de la cohorte").click()
    page.get_by_role("button", name="Retirer 1 personne").click()
    expect(page.locator("main table tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Annuler", exact=True).click()
    expect(page).to_have_url(re.compile("/undo/"))


@in_each_look
def test_axe_finds_nothing(
    live_server: LiveServer,
    visit: BrowserContext,
    staff: User,
    registers: Registers,
    language: str,
    scheme: str,
    width: int,
) -> None:
    make_course(registers)
    cohort = HandCohortFactory(code="TUT")
    member = CohortMemberFactory(cohort=cohort).person
    used = HandCohortFactory(code="USED")
    MethodFactory(course=course("B"), kind="cohort_sync", source_cohort=used, role=role("tutor"))
    page = visit.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    enter(visit, live_server, staff, language)
    addresses = [
        "/assistant/?courses=one&whom=people",
        "/courses/SMTU101/methods/assistant/?whom=promotions",
        "/courses/SMTU101/verification/",
        "/courses/SMTU101/verification/?gap=nonsense",
        "/courses/B/verification/",
        "/cohorts/new/cohort/",
        "/cohorts/TUT/",
        "/cohorts/TUT/members/add/",
        "/cohorts/TUT/delete/",
        "/cohorts/USED/delete/",
        "/cohorts/TUT/changes/",
    ]
    found = {}
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        found[address] = violations_on(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(f"{live_server.url}/cohorts/TUT/members/add/")
    page.locator("#id_identifiers").fill(f"{member.username} 404404")
    page.locator("button[value=preview]").click()
    page.wait_for_selector(".totals")
    found["preview"] = violations_on(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
