"""« Journal d’audit »: the list with its filters, one event, the file, the command; what is there for whom."""

import csv
import io
import json
import re

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from enrolhub.access.models import Event, SiteRole
from enrolhub.access.sealing import seal_events
from enrolhub.access.trail import record_event
from tests.factories import CourseFactory, RunFactory, SiteRoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    """A browser in which an auditor reads English; what was done before them."""
    run = RunFactory.create()
    CourseFactory(code="DRO1")
    record_event("cemu", "export", "DRO1", count=1412, filter="role=student", format="xlsx")
    record_event("zoe", "access_refused", "/courses/DRO1/participants/", method="GET", last=False)
    record_event("chef", "approve", f"run:{run.pk}", count=12, scopes=["DRO1", "DRO2"], comment="Seen with the faculty")
    record_event("", "sign_in_refused", "zoe", known=True)
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.AUDITOR, user__username="auditor").user)
    client.cookies["django_language"] = "en"
    return client


def rows_of(client: Client, query: str = "") -> list[tuple[str, ...]]:
    """Who, what, on what and how many, of each event that the page shows."""
    page = BeautifulSoup(client.get(f"/audit/{query}").content, "html.parser")
    cells = [row.find_all("td") for row in page.select("#list tbody tr")]
    return [tuple(cell.text.strip() for cell in row[:4]) for row in cells]


APPROVED = "Held departures approved"


def test_events_are_told_in_words_the_newest_first(auditor: Client) -> None:
    told = rows_of(auditor)
    assert told[0][:2] == ("auditor", "Sign-in")
    assert told[1:] == [
        ("—", "Sign-in refused", "zoe", "—"),
        ("chef", APPROVED, f"Run {Event.objects.get(action='approve').target[4:]}", "12"),
        ("zoe", "Access refused", "/courses/DRO1/participants/", "—"),
        ("cemu", "List taken as a file", "DRO1", "1,412"),
    ]
    auditor.cookies["django_language"] = "fr"
    assert rows_of(auditor)[2][1] == "Départs retenus approuvés"


@pytest.mark.parametrize(
    ("query", "actors"),
    [
        ("?actor=CEM", ["cemu"]),
        ("?target=dro1", ["zoe", "cemu"]),
        ("?action=approve", ["chef"]),
        ("?outcome=refused", ["—", "zoe"]),
        ("?outcome=done&actor=c", ["chef", "cemu"]),
        ("?until=2020-01-01", []),
        ("?since=2020-01-01&actor=zoe", ["zoe"]),
        ("?sort=actor&outcome=refused", ["—", "zoe"]),
        ("?actor=%25", []),
    ],
)
def test_filters_narrow_the_list(auditor: Client, query: str, actors: list[str]) -> None:
    assert [row[0] for row in rows_of(auditor, query)] == actors


def test_a_day_is_one_of_the_sites_clocks(auditor: Client) -> None:
    today = timezone.localdate().isoformat()
    assert len(rows_of(auditor, f"?since={today}&until={today}")) == 5


@pytest.mark.parametrize(
    "query", ["?since=yesterday", "?action=nothing", "?outcome=maybe", "?sort=detail", "?until=2026-13-01"]
)
def test_what_is_not_understood_is_named(auditor: Client, query: str) -> None:
    page = auditor.get(f"/audit/{query}")
    name = re.split("[?=]", query)[1]
    links = BeautifulSoup(page.content, "html.parser").select(f"#results a[href]:not([href*='{name}='])")
    assert (page.status_code, links != [], rows_of(auditor, query)) == (200, True, [])


def test_one_event_says_everything(auditor: Client) -> None:
    event = Event.objects.get(action="approve")
    page = BeautifulSoup(auditor.get(f"/audit/{event.pk}/").content, "html.parser")
    facts = dict(
        zip([each.text for each in page.select("dt")], [each.text.strip() for each in page.select("dd")], strict=True)
    )
    assert page.h1 is not None
    assert page.h1.text == APPROVED
    assert (facts["Who"], facts["Comment"], facts["Courses and cohorts"]) == (
        "chef",
        "Seen with the faculty",
        "DRO1, DRO2",
    )
    assert page.select_one(f"dd a[href='/runs/{event.target[4:]}/']") is not None


def test_settings_are_told_before_and_after(auditor: Client) -> None:
    changed, told = {"GUARD_RUN_COUNT": ["50", "80"]}, {"GUARD_RUN_COUNT": "80", "LDAP_URL": "<b>"}
    event = record_event("", "settings", "web", count=1, changed=changed, in_force=told)
    page = BeautifulSoup(auditor.get(f"/audit/{event.pk}/").content, "html.parser")
    tables = [[cell.text for cell in table.select("tbody th, tbody td")] for table in page.select("table")]
    assert tables == [["GUARD_RUN_COUNT", "50", "80"], ["GUARD_RUN_COUNT", "80", "LDAP_URL", "<b>"]]


def test_the_file_has_what_the_address_finds_and_is_traced(auditor: Client) -> None:
    record_event("zoe", "file_loaded", "=HYPERLINK(1)", count=3)
    answer = auditor.get("/audit/export/csv/?actor=zoe&sort=at")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")), delimiter=";"))
    assert [(row["actor"], row["action"], row["outcome"]) for row in rows] == [
        ("zoe", "access_refused", "refused"),
        ("zoe", "file_loaded", "done"),
    ]
    assert (rows[1]["target"], rows[1]["at"][-6:]) == ("'=HYPERLINK(1)", "+00:00")
    assert json.loads(rows[0]["detail"]) == {"method": "GET", "last": False}
    trace = Event.objects.latest("pk")
    assert (trace.actor, trace.action, trace.target, trace.count) == ("auditor", "export", "audit", 2)
    assert trace.detail == {"filter": "actor=zoe&sort=at", "format": "csv"}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbooks_open(auditor: Client, kind: str) -> None:
    assert b"".join(auditor.get(f"/audit/export/{kind}/"))[:2] == b"PK"


def test_a_wrong_filter_gives_no_file(auditor: Client) -> None:
    assert auditor.get("/audit/export/csv/?since=x").headers["Location"] == "/audit/?since=x"
    assert auditor.get("/audit/export/pdf/").status_code == 404
    assert not Event.objects.filter(action="export", target="audit").exists()


def told_by(*words: str) -> str:
    out = io.StringIO()
    with translation.override("en"):
        call_command("audit", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_prints_and_is_traced(auditor: Client) -> None:
    record_event("zoe\x1b[2K", "sign_in")
    told = told_by("--actor", "zoe").splitlines()
    assert [line.split("  ")[1:3] for line in told] == [["zoe\\x1b[2K", "sign_in"], ["zoe", "access_refused"]]
    assert Event.objects.latest("pk").detail == {"filter": "actor=zoe", "format": "text", "by": "command"}
    assert [row["actor"] for row in json.loads(told_by("--outcome", "refused", "--format", "json"))] == ["", "zoe"]
    assert told_by("--format", "csv", "--limit", "1").count("\n") == 2


@pytest.mark.parametrize(
    ("words", "named"), [(["--since", "x"], "--since"), (["--action", "x"], "--action"), (["--limit", "0"], "--limit")]
)
def test_the_command_names_a_bad_filter(words: list[str], named: str) -> None:
    with pytest.raises(CommandError, match=named) as refused:
        told_by(*words)
    assert refused.value.returncode == 2


def test_the_command_verifies(auditor: Client, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(told_by("--verify"))
    assert (told["whole"], told["sealed"], told["unsealed"]) == (True, 5, 0)
    record_event("cemu", "sign_out")
    seal_events()
    assert json.loads(told_by("--verify", "--head", told["head"]))["whole"]
    with pytest.raises(SystemExit) as ended:
        told_by("--verify", "--head", "f" * 64)
    assert ended.value.code == 1
