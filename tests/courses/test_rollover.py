"""September on a small campus: a year begins beside the old one, the old one leaves the extract, and nobody leaves it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import Cohort, Snapshot
from courses.models import Course
from courses.notices import send_due_notices
from enrolhub.access.models import SiteRole
from enrolhub.sync.models import Change, Hold, Run
from tests.factories import MethodFactory, SiteRoleFactory
from tests.html import soup_of, text_of
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers, course, enrolled, logins, members

pytestmark = pytest.mark.django_db
OLD, NEW = "2026", "2027"
CROWD = logins(range(1, 13))
PROMOTED, GRADUATES = range(1, 7), range(7, 13)


@pytest.fixture
def old(registers: Registers, settings: Settings) -> Course:
    """The course of the old year, fed by registrations and by the cohort, when a first night has filled it."""
    settings.GUARD_EXTRACT_SHRINK_ROWS = 3
    found = course("INF101-26", "INF101")
    registers.night()
    return found


@pytest.fixture
def new(old: Course) -> Course:
    return course("INF201-27", "INF201", academic_year=NEW)


def begin_the_new_year(registers: Registers) -> None:
    """Six people register for the new year; the register still has the old one."""
    registers.years = [OLD, NEW]
    registers.add("annees", cod_anu=NEW, eta_anu_iae="O", lib_anu="2027/2028")
    for number in PROMOTED:
        registers.register(number, programme="L2INF", year=NEW)
        registers.follow(number, "INF201", programme="L2INF", year=NEW)


def close_the_old_year(registers: Registers) -> None:
    """The register is exported without the old year; who graduated has left the directory."""
    registers.years = [NEW]
    for name in (ADMINISTRATIVE, PEDAGOGICAL):
        registers.remove(name, cod_anu=OLD)
    for number in GRADUATES:
        registers.remove("annuaire", supannAliasLogin=f"e{number}")


def year_changes(run: Run) -> list[tuple[str, str]]:
    findings = run.findings.filter(code="rollover_suspected")
    return [(case["code"], case["year"]) for finding in findings for case in finding.cases]


def departures_of_the_old_year(run: Run) -> int:
    changes = Change.objects.filter(scope__phase__run=run, action=Change.Action.DEPARTURE)
    return changes.exclude(scope__phase__relation="people").count()


@pytest.mark.slow
def test_september(registers: Registers, old: Course, new: Course, settings: Settings) -> None:
    follower = course("SUIVI-26")
    cohort = old.academic_year + "-L1INF"
    MethodFactory(course=follower, kind="cohort_sync", source_cohort=Cohort.objects.get(code=cohort))
    registers.night()

    begin_the_new_year(registers)
    begun = registers.night()
    assert (begun.state, year_changes(begun)) == ("applied", [("year_begun", NEW)])
    assert (enrolled(new), members("2027-L2INF")) == (logins(PROMOTED), logins(PROMOTED))
    assert year_changes(registers.night()) == []

    settings.GUARD_EXTRACT_SHRINK_ROWS = 6
    close_the_old_year(registers)
    closed = registers.night()
    assert (closed.state, year_changes(closed), Hold.objects.count()) == ("applied", [("year_gone", OLD)], 0)
    again = registers.night()
    assert (again.state, year_changes(again)) == ("applied", [])
    for night in (closed, again):
        assert departures_of_the_old_year(night) == 0
    assert (enrolled(old), members(cohort), enrolled(follower, "cohort_sync")) == (CROWD, CROWD, CROWD)
    assert enrolled(new) == logins(PROMOTED)

    registers.leave(1)
    assert (registers.night().state, enrolled(new)) == ("applied", logins(PROMOTED[1:]))


def test_the_new_year_s_registrations_make_up_for_no_loss_of_the_old_one(registers: Registers, old: Course) -> None:
    """Seven rows come, seven go: of the old year they are too many, whatever the list as a whole says."""
    begin_the_new_year(registers)
    registers.register(7, programme="L2INF", year=NEW)
    for number in PROMOTED:
        registers.remove(ADMINISTRATIVE, cod_etu=f"{number:08}", cod_anu=OLD)
    registers.remove(ADMINISTRATIVE, cod_etu=f"{7:08}", cod_anu=OLD)
    run = registers.night()
    problems = [case["code"] for finding in run.findings.filter(code="extract_problem") for case in finding.cases]
    assert (run.state, problems) == ("source_partial", ["year_shrank"])
    assert year_changes(run) == [("year_emptying", OLD), ("year_begun", NEW)]
    assert (enrolled(old), members("2026-L1INF")) == (CROWD, CROWD)


def test_a_year_without_registrations_yet_removes_nobody(registers: Registers, old: Course) -> None:
    registers.years = [OLD, NEW]
    registers.leave(1)
    run = registers.night()
    assert (run.state, year_changes(run)) == ("source_partial", [("year_nearly_empty", NEW)])
    assert enrolled(old) == CROWD


def test_a_new_year_alone_and_nearly_empty_leaves_the_old_one_whole(registers: Registers, old: Course) -> None:
    begin_the_new_year(registers)
    for number in PROMOTED[1:]:
        registers.remove(ADMINISTRATIVE, cod_etu=f"{number:08}", cod_anu=NEW)
        registers.remove(PEDAGOGICAL, cod_etu=f"{number:08}", cod_anu=NEW)
    close_the_old_year(registers)
    run = registers.night()
    assert year_changes(run) == [("year_gone", OLD), ("year_nearly_empty", NEW)]
    assert (enrolled(old), members("2026-L1INF")) == (CROWD, CROWD)


def test_rows_of_the_wrong_year_remove_nobody(registers: Registers, old: Course) -> None:
    for name in (ADMINISTRATIVE, PEDAGOGICAL):
        registers.change(name, {"cod_anu": OLD}, cod_anu="2025")
    assert registers.night().state == "source_partial"
    assert enrolled(old) == CROWD


@pytest.mark.slow
def test_a_closed_year_that_comes_back_removes_nobody_for_one_night(registers: Registers, old: Course) -> None:
    """An extract of last year by mistake: this year stands still, last year gains, and the day after all is as before."""
    past = course("INF101-25", "INF101", academic_year="2025")
    rows = {name: [dict(row) for row in registers.lists[name]] for name in (ADMINISTRATIVE, PEDAGOGICAL)}
    registers.years = ["2025"]
    for name in rows:
        registers.change(name, {"cod_anu": OLD}, cod_anu="2025")
    wrong = registers.night()
    assert (wrong.state, year_changes(wrong)) == (
        "source_partial",
        [("year_reopened", "2025"), ("year_gone", OLD)],
    )
    assert (enrolled(old), enrolled(past)) == (CROWD, CROWD)
    registers.years, registers.lists = [OLD], registers.lists | rows
    right = registers.night()
    assert (right.state, year_changes(right), right.departures) == ("applied", [], 0)
    assert (enrolled(old), enrolled(past)) == (CROWD, CROWD)
    assert Snapshot.objects.filter(verdict="complete").count() == 2


@pytest.mark.slow
def test_it_is_told_at_home_on_the_run_and_by_mail(registers: Registers, old: Course, client: Client) -> None:
    account = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__email="cemu@exemple.fr").user
    begin_the_new_year(registers)
    close_the_old_year(registers)
    run = registers.night()
    client.force_login(account)
    client.cookies["django_language"] = "en"
    gone = "2026 is no longer in the extract: its courses and cohorts stay as they are"
    for address in ("/", f"/runs/{run.pk}/"):
        words = text_of(soup_of(client, address))
        assert "A change of academic year, it seems" in words
        assert gone in words
    send_due_notices(timezone.now() + timedelta(minutes=5))
    [message] = [each for each in mail.outbox if "cemu@exemple.fr" in each.to and str(run.pk) in each.body]
    assert "n’est plus dans l’extrait" in message.body
