"""A walk of methods: a cohort is added with its consequences in view, follows its changes within seconds, and is taken back."""

import re

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from cohorts.changed import tell_changed
from cohorts.models import Cohort, CohortMember, Person
from courses.models import Course, Enrolment, Method
from enrolhub.access.models import SiteRole
from enrolhub.processes import Child
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 210


@pytest.fixture
def course() -> Course:
    """A course by hand, with a teacher who edits it and somebody in it."""
    made: Course = CourseFactory(code="ESP101", title="Espace", created_automatically=False)
    EnrolmentFactory(
        course=made, person=PersonFactory(username="prof", last_name="Abgrall"), role=role("editingteacher")
    )
    EnrolmentFactory(course=made, person=PersonFactory(username="here", last_name="Zola"))
    UserFactory(username="prof")
    return made


@pytest.fixture
def cohort(course: Course) -> Cohort:
    """A hand-kept cohort of two, one of whom is in the course already."""
    made: Cohort = HandCohortFactory(code="TUT", name="Tuteurs L2", name_key="tuteurs l2")
    CohortMemberFactory(cohort=made, person=Person.objects.get(username="here"))
    CohortMemberFactory(cohort=made, person=PersonFactory(username="new", last_name="Bœuf", last_name_key="boeuf"))
    return made


def enter(visit: BrowserContext, server: LiveServer, username: str, language: str = "fr") -> None:
    """Give the browser the session of this account."""
    client = Client()
    client.force_login(UserFactory._meta.model.objects.get(username=username))
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def add_cohort(page: Page, server: LiveServer) -> None:
    """From the menu to what would happen."""
    page.goto(f"{server.url}/courses/ESP101/methods/")
    page.locator("summary", has_text="Ajouter méthode").click()
    page.get_by_role("link", name="Synchronisation des cohortes").click()
    page.get_by_label("Diplôme, code ou composante de la cohorte").fill("tuteurs")
    page.locator("#cohorts-found").get_by_label("Tuteurs L2").check()
    page.get_by_label("Ajouter au groupe").select_option("new")
    page.get_by_role("button", name="Voir ce qui va se passer").click()
    expect(page.locator("#happens")).to_have_text("Ce qui va se passer")


def test_a_teacher_adds_a_cohort_follows_it_and_takes_it_back(
    live_server: LiveServer, page: Page, course: Course, cohort: Cohort, celery_worker_process: Child
) -> None:
    enter(page.context, live_server, "prof")
    add_cohort(page, live_server)
    expect(page.locator(".totals")).to_contain_text("2devient3")
    page.get_by_role("button", name="Déjà inscrits").click()
    expect(page.locator("main tbody tr")).to_contain_text("Zola")
    page.get_by_role("button", name="Ajouter méthode : 2 arrivées").click()
    expect(page.locator("main table tbody tr")).to_have_count(2)
    expect(page.locator(".toast-line")).to_contain_text("1 méthode ajoutée")
    newcomer = CohortMember.objects.create(cohort=cohort, person=PersonFactory(username="late"))
    with transaction.atomic():
        tell_changed([cohort.pk])
    for _ in range(60):
        page.goto(f"{live_server.url}/courses/ESP101/participants/")
        if page.locator("main").get_by_text(newcomer.person.last_name).count():
            break
    assert Enrolment.objects.filter(method__source_cohort=cohort, person=newcomer.person).exists()
    expect(page.locator("main")).to_contain_text(newcomer.person.last_name)
    delete_and_undo(page, live_server, cohort)


def delete_and_undo(page: Page, live_server: LiveServer, cohort: Cohort) -> None:
    """The bin says who leaves and who stays; from the toast everything comes back."""
    page.goto(f"{live_server.url}/courses/ESP101/methods/")
    page.get_by_role("link", name=re.compile("^Supprimer : .*Tuteurs L2")).click()
    expect(page.locator(".totals")).to_contain_text("restent grâce à une autre méthode")
    page.get_by_role("button", name=re.compile("^Supprimer la méthode")).click()
    expect(page.locator("main table tbody tr")).to_have_count(1)
    assert not Method.objects.filter(source_cohort=cohort).exists()
    page.get_by_role("link", name="Annuler", exact=True).click()
    page.get_by_role("button", name=re.compile("^Annuler")).click()
    page.goto(f"{live_server.url}/courses/ESP101/methods/")
    expect(page.locator("main table tbody tr")).to_have_count(2)
    assert Method.objects.get(source_cohort=cohort).enrolments.count() == 3


@pytest.mark.slow
def test_a_large_cohort_goes_by_a_worker_while_the_page_follows(
    live_server: LiveServer, page: Page, course: Course, cohort: Cohort, celery_worker_process: Child
) -> None:
    people = Person.objects.bulk_create(Person(username=f"t{n:03}", last_name=f"Abc {n:03}") for n in range(MANY))
    CohortMember.objects.bulk_create(CohortMember(cohort=cohort, person=person) for person in people)
    enter(page.context, live_server, "prof")
    add_cohort(page, live_server)
    page.get_by_role("button", name=f"Ajouter méthode : {MANY + 2} arrivées").click()
    page.get_by_role("link", name="Suivre l’avancement").click()
    expect(page.locator("#method-report")).to_contain_text("Terminé")
    assert Method.objects.get(source_cohort=cohort).enrolments.count() == MANY + 2


@in_each_look
def test_axe_finds_nothing(
    live_server: LiveServer,
    visit: BrowserContext,
    course: Course,
    cohort: Cohort,
    language: str,
    scheme: str,
    width: int,
) -> None:
    method = MethodFactory(course=course, kind="cohort_sync", source_cohort=cohort, group=GroupFactory(course=course))
    EnrolmentFactory(method=method, person=Person.objects.get(username="here"))
    database = MethodFactory(course=course, kind="database", position=0)
    SiteRoleFactory(user=UserFactory(username="cemu"), kind=SiteRole.Kind.STAFF)
    page = visit.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    enter(visit, live_server, "cemu", language)
    here = "/courses/ESP101/methods"
    pages = ["/", "/add/cohort_sync/", "/add/meta_link/", f"/{method.pk}/", f"/{method.pk}/state/"]
    addresses = [f"{here}{each}" for each in [*pages, f"/{method.pk}/delete/", f"/{database.pk}/units/"]]
    found = {}
    for address in [*addresses, "/many-courses/", "/many-courses/add/cohort_sync/", "/many-courses/change/meta_link/"]:
        page.goto(f"{live_server.url}{address}")
        found[address] = violations_on(page)
    page.goto(f"{live_server.url}{here}/add/cohort_sync/")
    page.locator("#cohort-q").fill("tuteurs")
    page.locator("#cohorts-found input").check()
    page.locator("#id_role").select_option("tutor")
    page.locator("button[value=preview]").click()
    page.locator("#happens").wait_for()
    found["preview"] = violations_on(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
