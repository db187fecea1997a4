"""The red list (supannListeRouge): read from the directory, kept, and respected in searches by others."""

from datetime import date

import pytest
from django.test import Client

from cohorts.models import Person
from cohorts.sources.directory_entries import DIRECTORY, EntryReader
from cohorts.sources.protocol import COLUMNS
from cohorts.sources.rows import read_red_list
from courses.models import Course
from enrolhub.access.directory import Entry
from enrolhub.sync.models import Change
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    HandCohortFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.html import soup_of, text_of
from tests.import_files import page_of, upload
from tests.registers import Registers

RED = COLUMNS[DIRECTORY].index("supannListeRouge")
#: Everything by which somebody may be looked for.
WORDS = ("Cachard", "Zélie", "cachard zelie", "zcachard", "22699001", "zelie.cachard@etu.exemple.fr")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        (" ", ""),
        ("TRUE", "yes"),
        ("oui", "yes"),
        ("1", "yes"),
        ("?", "yes"),
        ("yes", "yes"),
        ("FALSE", "no"),
        ("non", "no"),
        ("0", "no"),
    ],
)
def test_what_cannot_be_read_hides_rather_than_shows(written: str, read: str) -> None:
    assert read_red_list(written) == read


def test_the_directory_says_who_is_on_it(db: None) -> None:
    reader = EntryReader(date(2026, 11, 26))
    told = {"supannaliaslogin": ["zc"], "supannlisterouge": ["TRUE"]}
    assert reader.row(Entry("uid=zc", told))[RED] == "TRUE"
    assert reader.row(Entry("uid=ab", {"supannaliaslogin": ["ab"]}))[RED] == ""
    # A directory without the attribute is as good as one with it.
    assert "supannListeRouge" not in EntryReader(date(2026, 11, 26)).never_filled(COLUMNS[DIRECTORY])


def test_a_closed_entry_that_was_emptied_stays_on_it(db: None) -> None:
    PersonFactory(username="zc", red_list="yes")
    [row] = EntryReader(date(2026, 11, 26)).closed_rows([Entry("uid=zc", {"supannaliaslogin": ["zc"]})])
    assert (read_red_list(row[RED]), row[RED - 1]) == ("yes", "{COMPTE}I")


def on_red_list() -> list[str]:
    return list(Person.objects.exclude(red_list="").values_list("username", flat=True))


def test_nights_keep_it(registers: Registers, db: None) -> None:
    registers.change("annuaire", {"supannAliasLogin": "e3"}, supannListeRouge="TRUE")
    registers.change("annuaire", {"supannAliasLogin": "e4"}, supannListeRouge="FALSE")
    registers.night(only=["people"])
    assert on_red_list() == ["e3"]
    registers.change("annuaire", {"supannAliasLogin": "e3"}, supannListeRouge="")
    registers.change("annuaire", {"supannAliasLogin": "e4"}, supannListeRouge="")
    registers.night(only=["people"])
    assert on_red_list() == ["e3"], "an extract that says it of nobody does not tell"
    registers.change("annuaire", {"supannAliasLogin": "e3"}, supannListeRouge="FALSE")
    run = registers.night(only=["people"])
    assert on_red_list() == []
    [change] = Change.objects.filter(scope__phase__run=run)
    assert (change.person, change.action) == ("e3", "M")


@pytest.fixture
def hidden(db: None) -> Person:
    """Somebody on the red list, enrolled in the course THEIRS only."""
    person: Person = PersonFactory.create(
        username="zcachard",
        student_number="22699001",
        last_name="Cachard",
        first_name="Zélie",
        email="zelie.cachard@etu.exemple.fr",
        red_list="yes",
    )
    EnrolmentFactory(course=CourseFactory(code="THEIRS"), person=person)
    CourseFactory(code="OTHER")
    return person


@pytest.fixture
def teacher(client: Client, hidden: Person) -> Client:
    """An editing teacher of OTHER."""
    client.force_login(UserFactory(username="teach"))
    client.cookies["django_language"] = "en"
    enrol_teacher("OTHER")
    return client


def enrol_teacher(code: str) -> None:
    person = Person.objects.filter(username="teach").first() or PersonFactory(username="teach")
    EnrolmentFactory(course=Course.objects.get(code=code), person=person, role=role("editingteacher"))


def shown(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


@pytest.mark.parametrize("word", WORDS)
def test_no_search_of_a_stranger_finds_them(teacher: Client, word: str) -> None:
    assert "found-line" not in shown(teacher, "/courses/OTHER/participants/people/", q=word)
    answer = teacher.get("/courses/OTHER/people/", {"q": word})
    assert answer.status_code == 200, "a single match would lead straight to the page"
    assert "/people/zcachard/" not in answer.content.decode()


def test_nor_does_anything_else_tell_that_they_exist(teacher: Client, hidden: Person) -> None:
    assert teacher.get("/courses/OTHER/people/zcachard/").status_code == 404
    words = [text_of(soup_of(teacher, f"/courses/OTHER/people/?q={word}")) for word in ("zcachbrd", "zcachard")]
    assert words[0] == words[1]
    asked = {"step": "search", "person": [str(hidden.pk)], "role": "student"}
    assert "Cachard" not in teacher.post("/courses/OTHER/participants/enrol/", asked).content.decode()
    asked |= {"step": "preview", "who": "people"}
    assert "Choose at least one person" in teacher.post("/courses/OTHER/participants/enrol/", asked).content.decode()


def test_a_preview_counts_them_and_does_not_name_them(teacher: Client, hidden: Person) -> None:
    cohort = CohortMemberFactory(cohort__code="2026-SECRET", person=hidden).cohort
    CohortMemberFactory(cohort=cohort, person=PersonFactory(last_name="Montré"))
    enrolling = {"who": "cohort", "cohort": "2026-SECRET", "role": "student", "step": "preview"}
    adding = {
        "cohort": ["2026-SECRET"],
        "name": "",
        "enabled": "yes",
        "role": "student",
        "group": "",
        "step": "preview",
    }
    file = upload(teacher, "/courses/OTHER/imports/", "identifiant\n22699001\n")
    pages = [
        teacher.post("/courses/OTHER/participants/enrol/", enrolling),
        teacher.post("/courses/OTHER/methods/add/cohort_sync/", adding),
        teacher.get(page_of(file)),
    ]
    for page in pages:
        shown = page.content.decode()
        assert ("achard" in shown, "Somebody on the red list" in shown) == (False, True)
    assert ["Montré" in page.content.decode() for page in pages] == [True, True, False]
    assert teacher.post("/courses/OTHER/participants/enrol/", enrolling).context["preview"].touched_count == 2


def test_whoever_teaches_them_finds_them(teacher: Client) -> None:
    enrol_teacher("THEIRS")
    found = shown(teacher, "/courses/OTHER/participants/people/", q="cachard")
    assert ("zcachard" in found, "Red list" in found) == (True, True)
    participants = shown(teacher, "/courses/THEIRS/participants/")
    assert "zelie.cachard@etu.exemple.fr" in participants, "needed for teaching (docs/decisions/0106)"


def test_fellow_students_see_nobody(client: Client, hidden: Person) -> None:
    client.force_login(UserFactory(username="fellow"))
    EnrolmentFactory(course=Course.objects.get(code="THEIRS"), person=PersonFactory(username="fellow"))
    pages = (
        "participants/",
        "participants/export/csv/",
        "participants/people/?q=cachard",
        "people/zcachard/",
        "groups/",
    )
    assert {client.get(f"/courses/THEIRS/{page}").status_code for page in pages} == {404}
    for page in ("/", "/my-courses/", "/open-courses/"):
        assert "achard" not in shown(client, page)


def test_the_cemu_finds_them_marked(db: None, staff: Client) -> None:
    PersonFactory(username="zc", last_name="Cachard", red_list="yes")
    HandCohortFactory(code="TUT")
    CourseFactory(code="ANY")
    for address in ("/courses/ANY/participants/people/", "/cohorts/TUT/members/people/", "/people/"):
        found = shown(staff, address, q="cachard")
        assert ("zc" in found, "Red list" in found) == (True, True), address
    assert "Red list" in shown(staff, "/people/zc/")
