"""A slow line: what is typed or chosen before the scripts have come is looked for as soon as they have."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, role
from tests.walks.visits import visit_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course() -> Course:
    course: Course = CourseFactory(code="LENT1", title="Réseaux", component="DRO")
    CourseFactory(code="AUTRE", component="SCI")
    for number in range(12):
        person = PersonFactory(username=f"w{number:02}", last_name=f"Bœuf w{number:02}")
        EnrolmentFactory(course=course, person=person, role=role("student" if number else "tutor"))
    return course


def before_the_scripts(page: Page, address: str, act: Callable[[], object]) -> None:
    """Open the page, do something on it, and only then let its scripts come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*.js", hold)
    page.goto(address, wait_until="commit")
    act()
    assert held
    page.unroute("**/*.js")  # those held come now


@pytest.mark.slow
def test_a_filter_filled_early_is_followed(
    staff: Client, browser: Browser, live_server: LiveServer, course: Course
) -> None:
    with visit_as(staff, browser, live_server, "fr", "light", 1280) as visit:
        page = visit.new_page()
        list_of_course = f"{live_server.url}/courses/LENT1/participants/"
        before_the_scripts(page, list_of_course, lambda: page.locator("#filter-q").fill("boeuf w0"))
        expect(page.locator(".found")).to_contain_text("10")
        assert page.url == f"{list_of_course}?q=boeuf+w0"
        people = f"{live_server.url}/people/"
        before_the_scripts(page, people, lambda: page.locator("main input[name=q]").fill("boeuf w1"))
        expect(page.locator("#results tbody tr")).to_have_count(2)
        courses = f"{live_server.url}/courses/"
        before_the_scripts(page, courses, lambda: page.locator("select[name=component]").select_option("SCI"))
        expect(page.locator("#results tbody tr")).to_have_count(1)
        assert "component=SCI" in page.url
