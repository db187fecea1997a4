"""A student finds an open course, gives its key, is in, and withdraws; in a real Chromium, on a phone as well."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, Enrolment, Method
from tests.factories import (
    CohortFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    MethodFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "Printemps-2027"


@pytest.fixture
def course() -> Course:
    """A course with three ways in, of which a student finds one open; the student is in another one for a while."""
    made: Course = CourseFactory(code="ANG-AUTO", title="Anglais en autonomie")
    group = GroupFactory(course=made, name="TD 1")
    terms = {"course": made, "kind": Method.Kind.SELF}
    MethodFactory(**terms, key=KEY, capacity=2, duration_days=30, group=group)
    MethodFactory(**terms, name="Atelier du soir", capacity=1)
    EnrolmentFactory(method=made.methods.get(name="Atelier du soir"))
    MethodFactory(**terms, name="Réservé", admits_cohort=CohortFactory(name="UFR Droit: L2 Droit"))
    MethodFactory(course=CourseFactory(title="Bibliographie"), kind=Method.Kind.SELF)
    student = PersonFactory(username="etu", last_name="Abgrall", first_name="Nolwenn")
    other = MethodFactory(course=CourseFactory(code="MTU1"), kind=Method.Kind.SELF, duration_days=30, may_renew=True)
    EnrolmentFactory(method=other, person=student, suspended_by="end")
    prof = PersonFactory(username="prof")
    EnrolmentFactory(course=made, person=prof, role=role("editingteacher"))
    return made


def sign_in(visit: BrowserContext, server: LiveServer, username: str = "etu", language: str = "fr") -> None:
    client = Client()
    client.force_login(UserFactory(username=username))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def is_in(course: Course) -> bool:
    return Enrolment.objects.filter(method__course=course, person__username="etu").exists()


@pytest.mark.slow
def test_a_student_finds_a_course_enters_the_key_is_in_and_withdraws(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    visit.set_default_timeout(60_000)
    sign_in(visit, live_server)
    page.goto(live_server.url)
    page.get_by_role("link", name="S’inscrire à un cours").click()
    expect(page.get_by_role("link", name="Bibliographie")).to_be_visible(timeout=60_000)
    page.get_by_placeholder("Titre ou code").fill("anglais")
    # Leaving the field asks once more: the list is not to be exchanged under the pointer.
    page.get_by_placeholder("Titre ou code").press("Tab")
    expect(page.get_by_role("link", name="Bibliographie")).to_have_count(0, timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Anglais en autonomie").first.click()
    page.get_by_label("Clé d’inscription").fill("printemps-2027")
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.locator(".field-error")).to_contain_text("Ce n’est pas la clé", timeout=60_000)
    assert not is_in(course)
    page.get_by_label("Clé d’inscription").fill(KEY)
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.get_by_role("heading", name="Mes cours", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator(".toast-line")).to_contain_text("Anglais en autonomie")
    assert is_in(course)
    page.get_by_role("link", name="Se désinscrire… Anglais en autonomie").click()
    expect(page.get_by_text("Vous quittez le cours et ses groupes")).to_be_visible(timeout=60_000)
    assert is_in(course)
    page.get_by_role("button", name="Se désinscrire du cours").click()
    expect(page.locator(".toast-line")).to_contain_text("Votre désinscription", timeout=60_000)
    assert not is_in(course)


# Every pair of language, scheme and width is met once, as on the other pages.
@pytest.mark.slow
@in_each_look
def test_the_student_s_pages_and_the_forms_are_accessible(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    visit = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(visit, live_server, language=language)
    page = visit.new_page()
    own = Method.objects.get(course__code="MTU1", kind="self")
    addresses = ["/my-courses/", "/open-courses/", "/open-courses/ANG-AUTO/", f"/my-courses/{own.pk}/withdraw/"]
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        assert violations_on(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    sign_in(visit, live_server, "prof", language)
    manual = course.methods.get(kind="manual")
    for address in ("/courses/ANG-AUTO/methods/add/self/", f"/courses/ANG-AUTO/methods/{manual.pk}/"):
        page.goto(f"{live_server.url}{address}")
        assert violations_on(page) == [], address
    visit.close()
