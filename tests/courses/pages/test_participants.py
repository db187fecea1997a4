"""The participant page: what it shows, whom it lets in, what it costs, and what no address can make of it."""

import re
from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohorts.models import Person
from courses.models import Course, Enrolment, Exclusion, Group, GroupMember, Method
from enrolhub.access.models import User, ViewPreference
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    ParticipationFactory,
    PersonFactory,
    RunFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)

pytestmark = pytest.mark.django_db
LIST = "/courses/PAGE1/participants/"


@pytest.fixture
def course() -> Course:
    """A teacher, a suspended student, and a student by two methods who has come."""
    made: Course = CourseFactory(code="PAGE1", title="Méthodologie")
    EnrolmentFactory(
        course=made,
        person=PersonFactory(username="teach", last_name="Prévost", first_name="Alex"),
        role=role("editingteacher"),
    )
    EnrolmentFactory(
        course=made, person=PersonFactory(username="susp", last_name="Bœuf", first_name="Noé"), suspended_by="hand"
    )
    twice = PersonFactory(username="twice", last_name="Ärlig", first_name="Zoé")
    EnrolmentFactory(course=made, person=twice)
    EnrolmentFactory(method=MethodFactory(course=made, kind="self"), person=twice)
    GroupMemberFactory(group=GroupFactory(course=made, code="TD1", name="TD 1"), person=twice)
    ParticipationFactory(course=made, person=twice, last_access=timezone.now())
    return made


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    return client


def soup(client: Client, address: str = LIST) -> BeautifulSoup:
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def people(page: BeautifulSoup) -> list[str]:
    return [words(cell)[2:].strip() for cell in page.select("tbody .col-name")]


def words(tag: Tag) -> str:
    return re.sub(r"\s+", " ", tag.get_text()).strip()


def test_one_row_a_person_with_their_cells(course: Course, staff: Client) -> None:
    page = soup(staff)
    assert people(page) == ["Ärlig Zoé", "Bœuf Noé", "Prévost Alex"]
    first, second = page.select("table.participants > tbody > tr")[:2]
    assert [cell["class"][-1] for cell in first.find_all(["th", "td"])] == [
        "tick-column", "col-name", "col-username", "col-id_number", "col-email", "col-roles", "col-groups", "col-methods",
        "col-last_access", "col-status", "row-actions",
    ]  # fmt: skip
    assert words(second.select_one(".col-groups .quiet") or second) in {"Aucun groupe", "No group"}
    assert words(second.select_one(".col-last_access .quiet") or second) in {"Jamais", "Never"}


def test_the_number_found_is_announced(course: Course, staff: Client) -> None:
    status = soup(staff, f"{LIST}?role=student").select_one("#announced")
    assert status is not None
    assert (status["role"], words(status).split(" ")[0]) == ("status", "2")


def test_counts_are_over_the_whole_course_and_are_what_a_click_finds(course: Course, staff: Client) -> None:
    page = soup(staff, f"{LIST}?role=editingteacher&q=prevost")
    for link in page.select(".counts-line a"):
        count = link.select_one(".count")
        assert count is not None
        target = soup(staff, LIST + re.sub(r"[?&]?q=prevost&?", "?", str(link["href"])))
        if "current" not in str(link.attrs) and "role=editingteacher" not in str(link["href"]):
            assert len(people(target)) == int(words(count))
    assert counts_on(page) == {"Rôle": [3, 1, 2], "Statut": [2, 1], "Méthode": [3, 1], "Groupe": [2, 1]}


def counts_on(page: BeautifulSoup) -> dict[str, list[int]]:
    """The one-click counts, line by line."""
    lines = {str(line["aria-label"]): line.select("a .count") for line in page.select(".counts-line")}
    return {name: [int(words(count)) for count in counts] for name, counts in lines.items()}


def test_letters_nobody_has_are_no_links(course: Course, staff: Client) -> None:
    bars = soup(staff).select(".initials ul")
    linked = ["".join(words(link) for link in bar.select("a")[1:]) for bar in bars]
    assert linked == ["ANZ", "ABP"]


def test_a_refused_value_is_said_and_nobody_is_listed(course: Course, staff: Client) -> None:
    page = soup(staff, f"{LIST}?role=boss&role=student&status=active")
    note = page.select_one(".note-bad")
    assert note is not None
    assert ("boss" in words(note), "role" in words(note), people(page)) == (True, True, [])
    assert [link["href"] for link in note.select("a")] == ["?role=student&status=active"]


def test_the_criterion_to_blame_is_named(course: Course, staff: Client) -> None:
    page = soup(staff, f"{LIST}?role=student&group=TD1&q=nobodyatall")
    ways = [link["href"] for link in page.select(".empty a")]
    assert (people(page), ways) == ([], ["?role=student&group=TD1", "?"])


def test_a_course_without_anybody_says_what_to_do(staff: Client) -> None:
    CourseFactory(code="EMPTY")
    assert [link["href"] for link in soup(staff, "/courses/EMPTY/participants/").select(".empty a")] == [
        "/courses/EMPTY/methods/"
    ]


def test_the_badge_opens_the_enrolments(course: Course, staff: Client) -> None:
    badge = soup(staff).select_one("tbody tr .opens")
    assert badge is not None
    assert badge["aria-expanded"] == "false"
    page = soup(staff, LIST + str(badge["href"]).partition("#")[0])
    opened = page.select_one(".opens[aria-expanded=true]")
    assert opened is not None
    assert len(page.select(".unfolded .seats tbody tr")) == 2


def test_the_details_say_what_each_enrolment_gives_and_where_it_comes_from(course: Course, staff: Client) -> None:
    person, method = Person.objects.get(username="twice"), Method.objects.get(course=course, kind="self")
    by_hand = UserFactory(username="claire", first_name="Claire", last_name="Lemesle")
    run = RunFactory(kind="night", scheduled_on=date(2026, 11, 17))
    Enrolment.objects.filter(person=person, method=method).update(
        created_run=run, starts_at=datetime(2026, 8, 31, tzinfo=UTC)
    )
    Enrolment.objects.filter(person=person).exclude(method=method).update(created_by=by_hand, suspended_by="hand")
    GroupMemberFactory(group=GroupFactory(course=course, name="Tutorat"), person=person, method=method)
    database = MethodFactory(course=course, kind="database")
    Exclusion.objects.create(method=database, person=person, reason="Erreur", created_by=by_hand)
    page = soup(staff, f"{LIST}?open=twice")
    manual, by_self = page.select(".seats tbody tr")
    assert "par Claire Lemesle" in words(manual)
    assert "Suspendu" in words(manual)
    link = by_self.select_one("a")
    assert link is not None
    assert (words(link), link["href"]) == ("Nuit du 16 au 17 novembre 2026", f"/runs/{run.pk}/")
    assert ("Tutorat" in words(by_self), "31/08/2026" in words(by_self), "TD 1" in words(by_self)) == (
        True,
        True,
        False,
    )
    why = page.select_one(".unfolded .seats-note a")
    assert why is not None
    assert why["href"] == f"/courses/{course.code}/people/twice/"
    assert staff.get(str(why["href"])).status_code == 200
    notes = [words(note) for note in page.select(".seats-note")]
    assert notes[0] == "Groupes attribués à la main\xa0: TD 1".replace("\xa0", " ")
    assert re.fullmatch(r"Exclusion de « Base de données » .*, par Claire Lemesle : Erreur", notes[1])


def test_a_teacher_reads_the_name_of_a_run_and_has_no_link_to_it(course: Course, client: Client) -> None:
    run = RunFactory(kind="night", scheduled_on=date(2026, 11, 17))
    Enrolment.objects.update(created_run=run)
    client.force_login(UserFactory(username="teach"))
    row = soup(client, f"{LIST}?open=twice").select(".seats tbody tr")[0]
    assert ("Nuit du 16 au 17" in words(row), row.select("a[href^='/runs/']")) == (True, [])


def test_a_run_that_is_gone_leaves_the_details_whole(course: Course, staff: Client) -> None:
    Enrolment.objects.update(created_run_id=999_999)
    assert len(soup(staff, f"{LIST}?open=twice").select(".seats tbody tr")) == 2


def test_a_name_typed_for_a_group_leads_to_its_address(course: Course, staff: Client) -> None:
    sent = staff.get(f"{LIST}?role=student&typed_group=td+1&group_match=none&page=3")
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{LIST}?role=student&group_match=none&group=TD1")
    refused = soup(staff, f"{LIST}?role=student&typed_group=nowhere")
    note = refused.select_one(".note-bad")
    assert note is not None
    assert ("nowhere" in words(note), people(refused)) == (True, [])
    assert [link["href"] for link in note.select("a")] == ["?role=student"]


def test_a_list_in_several_orders_says_which_comes_when(course: Course, staff: Client) -> None:
    page = soup(staff, f"{LIST}?sort=roles&sort=-last_name")
    assert people(page) == ["Prévost Alex", "Bœuf Noé", "Ärlig Zoé"]
    assert [tag["class"][0] for tag in page.select("th[aria-sort]")] == ["col-roles"]
    assert [words(tag) for tag in page.select("thead .place")] == ["2", "1"]
    then = page.select_one("th.col-email a")
    assert then is not None
    assert then["data-then"] == "?sort=roles&sort=-last_name&sort=email"


def test_sorted_headers_say_so(course: Course, staff: Client) -> None:
    assert [tag["class"][0] for tag in soup(staff).select("th[aria-sort=ascending]")] == ["col-name"]
    sorted_down = soup(staff, f"{LIST}?sort=-status")
    assert [tag["class"][0] for tag in sorted_down.select("th[aria-sort]")] == ["col-status"]
    assert people(sorted_down) == ["Bœuf Noé", "Prévost Alex", "Ärlig Zoé"]


@pytest.mark.parametrize(
    ("query", "shown", "page"),
    [
        ("page=2", 20, "2"),
        ("page=3", 13, "3"),
        ("page=99999999999999999999999", 13, "3"),
        ("page=-1", 20, "1"),
        ("page=x", 20, "1"),
        ("per_page=50", 50, "1"),
        ("per_page=60&page=2", 3, "2"),
        ("per_page=100000", 53, None),
        ("per_page=-5", 20, "1"),
        ("per_page=%D9%A5%D9%A0", 50, "1"),
    ],
)
def test_pages(course: Course, staff: Client, query: str, shown: int, page: str | None) -> None:
    for _ in range(50):
        EnrolmentFactory(course=course)
    answer = soup(staff, f"{LIST}?{query}")
    current = answer.select_one(".pages nav [aria-current]")
    assert (len(people(answer)), current and words(current)) == (shown, page)


@pytest.mark.parametrize("sort", ["last_name", "-status", "last_access", "roles", "groups"])
def test_the_number_of_queries_does_not_follow_the_rows(course: Course, staff: Client, sort: str) -> None:
    address = f"{LIST}?role=student&q=o&sort={sort}&open=twice&per_page=100"

    def cost() -> int:
        staff.get(address)  # reads the initials anew after a change
        with CaptureQueriesContext(connection) as queries:
            staff.get(address)
        return len(queries)

    few = cost()
    group = Group.objects.get()
    for number in range(50):
        person = EnrolmentFactory(course=course, suspended_by="hand" if number % 2 else "").person
        GroupMember.objects.create(group=GroupFactory(course=course) if number % 3 else group, person=person)
        ParticipationFactory(course=course, person=person)
    assert cost() == few


def test_hidden_columns_are_remembered_for_the_account(course: Course, staff: Client) -> None:
    wanted = ["username", "id_number", "roles", "groups", "methods", "last_access", "password", "status"]
    sent = staff.post(f"{LIST}columns/", {"column": wanted, "next": f"{LIST}?role=student"})
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{LIST}?role=student")
    assert ViewPreference.objects.get().value == {"hidden": ["email"]}
    assert soup(staff).select(".col-email") == []


def test_the_page_size_is_remembered_beside_the_columns(course: Course, staff: Client) -> None:
    staff.post(f"{LIST}columns/", {"column": ["username"]})
    sent = staff.post(f"{LIST}page-size/", {"per_page": "60", "next": f"{LIST}?role=student&per_page=20&page=7"})
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{LIST}?role=student")
    assert ViewPreference.objects.get().value["per_page"] == 50
    for _ in range(50):
        EnrolmentFactory(course=course)
    assert [len(people(soup(staff, f"{LIST}?{query}"))) for query in ("", "per_page=20", "per_page=100")] == [
        50,
        20,
        53,
    ]
    assert soup(staff).select(".col-email") == []


@pytest.mark.parametrize(
    "kept", [{"per_page": "x"}, {"per_page": None}, {"per_page": -1}, {"hidden": "all"}, {"odd": []}]
)
def test_a_preference_that_makes_no_sense_is_the_usual(course: Course, staff: Client, kept: dict[str, object]) -> None:
    ViewPreference.objects.create(user=User.objects.get(username="cemu"), view="participants", value=kept)
    for _ in range(30):
        EnrolmentFactory(course=course)
    assert len(people(soup(staff))) == 20


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_choosing_columns_leads_nowhere_else(course: Course, staff: Client, elsewhere: str) -> None:
    assert staff.post(f"{LIST}columns/", {"next": elsewhere}).headers["Location"] == LIST


def test_somebody_elses_course_is_no_page(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="stranger"))
    CourseFactory(code="PAGE2")
    assert [client.get(path).status_code for path in (LIST, "/courses/NONE/participants/")] == [404, 404]
    assert client.post(f"{LIST}columns/").status_code == 404
    assert ViewPreference.objects.count() == 0


def test_a_student_of_the_course_is_let_in_no_more(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="twice"))
    assert client.get(LIST).status_code == 404


def test_a_teacher_is_let_in_as_long_as_the_enrolment_is_active(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="teach"))
    assert client.get(LIST).status_code == 200
    course.methods.filter(kind="manual").update(enabled=False)
    assert client.get(LIST).status_code == 404


def test_a_teacher_in_separate_groups_sees_and_counts_their_people_only(course: Course, client: Client) -> None:
    Course.objects.update(separate_groups=True)
    client.force_login(UserFactory(username="teach"))
    assert people(soup(client)) == ["Ärlig Zoé", "Bœuf Noé", "Prévost Alex"]
    GroupMember.objects.create(
        group=Group.objects.get(), person=PersonFactory._meta.model.objects.get(username="teach")
    )
    page = soup(client, f"{LIST}?match=any&q=boeuf&role=student&role=editingteacher")
    assert people(page) == ["Ärlig Zoé", "Prévost Alex"]
    assert counts_on(page) == {"Rôle": [2, 1, 1], "Statut": [2], "Méthode": [2, 1], "Groupe": [2]}


NASTY = [
    "\x00", "-1", "9223372036854775808", "1;", "%", "*", "(a+)+$" * 50, "x" * 5_000, "٣", "NaN", "\ud7ff\U0010ffff",
    "'; DROP TABLE courses_course; --", "<script>alert(1)</script>", "{{7*7}}", "\u202e", " ",
]  # fmt: skip
NAMES = [
    "q", "role", "group", "method", "status", "inactive", "match", "first", "last", "sort", "page", "per_page", "open", "add",
    "q_match", "inactive_match",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_value_breaks_the_page_or_empties_it_silently(course: Course, staff: Client, name: str) -> None:
    for value in NASTY:
        response = staff.get(LIST, {name: value})
        assert response.status_code == 200
        page = BeautifulSoup(response.content, "html.parser")
        says_why = bool(page.select(".note-bad, .empty"))
        assert (name, value, says_why or bool(people(page))) == (name, value, True)
        assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize(
    "lookup", ["user__password__startswith=a", "person__search_key__regex=(a%2B)%2B", "id__in=1", "format=json"]
)
def test_lookups_of_the_database_are_no_parameters(course: Course, staff: Client, lookup: str) -> None:
    assert len(people(soup(staff, f"{LIST}?{lookup}"))) == 3


@pytest.mark.slow
def test_ten_thousand_parameters_are_refused_and_some_hundreds_answered(course: Course, staff: Client) -> None:
    assert staff.get(LIST + "?" + "&".join("q=a" for _ in range(10_000))).status_code == 400
    assert (
        staff.get(
            LIST + "?" + "&".join(f"role=student&q=a&group=TD1&sort=status&x{n}=1" for n in range(900))
        ).status_code
        == 200
    )
    assert people(soup(staff, LIST + "?" + "&".join(f"q=w{n}" for n in range(900)))) == []


@pytest.mark.parametrize("code", ["%00", "A%00", "%F0%9F%98%80", "a%20b", "x" * 3_000])
def test_a_course_code_that_cannot_be_is_no_page(staff: Client, code: str) -> None:
    assert staff.get(f"/courses/{code}/participants/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_list_is_only_read(course: Course, staff: Client, method: str) -> None:
    assert getattr(staff, method)(LIST).status_code == 405
