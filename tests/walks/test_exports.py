"""Exports and attendance sheets in a real Chromium: the filter is taken along, a page of paper a group, nothing for axe."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer
from python_calamine import CalamineWorkbook

from courses.models import Course
from enrolhub.access.models import Event
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on
from tests.walks.test_participants import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/WALK2/participants/"


@pytest.fixture
def course() -> Course:
    """Forty students in TD 1, three in TD 2, a teacher in no group."""
    made: Course = CourseFactory(code="WALK2", title="Méthodologie du travail universitaire")
    groups = [GroupFactory(course=made, code=f"TD{number}", name=f"TD {number}") for number in (1, 2)]
    for number in range(43):
        person = PersonFactory(username=f"w{number:02}", last_name=f"Bœuf {number:02}", first_name="=Zoé")
        EnrolmentFactory(course=made, person=person, suspended_by="hand" if number >= 40 else "")
        GroupMemberFactory(group=groups[number >= 40], person=person)
    EnrolmentFactory(course=made, person=PersonFactory(last_name="Zola"), role=role("editingteacher"))
    return made


def download(page: Page, kind: str) -> Path:
    """The file that the menu gives."""
    page.locator(".actions details.menu:visible summary").click()
    with page.expect_download() as given:
        page.locator(".actions .menu-item:visible", has_text=kind).click()
    assert re.fullmatch(rf"participants-WALK2-\d{{4}}-\d\d-\d\d\.{kind.lower()}", given.value.suggested_filename)
    return Path(given.value.path())


@pytest.mark.slow
def test_files_follow_the_filter_and_the_order_shown(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}?sort=-last_name")
    page.locator("#filter-q").fill("boeuf 4")
    expect(page.locator("#announced")).to_contain_text("7")
    text = download(page, "CSV").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    names = [f"Bœuf {number:02}" for number in (42, 41, 40, 34, 24, 14, 4)]
    assert [row[:2] for row in rows] == [["Nom", "Prénom"], *([name, "'=Zoé"] for name in names)]
    expect(page.locator(".actions details.menu[open]")).to_have_count(0)
    for kind in ("XLSX", "ODS"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(download(page, kind).read_bytes()))
        assert [row[:2] for row in book.get_sheet_by_index(0).to_python()[1:]] == [[name, "=Zoé"] for name in names]
    assert sorted(Event.objects.filter(action="export").values_list("actor", "count")) == [("cemu", 7)] * 3


@pytest.mark.slow
def test_a_sheet_of_paper_a_group(page: Page, visit: BrowserContext, live_server: LiveServer, course: Course) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.locator(".count-line a, .counts-line a", has_text="Étudiant").first.click()
    expect(page.locator("#announced")).to_contain_text("43")
    page.locator(".actions a:visible", has_text="Imprimer").click()
    expect(page.locator(".sheet h2")).to_have_text(["TD 1", "TD 2"])
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert pages == 3  # forty people do not fit on one page
    page.get_by_role("checkbox", name="TD 2").check()
    page.locator("#date").fill("2026-12-01")
    page.locator("button", has_text="Afficher ces feuilles").click()
    expect(page.locator(".sheet h2")).to_have_text(["TD 2"])
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.locator("[data-print]").click()
    assert page.evaluate("() => window.printed")
    page.emulate_media(media="print")
    expect(page.locator(".sheet-title")).to_contain_text("1er décembre 2026")
    for hidden in (".topbar", "h1", ".tabs", "form.filters", ".footer"):
        expect(page.locator(hidden).first).to_be_hidden()


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
    found = {}
    for place in ("", "attendance/", "attendance/?group=TD2&q=a&date=2026-02-30", "attendance/?q=zzzz"):
        tab.goto(f"{live_server.url}{LIST}{place}")
        if not place:
            tab.locator(".actions details.menu:visible summary").click()
        sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[place] = [*violations_on(tab), *(["sideways scroll"] if sideways else [])]
    context.close()
    assert found == {place: [] for place in found}
