"""How long a session lives, by the clock of the server; what ends it before; how its page says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import Person
from courses.models import Enrolment
from enrolhub.access.models import Event, SiteRole, User
from enrolhub.access.sessions import SEEN, UNATTENDED
from tests.factories import EnrolmentFactory, PersonFactory, SiteRoleFactory, UserFactory, role
from tests.html import part_of, soup_of, text_of
from tests.registers import Registers, registers

__all__ = ["registers"]

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
PAGE = "/runs/?state=held"
BACKEND = "enrolhub.access.backends.DirectoryBackend"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def inside(clock: time_machine.Traveller, client: Client) -> Client:
    """A browser in which somebody of the CEMU has just signed in by the university's account."""
    account = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu").user
    account.set_unusable_password()
    account.save()
    client.force_login(account)
    return client


def door(client: Client, address: str = PAGE, **headers: str) -> dict[str, str]:
    """What the address of the door says when one is sent there; nothing when one is not."""
    response = client.get(address, headers=headers)
    if response.status_code == 200 and "HX-Redirect" not in response.headers:
        return {}
    asked = urlsplit(response.headers.get("HX-Redirect") or response.headers["Location"])
    assert asked.path == "/sign-in/"
    return {name: values[0] for name, values in parse_qs(asked.query).items()}


def test_signing_in_changes_the_key_of_the_session(client: Client, db: None) -> None:
    User.objects.create_user("zoe", password=PASSWORD)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies[site.SESSION_COOKIE_NAME] = str(before)
    client.post("/sign-in/", {"username": "zoe", "password": PASSWORD})
    assert client.session.session_key != before
    planted = Client()
    planted.cookies[site.SESSION_COOKIE_NAME] = str(before)
    assert planted.get("/").status_code == 302


def test_the_cookie_is_worth_nothing_after_signing_out(inside: Client) -> None:
    cookie = inside.cookies[site.SESSION_COOKIE_NAME].value
    inside.post("/sign-out/")
    inside.cookies[site.SESSION_COOKIE_NAME] = cookie
    assert door(inside) == {"next": PAGE}


def test_a_session_that_nobody_uses_ends(inside: Client, clock: time_machine.Traveller) -> None:
    for _ in range(3):
        clock.shift(timedelta(minutes=59))
        assert door(inside) == {}
    clock.shift(timedelta(minutes=60))
    assert door(inside) == {"next": PAGE, "ended": "idle"}
    assert Event.objects.filter(actor="cemu", action="session_ended", detail__reason="idle").count() == 1


def test_a_session_in_use_ends_after_its_hours(inside: Client, clock: time_machine.Traveller) -> None:
    for _ in range(11):
        clock.shift(timedelta(minutes=54))
        assert door(inside) == {}
    clock.shift(timedelta(minutes=6))
    assert door(inside) == {"next": PAGE, "ended": "over"}


def test_a_copied_cookie_lives_no_longer(inside: Client, clock: time_machine.Traveller) -> None:
    thief = Client()
    thief.cookies[site.SESSION_COOKIE_NAME] = inside.cookies[site.SESSION_COOKIE_NAME].value
    assert door(thief) == {}
    clock.shift(timedelta(minutes=60))
    assert door(thief) == {"next": PAGE, "ended": "idle"}
    assert door(inside) == {"next": PAGE}


def test_a_page_that_follows_a_run_by_itself_keeps_no_session_alive(
    inside: Client, clock: time_machine.Traveller
) -> None:
    for _ in range(11):
        clock.shift(timedelta(minutes=5))
        assert inside.get(PAGE, headers={UNATTENDED: "1", "HX-Request": "true"}).status_code == 200
    clock.shift(timedelta(minutes=5))
    assert door(inside, **{UNATTENDED: "1"})["ended"] == "idle"


def test_a_part_of_a_page_sends_the_whole_page_to_the_door(inside: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=2))
    shown = {"HX-Request": "true", "HX-Current-URL": "http://testserver/runs/3/?page=2"}
    assert door(inside, "/runs/3/progress/", **shown) == {"next": "/runs/3/?page=2", "ended": "idle"}
    assert door(inside, "/runs/3/progress/", **(shown | {"HX-Current-URL": "https://elsewhere.example/"})) == {
        "next": "/"
    }


def test_a_form_that_comes_too_late_leads_back_to_its_page(inside: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=2))
    answer = inside.post("/runs/3/decide/", headers={"Referer": "http://testserver/runs/3/"})
    assert answer.headers["Location"] == "/sign-in/?next=/runs/3/&ended=idle"


@pytest.mark.parametrize(
    ("ended", "words"),
    [("idle", "n’a pas servi"), ("over", "ouverte depuis longtemps"), ("closed", "fermé ou verrouillé"), ("<b>", "")],
)
def test_the_door_says_why(client: Client, ended: str, words: str) -> None:
    notes = soup_of(client, f"/sign-in/?ended={ended}").select(".note")
    assert [words in text_of(note) for note in notes] == ([True] if words else [])


def test_a_session_costs_no_query_and_is_written_once_a_minute(inside: Client, clock: time_machine.Traveller) -> None:
    def written() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            inside.get("/accessibility/")
        about = [query["sql"] for query in queries if "django_session" in query["sql"]]
        assert len([sql for sql in about if sql.startswith("SELECT")]) == 1
        return [sql for sql in about if sql.startswith("UPDATE")]

    assert (inside.get("/accessibility/").status_code, written()) == (200, [])
    clock.shift(timedelta(seconds=59))
    assert written() == []
    clock.shift(timedelta(seconds=1))
    assert len(written()) == 1
    assert written() == []


def test_a_session_that_knows_no_moment_is_over(inside: Client) -> None:
    session = inside.session
    del session[SEEN]
    session.save()
    assert door(inside)["ended"] == "idle"


@pytest.fixture
def by_directory(inside: Client, settings: Settings) -> Client:
    """The same person, whom the directory has signed in."""
    settings.AUTHENTICATION_BACKENDS = [*site.AUTHENTICATION_BACKENDS, BACKEND]
    PersonFactory(username="cemu")
    inside.force_login(User.objects.get(), backend=BACKEND)
    return inside


@pytest.mark.parametrize("state", [Person.AccountState.INACTIVE, Person.AccountState.SUSPENDED])
def test_whose_account_the_registers_close_is_out_at_the_next_click(by_directory: Client, state: str) -> None:
    assert door(by_directory) == {}
    Person.objects.update(account_state=state)
    assert door(by_directory) == {"next": PAGE, "ended": "closed"}
    Person.objects.update(account_state=Person.AccountState.ACTIVE)
    assert door(by_directory) == {"next": PAGE}


def test_a_night_that_reads_a_closed_account_ends_the_session(by_directory: Client, registers: Registers) -> None:
    registers.person("cemu", state="I")
    Person.objects.update(account_state=Person.AccountState.ACTIVE)
    assert door(by_directory) == {}
    registers.night()
    assert door(by_directory)["ended"] == "closed"


def test_an_account_closed_here_is_out_at_the_next_click(by_directory: Client) -> None:
    User.objects.update(is_active=False)
    assert door(by_directory) == {"next": PAGE, "ended": "closed"}


def test_a_local_account_stays_for_the_day_when_the_registers_are_wrong(inside: Client) -> None:
    account = User.objects.create_user("emergency", password=PASSWORD)
    SiteRoleFactory(user=account, kind=SiteRole.Kind.OPERATOR)
    PersonFactory(username="emergency", account_state=Person.AccountState.INACTIVE)
    inside.post("/sign-out/")
    inside.post("/sign-in/", {"username": "emergency", "password": PASSWORD})
    assert door(inside) == {}


def test_reading_whether_the_account_is_closed_costs_no_query(by_directory: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            by_directory.get("/accessibility/")
        return len([query for query in queries if "access_user" in query["sql"] and "cohorts_person" in query["sql"]])

    by_directory.get("/accessibility/")
    assert asked() == 1


def test_a_right_lost_meanwhile_is_lost_at_the_next_click(client: Client) -> None:
    """Whether a night, a file or a hand took it: the page asks each time."""
    person = PersonFactory(username="teacher")
    enrolment = EnrolmentFactory(person=person, role=role("editingteacher"))
    address = f"/courses/{enrolment.method.course.code}/participants/"
    client.force_login(UserFactory(username="teacher"))
    assert client.get(address).status_code == 200
    Enrolment.objects.filter(pk=enrolment.pk).delete()
    assert client.get(address).status_code == 404
    staff = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user=User.objects.get())
    assert client.get("/runs/").status_code == 200
    staff.delete()
    assert client.get("/runs/").status_code == 404


def test_of_two_people_in_two_tabs_one_sends_nothing_in_the_name_of_the_other(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    for name in ("first", "second"):
        User.objects.create_user(name, password=PASSWORD)
    tokens = []
    for name in ("first", "second"):
        token = part_of(soup_of(client, "/sign-in/"), "input[name=csrfmiddlewaretoken]")["value"]
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert client.post("/sign-in/", form).status_code == 302
        tokens.append(part_of(soup_of(client, "/accessibility/"), "input[name=csrfmiddlewaretoken]")["value"])
        if name == "first":
            assert client.post("/sign-out/", {"csrfmiddlewaretoken": tokens[0]}).status_code == 302
    assert client.post("/sign-out/", {"csrfmiddlewaretoken": tokens[0]}).status_code == 403
    assert client.post("/sign-out/", {"csrfmiddlewaretoken": tokens[1]}).status_code == 302


def test_the_site_marks_what_its_pages_ask_for_by_themselves() -> None:
    script = (Path(site.BASE_DIR) / "static" / "enrolhub" / "page.js").read_text(encoding="utf-8")
    assert f'event.detail.headers["{UNATTENDED}"] = "1"' in script
