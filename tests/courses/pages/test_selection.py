"""What the participant list offers for the people selected, to whom; and how many of them could be removed by hand."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.urls import reverse

from courses.models import Course, Enrolment, GroupMember
from enrolhub.access.models import SiteRole
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import soup_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/courses/SEL1/participants/"
REMOVABLE = f"{LIST}removable/"
MESSAGE, EXPORTS = "message/", ["export/csv/", "export/xlsx/", "export/ods/"]
VERBS = (
    "add-to-group",
    "suspend",
    "change-role",
    "resume",
    "set-end",
    "renew",
    "convert",
    "remove-from-group",
    "remove",
    "exclude",
    "lift-exclusion",
    "addresses",
)


@pytest.fixture
def course() -> Course:
    """Someone by hand, someone by the register, someone by both; an editing teacher and another one, by hand."""
    made: Course = CourseFactory(code="SEL1", component="DRO", with_database=True)
    methods = {method.kind: method for method in made.methods.all()}
    for username, kinds in {"hand": ["manual"], "synced": ["database"], "both": ["database", "manual"]}.items():
        person = PersonFactory(username=username, last_name=username.title(), first_name="X")
        for kind in kinds:
            EnrolmentFactory(method=methods[kind], person=person)
    for username, name in {"prof": "editingteacher", "helper": "teacher"}.items():
        EnrolmentFactory(course=made, person=PersonFactory(username=username), role=role(name))
    return made


def as_account(client: Client, username: str) -> Client:
    client.force_login(UserFactory(username=username))
    client.cookies["django_language"] = "en"
    return client


def targets(page: BeautifulSoup) -> list[str]:
    """Where the buttons of the bar send the selection, each once, below the list."""
    buttons = page.select("button[form=selection]")
    return list(dict.fromkeys(str(button["formaction"]).removeprefix(LIST) for button in buttons))


def row(page: BeautifulSoup, name: str) -> BeautifulSoup:
    return next(each for each in page.select("tbody tr") if name in text_of(each))  # type: ignore[return-value]


def attribute(page: BeautifulSoup, selector: str, name: str) -> str:
    tag = page.select_one(selector)
    assert tag is not None
    return str(tag[name])


def test_whoever_may_edit_is_offered_everything(course: Course, client: Client) -> None:
    page = soup_of(as_account(client, "prof"), LIST)
    assert sorted(targets(page)) == sorted([MESSAGE, *EXPORTS, *(f"actions/{verb}/" for verb in VERBS)])
    form = page.select_one("form#selection")
    assert form is not None
    assert (form["method"], len(form.select("[name=csrfmiddlewaretoken]"))) == ("post", 1)
    assert {str(box["form"]) for box in page.select("tbody .tick")} == {"selection"}
    assert len(page.select("tbody .row-actions")) == 5


def test_whoever_may_not_edit_writes_and_exports(course: Course, client: Client) -> None:
    page = soup_of(as_account(client, "helper"), LIST)
    assert sorted(targets(page)) == sorted([MESSAGE, *EXPORTS])
    assert len(page.select("tbody .tick")) == 5
    assert page.select("[formaction*=actions]") == []
    assert page.select(f'a[href="{LIST}enrol/"]') == []


def test_an_auditor_only_exports(course: Course, client: Client) -> None:
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.AUDITOR).user)
    assert targets(soup_of(client, LIST)) == EXPORTS


def test_a_component_manager_edits_the_courses_of_the_component(course: Course, client: Client) -> None:
    account = SiteRoleFactory(kind=SiteRole.Kind.COMPONENT_MANAGER, component="DRO").user
    client.force_login(account)
    assert "actions/remove/" in targets(soup_of(client, LIST))


def test_every_box_says_whose_it_is(course: Course, staff: Client) -> None:
    page = soup_of(staff, LIST)
    labels = {str(box["value"]): text_of(box.parent) for box in page.select("tbody .tick")}
    people = dict(Enrolment.objects.values_list("person__username", "person"))
    assert labels[str(people["hand"])] == "Select Hand X"
    assert len(set(labels.values())) == 5


@pytest.mark.parametrize(
    ("name", "verb", "words", "is_synced"),
    [
        ("Hand X", "remove", "Remove Hand X from the course", False),
        ("Both X", "remove", "Remove the unsynced enrolment of Both X, who stays (Database)", True),
        ("Synced X", "exclude", "Synced X would come back if removed (Database): exclude instead", True),
    ],
)
def test_the_bin_or_the_lock_says_why(
    course: Course, staff: Client, name: str, verb: str, words: str, is_synced: bool
) -> None:
    line = row(soup_of(staff, LIST), name)
    button = line.select_one(".row-actions button")
    assert button is not None
    assert (button["aria-label"], button["title"]) == (words, words)
    assert (button["form"], button["formaction"]) == ("one", f"{LIST}actions/{verb}/")
    tick = line.select_one(".tick")
    assert tick is not None
    assert (button["value"], "data-synced" in tick.attrs) == (tick["value"], is_synced)


def test_an_open_row_offers_what_can_be_done_with_its_person(course: Course, staff: Client) -> None:
    page = soup_of(staff, f"{LIST}?open=synced")
    buttons = page.select(".unfolded .deeds button")
    assert {str(button["form"]) for button in buttons} == {"one"}
    assert [text_of(button) for button in buttons] == [
        "Send a message",
        "Change the role",
        "Suspend",
        "Resume",
        "Set an end date",
        "Renew the enrolments",
        "Add to a group",
        "Remove from a group",
        "Exclude from the course",
    ]
    assert "would come back if removed" in text_of(page.select_one(".unfolded .soften"))
    cells = page.select("table.participants > thead th")
    assert {str(cell["colspan"]) for cell in page.select("tr.unfolded > td")} == {str(len(cells))}


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("", "?page=2&per_page=50"),
        ("?role=student&q=a", "?q=a&role=student&sort=-username"),
        ("?role=student&role=teacher", "?role=teacher&role=student&open=hand&utm_source=x"),
    ],
)
def test_orders_and_pages_of_one_filter_share_a_selection(
    course: Course, staff: Client, address: str, other: str
) -> None:
    addresses = (address, other, "?role=student")
    one, two, third = (attribute(soup_of(staff, LIST + each), "form#selection", "data-filter") for each in addresses)
    assert one == two != third


def test_the_form_finds_everyone_again_in_their_order(course: Course, staff: Client) -> None:
    page = soup_of(staff, f"{LIST}?role=student&sort=-username&page=1&per_page=20")
    query = page.select_one("form#selection [name=query]")
    assert query is not None
    assert query["value"] == "role=student&sort=-username"
    sent = {"everyone": "1", "query": str(query["value"])}
    exported = staff.post(reverse("courses:export", args=["SEL1", "csv"]), sent)
    lines = b"".join(exported).decode("utf-8-sig").splitlines()
    assert [line.split(";")[2] for line in lines[1:]] == ["synced", "hand", "both"]


def test_a_list_of_one_page_has_no_box_for_all(course: Course, staff: Client) -> None:
    assert soup_of(staff, LIST).select("[name=everyone]") == []
    for _ in range(20):
        EnrolmentFactory(course=course)
    page = soup_of(staff, LIST)
    assert text_of(page.select_one("label:has([name=everyone])")) == "all 25 found"
    most = int(attribute(page, "form#selection", "data-most"))
    assert 4_000 < most < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


class TestRemovable:
    def count(self, client: Client, query: str = "") -> tuple[int, int]:
        answer = client.get(REMOVABLE + query).json()
        return answer["found"], answer["removable"]

    def test_only_who_is_enrolled_by_hand_alone_would_leave(self, course: Course, staff: Client) -> None:
        assert self.count(staff) == (5, 3)
        assert self.count(staff, "?role=student") == (3, 1)
        assert self.count(staff, "?q=synced") == (1, 0)
        assert self.count(staff, "?q=zzzz") == (0, 0)

    def test_of_those_one_sees(self, course: Course, client: Client) -> None:
        group = GroupFactory(course=course)
        for username in ("prof", "hand"):
            person = Enrolment.objects.get(person__username=username).person
            GroupMember.objects.create(group=group, person=person)
        Course.objects.filter(pk=course.pk).update(separate_groups=True)
        assert self.count(as_account(client, "prof")) == (2, 2)

    def test_a_wrong_filter_is_no_number(self, course: Course, staff: Client) -> None:
        answer = staff.get(f"{REMOVABLE}?role=boss")
        assert (answer.status_code, answer.json()) == (400, {"wrong": "role"})

    def test_only_asked_by_whom_may_remove(self, course: Course, client: Client) -> None:
        assert as_account(client, "helper").get(REMOVABLE).status_code == 404
        assert as_account(client, "stranger").get(REMOVABLE).status_code == 404
        assert client.post(REMOVABLE).status_code == 405
