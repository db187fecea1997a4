"""A limit is raised for some days, by a person, with a reason; then the setting is in force again by itself."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from courses.models import Course
from enrolhub.access.models import Event, SiteRole
from enrolhub.sync.limits import end_raise, limits_in_force, limits_of, raise_limit
from enrolhub.sync.models import Hold, LimitRaise
from enrolhub.sync.refusal import RunRefused
from tests.factories import SiteRoleFactory, UserFactory
from tests.html import soup_of, text_of
from tests.registers import Registers, course, enrolled, logins

pytestmark = pytest.mark.django_db
LIMIT = "GUARD_SCOPE_MEDIUM_PERCENT"
#: A Tuesday at noon in Paris.
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


def raised(value: int = 60, days: int = 1, limit: str = LIMIT) -> LimitRaise:
    return raise_limit(limit, value, timezone.localdate() + timedelta(days=days), "a new curriculum")


class TestRaising:
    def test_it_reverts_by_itself_at_the_end_of_the_day_in_paris(self) -> None:
        with time_machine.travel(NOON, tick=False):
            raise_limit(LIMIT, 60, date(2026, 11, 25), "a new curriculum")
        for when, percent in (
            (NOON - timedelta(seconds=1), 30),
            (NOON, 60),
            (datetime(2026, 11, 25, 22, 59, 59, tzinfo=UTC), 60),
            (datetime(2026, 11, 25, 23, tzinfo=UTC), 30),
        ):
            assert limits_in_force(when).medium_percent == percent, when

    def test_the_other_limits_stay(self) -> None:
        before = limits_in_force()
        raised()
        assert limits_in_force() == type(before)(**{**vars(before), "medium_percent": 60})

    def test_of_several_raises_the_highest_counts_and_never_less_than_the_setting(self, settings: Any) -> None:
        raised(40)
        raised(50)
        assert limits_in_force().medium_percent == 50
        settings.GUARD_SCOPE_MEDIUM_PERCENT = 70
        assert limits_in_force().medium_percent == 70

    def test_it_is_given_back_before_its_time(self) -> None:
        end_raise(raised())
        assert limits_in_force().medium_percent == 30
        assert Event.objects.filter(action="limit_given_back").count() == 1

    def test_the_trail_keeps_before_and_after(self) -> None:
        raise_limit(LIMIT, 60, timezone.localdate(), "a new curriculum", UserFactory(username="op"))
        event = Event.objects.get(action="limit_raised")
        assert (event.actor, event.target) == ("op", LIMIT)
        assert event.detail == {
            "before": 30,
            "after": 60,
            "until": timezone.localdate().isoformat(),
            "reason": "a new curriculum",
        }

    @pytest.mark.parametrize(
        ("limit", "value", "days", "reason", "code"),
        [
            ("GUARD_WINDOW_DAYS", 9, 1, "x", "limit_unknown"),
            ("DEBUG", 9, 1, "x", "limit_unknown"),
            (LIMIT, 30, 1, "x", "limit_out_of_range"),
            (LIMIT, 91, 1, "x", "limit_out_of_range"),
            (LIMIT, 60, -1, "x", "limit_too_long"),
            (LIMIT, 60, 8, "x", "limit_too_long"),
            (LIMIT, 60, 1, "  ", "decision_without_comment"),
        ],
    )
    def test_what_is_refused(self, limit: str, value: int, days: int, reason: str, code: str) -> None:
        with pytest.raises(RunRefused, match=code):
            raise_limit(limit, value, timezone.localdate() + timedelta(days=days), reason)
        assert not LimitRaise.objects.exists()

    def test_the_bounds_themselves_are_accepted(self) -> None:
        raised(31, 0)
        raised(90, 7)
        assert limits_of([LIMIT]) == {LIMIT: 90}


class TestJudging:
    @pytest.fixture
    def space(self, registers: Registers) -> Course:
        space = course("INF101-26", "INF101")
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        return space

    def test_nights_are_judged_by_it_and_say_so(self, registers: Registers, space: Course) -> None:
        until = raised(50).ends_at
        night = registers.night()
        assert (night.state, enrolled(space)) == ("applied", logins(range(6, 13)))
        finding = night.findings.get(code="limit_raised")
        [case] = finding.cases
        assert (case["limit"], case["value"], datetime.fromisoformat(case["until"])) == (LIMIT, 50, until)

    def test_once_it_has_ended_they_are_held_again(self, registers: Registers, space: Course) -> None:
        raised(50)
        LimitRaise.objects.update(ends_at=timezone.now())
        night = registers.night()
        assert (night.state, Hold.objects.count()) == ("applied_with_holds", 2)
        assert not night.findings.filter(code="limit_raised").exists()

    @pytest.mark.slow
    def test_an_extract_that_shrank_is_believed_for_these_days(self, registers: Registers, settings: Any) -> None:
        settings.GUARD_EXTRACT_SHRINK_ROWS = 0
        for number in range(13, 22):
            registers.student(number)
        registers.night()
        for number in range(13, 17):
            registers.remove("annuaire", supannAliasLogin=f"e{number}")
        assert registers.night().state == "source_partial"
        raised(50, limit="GUARD_EXTRACT_SHRINK_PERCENT")
        assert registers.night().state == "applied"


class TestPage:
    @pytest.fixture
    def operator(self, client: Client) -> Client:
        client.force_login(SiteRoleFactory(kind=SiteRole.Kind.OPERATOR, user__username="op").user)
        client.cookies["django_language"] = "en"
        return client

    def send(self, client: Client, **fields: str) -> str:
        given = {"limit": LIMIT, "value": "60", "last_on": timezone.localdate().isoformat(), "reason": "a reason"}
        response = client.post(reverse("sync:limits"), given | fields, follow=True)
        return str(response.content.decode())

    def test_an_operator_raises_and_gives_back(self, operator: Client) -> None:
        assert "The limit is raised." in self.send(operator)
        assert limits_in_force().medium_percent == 60
        row = next(row for row in soup_of(operator, reverse("sync:limits")).select("tbody tr") if LIMIT in text_of(row))
        assert "op : a reason" in text_of(row)
        operator.post(str(row.select("form")[0]["action"]))
        assert limits_in_force().medium_percent == 30

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"value": "91"}, "can be raised to a number from 31 to 90"),
            ({"value": "many"}, "Enter a whole number."),
            ({"last_on": "2020-01-01"}, "for 7 days at most"),
            ({"limit": "DEBUG"}, "Select a valid choice"),
            ({"reason": ""}, "This field is required."),
        ],
    )
    def test_a_bad_form_says_what_would_do(self, operator: Client, fields: dict[str, str], words: str) -> None:
        assert words in self.send(operator, **fields)
        assert not LimitRaise.objects.exists()

    @pytest.mark.parametrize("kind", ["staff", "approver", "auditor"])
    def test_others_only_look(self, client: Client, kind: str) -> None:
        client.force_login(SiteRoleFactory(kind=kind).user)
        assert soup_of(client, reverse("sync:limits")).select("main form") == []
        self.send(client)
        assert not LimitRaise.objects.exists()
        assert client.post(reverse("sync:limit_end", args=[raised().pk])).status_code == 404


class TestCommand:
    def test_it_says_until_when(self, capsys: pytest.CaptureFixture[str]) -> None:
        today = timezone.localdate()
        call_command("raise_limit", LIMIT, "60", "--until", today.isoformat(), "--because", "a new curriculum")
        told = json.loads(capsys.readouterr().out)
        assert (told["limit"], told["value"]) == (LIMIT, 60)
        assert limits_in_force().medium_percent == 60

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ((LIMIT, "99", "--until", "today", "--because", "x"), "--until takes a day"),
            ((LIMIT, "99", "--until", f"{timezone.localdate():%Y-%m-%d}", "--because", "x"), "from 31 to 90"),
            (("DEBUG", "1", "--until", f"{timezone.localdate():%Y-%m-%d}", "--because", "x"), "These can: GUARD_"),
        ],
    )
    def test_refusals_say_why(self, words: tuple[str, ...], reason: str) -> None:
        with translation.override("en"), pytest.raises(CommandError, match=reason) as caught:
            call_command("raise_limit", *words)
        assert caught.value.returncode == 2

    def test_only_an_operator_raises(self) -> None:
        SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu")
        today = timezone.localdate().isoformat()
        with pytest.raises(CommandError) as caught:
            call_command("raise_limit", LIMIT, "60", "--until", today, "--because", "x", "--as", "cemu")
        assert (caught.value.returncode, LimitRaise.objects.exists()) == (2, False)
