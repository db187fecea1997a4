"""The participant list in a real Chromium: it follows its address in place, with and without script; nothing for axe."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course
from enrolhub.access.models import User
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/WALK1/participants/"


@pytest.fixture
def course() -> Course:
    """Thirty students, some of them suspended or in a group, by two methods, and a teacher."""
    made: Course = CourseFactory(code="WALK1", title="Méthodologie du travail universitaire", with_database=True)
    group = GroupFactory(course=made, code="TD1", name="TD 1")
    by_self = MethodFactory(course=made, kind="self")
    for number in range(30):
        person = PersonFactory(username=f"w{number:02}", last_name=f"Bœuf {number:02}", first_name="Éléonore")
        EnrolmentFactory(course=made, person=person, suspended_by="hand" if number % 10 == 3 else "")
        if number % 5 == 0:
            EnrolmentFactory(method=by_self, person=person)
            GroupMemberFactory(group=group, person=person)
    EnrolmentFactory(
        course=made, person=PersonFactory(last_name="Zola", first_name="Anne"), role=role("editingteacher")
    )
    return made


@pytest.fixture
def many_groups(course: Course) -> Course:
    """The same course with twenty groups more, each with somebody."""
    people = (
        course.methods.get(kind="manual").enrolments.filter(role__short_name="student").order_by("person__username")
    )
    for number, enrolment in enumerate(people[:20]):
        group = GroupFactory(course=course, code=f"G{number}", name=f"Groupe {number}")
        GroupMemberFactory(group=group, person=enrolment.person)
    return course


def add_criterion(tab: Page, label: str) -> None:
    tab.locator("#add-menu summary").click()
    tab.locator("#add-menu .menu-item", has_text=label).click()


def expect_found(tab: Page, number: int) -> None:
    """Wait until this number is announced."""
    expect(tab.locator("#announced")).to_have_text(re.compile(rf"^\s*{number} pe"))


def staff_account() -> User:
    """A member of the CEMU, the same at each sign-in."""
    known = User.objects.filter(username="cemu").first()
    return known or SiteRoleFactory(user=UserFactory(username="cemu")).user


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(staff_account())
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def test_the_list_follows_its_address_in_place(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.evaluate("() => { window.loadedOnce = true; }")
    expect_found(page, 31)
    add_criterion(page, "Groupe")
    expect(page.locator("#value-group")).to_be_focused()
    page.locator("#value-group").select_option("TD1")
    expect_found(page, 6)
    page.locator("#filter-q").fill("boeuf 1")
    expect_found(page, 2)
    expect(page.locator("#filter-q")).to_be_focused()
    assert page.url.endswith(f"{LIST}?q=boeuf+1&group=TD1")
    page.locator("tbody .opens").first.press("Enter")
    expect(page.locator(".unfolded .seats tbody tr")).to_have_count(2)
    page.go_back()
    expect(page.locator(".unfolded .seats")).to_have_count(0)
    page.go_back()
    expect_found(page, 6)
    page.locator("th.col-status a").click()
    expect(page.locator("th.col-status")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("() => window.loadedOnce")


@pytest.mark.slow
def test_what_is_typed_in_one_go_is_one_step_back(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}?role=student")
    page.locator("#filter-q").fill("boeuf 1")
    expect_found(page, 12)
    page.locator("#filter-q").press_sequentially("3", delay=50)
    expect_found(page, 1)
    assert page.url.endswith("?q=boeuf+13&role=student")
    expect(page.locator("#filter-q")).to_be_focused()
    page.go_back()
    expect_found(page, 30)
    expect(page.locator("#filter-q")).to_have_value("")


@pytest.mark.slow
def test_a_group_among_many_is_typed(
    page: Page, visit: BrowserContext, live_server: LiveServer, many_groups: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    add_criterion(page, "Groupe")
    field = page.locator("#value-group")
    expect(field).to_be_focused()
    page.keyboard.type("groupe 7")
    page.keyboard.press("Enter")
    expect_found(page, 1)
    assert page.url.endswith(f"{LIST}?group=G7")
    expect(page.locator(".criterion .chip")).to_have_text("Groupe 7")
    field.fill("Groupe 8")  # as a suggestion that is chosen
    expect_found(page, 2)
    assert page.url.endswith(f"{LIST}?group=G7&group=G8")
    field.fill("groupe")
    field.press("Enter")
    expect(page.locator(".note-bad")).to_contain_text("plusieurs s’appellent ainsi")
    expect(field).to_have_value("groupe")
    page.locator(".note-bad a").click()
    expect_found(page, 2)


@pytest.mark.slow
def test_orders_columns_and_page_sizes_change_in_place(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.evaluate("() => { window.loadedOnce = true; }")
    page.locator("th.col-roles a").click()
    expect(page.locator("th.col-roles")).to_have_attribute("aria-sort", "ascending")
    page.locator("th.col-status a").click(modifiers=["Shift"])
    expect(page.locator("thead .place")).to_have_text(["1", "2"])
    page.locator("th.col-status a").focus()
    page.keyboard.press("Shift+Enter")
    expect(page.locator("th.col-status")).to_contain_text("décroissant")
    assert page.url.endswith(f"{LIST}?sort=roles&sort=-status")
    page.locator("#order-menu summary").click()
    page.get_by_role("link", name="Ne plus trier par « Rôles »").click()
    expect(page.locator("th.col-status")).to_have_attribute("aria-sort", "descending")
    page.locator("#columns-menu summary").click()
    page.locator("#column-email").click()
    expect(page.locator(".col-email")).to_have_count(0)
    expect(page.locator("#column-email")).to_be_focused()
    page.locator("#column-groups").press("Space")
    expect(page.locator(".col-groups")).to_have_count(0)
    page.locator("#per-page").select_option("50")
    expect(page.locator("tbody tr")).to_have_count(31)
    assert page.url.endswith(f"{LIST}?sort=-status")
    assert page.evaluate("() => window.loadedOnce")
    page.goto(f"{live_server.url}{LIST}")
    expect(page.locator("tbody tr")).to_have_count(31)
    expect(page.locator(".col-email, .col-groups")).to_have_count(0)


def test_the_head_of_the_table_stays_in_view(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}?per_page=50")
    page.locator("tbody tr").nth(25).scroll_into_view_if_needed()
    page.mouse.wheel(0, 2_000)
    expect(page.locator("thead th.col-name")).to_be_in_viewport()


@pytest.mark.slow
def test_a_view_is_kept_and_comes_back_by_its_link(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}?status=suspended&sort=-email")
    page.locator("#views-menu summary").click()
    page.get_by_role("link", name="Garder cette vue…").click()
    page.get_by_label("Nom de la vue").first.fill("Suspendus")
    page.get_by_label("La proposer dans tous les cours").check()
    page.get_by_role("button", name="Garder la vue").click()
    expect(page.locator(".toast-ok")).to_contain_text("Suspendus")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.goto(f"{live_server.url}{LIST}")
    page.locator("#views-menu summary").click()
    page.get_by_role("link", name="Suspendus").click()
    expect_found(page, 3)
    assert page.url.endswith(f"{LIST}?sort=-email&status=suspended")


# What one does, each with how many people are found then: a link to follow, a field to choose in, a field to type into.
STEPS: dict[str, list[tuple[str, str, str, int]]] = {
    "a count": [("follow", ".counts-line a:has-text('Suspendu')", "", 3)],
    "a criterion": [("choose", "#value-status", "suspended", 3), ("choose", "#match-status", "none", 28)],
    "two criteria": [("choose", "#value-status", "suspended", 3), ("type", "#value-group", "groupe 13", 1)],
    "a join": [("type", "#filter-q", "zola", 1), ("choose", "#filter-match", "none", 30)],
    "an initial": [("follow", ".initials ul:last-of-type a:has-text('Z')", "", 1)],
    "a chip": [("choose", "#value-status", "suspended", 3), ("follow", ".criterion .chip a", "", 31)],
}


@pytest.mark.parametrize(
    "name", ["a chip", *(pytest.param(name, marks=pytest.mark.slow) for name in STEPS if name != "a chip")]
)
def test_with_and_without_a_script_the_same_people_are_found(
    browser: Browser, live_server: LiveServer, many_groups: Course, name: str
) -> None:
    found = {}
    for scripted in (True, False):
        context = browser.new_context(java_script_enabled=scripted, viewport={"width": 1280, "height": 900})
        sign_in(context, live_server)
        tab = context.new_page()
        tab.goto(f"{live_server.url}{LIST}?add=group&add=status&sort=-last_name&per_page=50")
        for way, target, value, number in STEPS[name]:
            act(tab, way, target, value)
            if way == "choose" and not scripted:
                tab.locator(".filters button[type=submit]").click()
            expect_found(tab, number)
        found[scripted] = tab.locator("tbody td.col-username").all_text_contents()
        assert len(found[scripted]) == STEPS[name][-1][3]
        context.close()
    assert found[True] == found[False]


def act(tab: Page, way: str, target: str, value: str) -> None:
    field = tab.locator(target).first
    if way == "follow":
        field.click()
    elif way == "choose":
        field.select_option(value)
    else:
        field.fill(value)
        field.press("Enter")


def test_without_script_the_form_finds_the_same(browser: Browser, live_server: LiveServer, course: Course) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server)
    tab = context.new_page()
    tab.goto(f"{live_server.url}{LIST}?add=group")
    tab.locator("#value-group").select_option("TD1")
    tab.locator("#filter-q").fill("boeuf 1")
    tab.locator(".filters button[type=submit]").click()
    expect(tab.locator("tbody tr")).to_have_count(2)
    tab.locator("tbody .opens").first.click()
    expect(tab.locator(".unfolded .seats tbody tr")).to_have_count(2)
    context.close()


# Each language with each scheme, each scheme with each width.
@in_each_look
def test_nothing_for_axe_and_no_sideways_scroll(
    browser: Browser, live_server: LiveServer, many_groups: Course, language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sign_in(context, live_server, language)
    tab = context.new_page()
    found = {}
    tab.goto(f"{live_server.url}{LIST}views/?role=student&sort=-email")
    tab.locator("#id_name").fill("Vue")
    tab.locator(".keep button").click()
    tab.goto(f"{live_server.url}{LIST}views/?role=student")
    tab.locator(".rename summary").click()
    found["views"] = faults_on(tab)
    for query in (
        "",
        "?status=suspended&group=TD1&group_match=none&inactive=30d&q=a&q=b&first=E",
        "?typed_group=groupe&sort=roles&sort=-email&add=role",
        "?role=boss",
        "?q=zzzz",
        "?sort=roles&sort=-email&open=w00",
    ):
        tab.goto(f"{live_server.url}{LIST}{query}")
        if "sort=" in query and tab.locator("#order-menu").count():
            tab.locator("#order-menu summary").click()
        elif width == 360:
            tab.locator("a[href='#criteria']").click()
        elif not query:
            tab.locator("tbody .opens").first.click()
            expect(tab.locator(".seats")).to_be_visible()
            tab.locator("#more-group summary").click()
        found[query] = faults_on(tab)
    context.close()
    assert found == {query: [] for query in found}


def faults_on(tab: Page) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    return [*violations_on(tab), *(["sideways scroll"] if sideways else [])]
