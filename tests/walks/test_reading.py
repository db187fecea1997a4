"""Home, lists, cohort, run and ledger in a real Chromium: nothing for axe, no sideways scroll, progress and filters in place."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Phase, Run
from tests.factories import (
    ChangeFactory,
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    FindingFactory,
    HoldFactory,
    MethodFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="staff").user
    return user


def sign_in(visit: BrowserContext, server: LiveServer, user: User, language: str = "en") -> None:
    """Give the browser the session of this account."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    visit.add_cookies(
        [
            {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url},
            {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": server.url},
        ]
    )


@pytest.fixture
def night() -> Run:
    """A night with everything that its report can show."""
    run: Run = RunFactory(state=Run.State.APPLIED_WITH_HOLDS, held=12, partial=True, resumed=True, digest="7f3ac91e")
    PhaseFactory(run=run, relation="sources", busy_ms=900)
    method = MethodFactory(course=CourseFactory(title="Chimie organique 2", with_database=True), kind="cohort_sync",
                           source_cohort=CohortFactory(refreshed_at=None))  # fmt: skip
    phase = PhaseFactory(run=run, relation="cohort_sync", arrivals=1, departures=12, held=12, busy_ms=4000)
    scope = ScopeFactory(phase=phase, ref=method.pk, size=30, departures=12, verdict="hold", departed_at=None)
    HoldFactory(scope=scope, reason="scope_medium")
    for _ in range(4):
        person = EnrolmentFactory(method=method).person
        CohortMemberFactory(cohort=method.source_cohort, person=person)
        ChangeFactory(scope=scope, action="D", person=person.username, before="student\x1f\x1f\x1f")
    FindingFactory(run=run, code="unknown_students", count=2, cases=[{"student_number": "22600001"}])
    for rows in (90, 100):
        SnapshotFileFactory(snapshot=SnapshotFactory(run=run), file=ExtractFileFactory(row_count=rows))
    RunFactory(state=Run.State.REFUSED, message="list_empty", message_params={"file": "annuaire.csv", "line": 1})
    return run


def addresses(night: Run) -> list[str]:
    method = MethodFactory._meta.model.objects.get(kind="cohort_sync")
    refused = Run.objects.get(state=Run.State.REFUSED)
    return [
        "/",
        "/account/",
        "/courses/",
        "/courses/?platform=nowhere",
        f"/courses/{method.course.code}/methods/",
        "/cohorts/",
        "/cohorts/?q=nobody",
        f"/cohorts/{method.source_cohort.code}/",
        "/runs/",
        f"/runs/{night.pk}/",
        f"/runs/{refused.pk}/",
        f"/runs/{night.pk}/changes/",
        f"/runs/{night.pk}/undo/",
        "/holds/",
        "/limits/",
    ]


@in_each_look
def test_axe_finds_nothing(
    browser: Browser, live_server: LiveServer, staff: User, night: Run, language: str, scheme: Any, width: int
) -> None:
    visit = browser.new_context(viewport=ViewportSize(width=width, height=900), color_scheme=scheme)
    sign_in(visit, live_server, staff, language)
    page = visit.new_page()
    found = {}
    for address in addresses(night):
        page.goto(live_server.url + address)
        for part in page.locator("details.unfold").all():
            part.locator("summary").click()
        found[address] = violations_on(page), page.evaluate("document.documentElement.scrollWidth")
    visit.close()
    assert found == {address: ([], width) for address in addresses(night)}


@pytest.mark.slow
def test_axe_finds_nothing_on_the_home_of_teachers_and_students(browser: Browser, live_server: LiveServer) -> None:
    width = 360
    people = {name: PersonFactory(username=name) for name in ("teacher", "student")}
    course = CourseFactory(with_database=True)
    for name, person in people.items():
        EnrolmentFactory(course=course, person=person, role=role("editingteacher" if name == "teacher" else "student"))
    found = {}
    for name in (*people, "nobody"):
        visit = browser.new_context(viewport=ViewportSize(width=width, height=900))
        sign_in(visit, live_server, UserFactory(username=name), "fr")
        page = visit.new_page()
        for address in ("/", "/digest/"):
            page.goto(live_server.url + address)
            found[name, address] = violations_on(page), page.evaluate("document.documentElement.scrollWidth")
        visit.close()
    assert len(found) == 6
    assert found == dict.fromkeys(found, ([], width))


def test_a_live_run_shows_its_progress_and_its_end_by_itself(page: Page, live_server: LiveServer, staff: User) -> None:
    run = RunFactory(state=Run.State.RUNNING, finished_at=None)
    phase = PhaseFactory(run=run, relation="people", state=Phase.State.PLANNED, scope_count=200, applied_count=20)
    sign_in(page.context, live_server, staff)
    page.goto(f"{live_server.url}/runs/{run.pk}/")
    expect(page.locator(".progress-much")).to_have_text("20 of 200 written, 10 %")
    Phase.objects.filter(pk=phase.pk).update(applied_count=130)
    expect(page.locator(".progress-much")).to_have_text("130 of 200 written, 65 %")
    page.reload()
    expect(page.locator("progress")).to_have_attribute("value", "130")
    Run.objects.filter(pk=run.pk).update(state=Run.State.APPLIED, arrivals=7, finished_at=run.started_at)
    expect(page.locator(".total-number").first).to_contain_text("7")
    expect(page.locator("#run-state")).to_have_text("Done")
    expect(page.locator("#announcement")).to_have_text("Done")
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator("#report")).not_to_have_attribute("hx-get", "")
    assert violations_on(page) == []


def test_filters_act_in_place_and_the_address_follows(page: Page, live_server: LiveServer, staff: User) -> None:
    CourseFactory(code="AAA", title="Écologie")
    CourseFactory(code="BBB", title="Zoologie", academic_year="2025")
    sign_in(page.context, live_server, staff)
    page.goto(f"{live_server.url}/courses/")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    page.get_by_label("Search").fill("ecolo")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.get_by_label("Search")).to_be_focused()
    page.get_by_label("Search").fill("")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.get_by_label("Year").select_option("2025")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results tbody th")).to_contain_text("Zoologie")
    assert page.url == f"{live_server.url}/courses/?year=2025"
    assert page.evaluate("document.querySelector('h1').dataset.kept") == "yes"
    page.go_back()
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.goto(f"{live_server.url}/courses/?year=2025")
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.locator("#results tbody tr")).to_have_count(2)


def test_the_browser_keeps_no_page_and_forgets_at_the_door(page: Page, live_server: LiveServer, staff: User) -> None:
    CourseFactory(title="Écologie")
    sign_in(page.context, live_server, staff)
    page.goto(f"{live_server.url}/courses/")
    page.get_by_label("Search").fill("zoo")
    expect(page.locator("#results tbody tr")).to_have_count(0)
    kept = "Object.values({...localStorage, ...sessionStorage}).filter((text) => text.includes('<') || text.includes('cologie'))"
    assert page.evaluate(kept) == []
    page.evaluate("sessionStorage.setItem('selection/1', '{}')")
    page.go_back()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.locator(".bar-account > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".sign-in")).to_be_visible()
    page.wait_for_function("sessionStorage.length === 0 && localStorage.length === 0")


def test_filters_work_without_a_script(browser: Browser, live_server: LiveServer, staff: User) -> None:
    CourseFactory(title="Écologie")
    CourseFactory(title="Zoologie")
    visit = browser.new_context(java_script_enabled=False)
    sign_in(visit, live_server, staff)
    page = visit.new_page()
    page.goto(f"{live_server.url}/courses/?sort=-title&per_page=50")
    page.get_by_label("Search").fill("ecolo")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert "sort=-title" in page.url
    assert "per_page=50" in page.url
    visit.close()
