"""Mails about nights: what was held, what went wrong, what did not begin; each once, in their language, to those who decide."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from courses.models import DigestChoice
from courses.notices import send_due_notices
from courses.tasks import send_notices
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.decide import Decider, reject_holds, waiting_holds
from enrolhub.sync.models import Notice, Run
from tests.factories import RunFactory, SiteRoleFactory
from tests.registers import Registers, held_night
from tests.worlds import once

pytestmark = pytest.mark.django_db
#: A morning in Paris, two hours after the night's hour.
MORNING = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def staff() -> None:
    for kind in (SiteRole.Kind.STAFF, SiteRole.Kind.APPROVER, SiteRole.Kind.OPERATOR):
        SiteRoleFactory(kind=kind, user__username=kind.value, user__email=f"{kind.value}@exemple.fr")
    speak("fr")


def speak(language: str, *names: str) -> None:
    """Let these accounts, or all, read their mails in a language."""
    for user in User.objects.filter(username__in=names) if names else User.objects.all():
        chosen = {"language": language, "often": "never", "chosen_at": timezone.now()}
        DigestChoice.objects.update_or_create(user=user, defaults=chosen)


@pytest.fixture
def held(registers: Registers) -> Run:
    return once(held_night, registers)


def sent() -> list[Any]:
    return list(mail.outbox)


class TestHeld:
    def test_those_who_decide_are_told_once(self, held: Run, settings: Any) -> None:
        settings.SITE_ADDRESS = "https://enrolhub.exemple.fr/"
        for _ in range(3):
            send_notices()
        [message] = sent()
        assert sorted(message.to) == ["approver@exemple.fr", "staff@exemple.fr"]
        assert message.subject.endswith("10 départs retenus, une décision est attendue")
        assert "- Cours INF101-26 (INF101-26)\u00a0: 5 sur 12 partiraient" in message.body
        assert message.body.endswith(f"https://enrolhub.exemple.fr/runs/{held.pk}/")
        assert message.extra_headers["Message-ID"] == f"<night-{held.pk}-fr@enrolhub>"

    def test_each_in_their_language_and_in_both_where_none_is_known(self, held: Run) -> None:
        speak("en", "staff")
        DigestChoice.objects.filter(user__username="approver").delete()
        send_notices()
        by_reader = {message.to[0]: message for message in sent()}
        english, both = by_reader["staff@exemple.fr"], by_reader["approver@exemple.fr"]
        assert english.subject.endswith("10 departures held, a decision is awaited")
        assert "départs" not in english.body
        french, below = both.body.split("-" * 40)
        assert ("5 sur 12 partiraient" in french, "5 of 12 would leave" in below) == (True, True)
        assert len({message.extra_headers["Message-ID"] for message in sent()}) == 2

    def test_a_setting_names_the_addresses(self, held: Run, settings: Any) -> None:
        settings.NIGHT_NOTICES_TO = ["cemu@exemple.fr"]
        send_notices()
        assert [message.to for message in sent()] == [["cemu@exemple.fr"]]

    def test_what_was_decided_meanwhile_is_no_news(self, held: Run) -> None:
        reject_holds(held, waiting_holds(held), Decider())
        send_notices()
        assert sent() == []

    def test_nothing_held_nothing_told(self, registers: Registers) -> None:
        registers.night()
        registers.night(dry_run=True)
        send_notices()
        assert sent() == []

    def test_nights_of_last_week_are_no_news(self, held: Run) -> None:
        Run.objects.update(finished_at=timezone.now() - timedelta(days=3))
        send_notices()
        assert sent() == []

    def test_without_anybody_to_tell_it_is_noted_and_not_tried_again(self, held: Run) -> None:
        SiteRole.objects.all().delete()
        send_notices()
        notice = Notice.objects.get()
        assert (notice.recipients, notice.sent_at is not None, sent()) == (0, True, [])


class TestTrouble:
    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("refused", "Extrait refusé"),
            ("failed", "Échec"),
            ("source_partial", "Source incomplète"),
            ("stopped", "Arrêtée"),
        ],
    )
    def test_a_night_that_did_not_do_all_is_told(self, state: str, words: str) -> None:
        RunFactory(state=state, message="older_than_in_force", started_at=timezone.now())
        Run.objects.update(finished_at=timezone.now())
        send_notices()
        [message] = sent()
        assert message.subject.endswith(words)

    def test_the_reason_is_in_the_mail(self) -> None:
        RunFactory(state="failed", message="failed", message_params={"error": "OSError"}, started_at=timezone.now())
        Run.objects.update(finished_at=timezone.now())
        send_notices()
        assert "OSError" in sent()[0].body


class TestMissed:
    def test_a_night_that_did_not_begin_is_told_once(self) -> None:
        RunFactory(scheduled_on="2026-11-23", started_at=MORNING - timedelta(days=1, hours=2))
        assert send_due_notices(MORNING) == 1
        assert send_due_notices(MORNING + timedelta(hours=1)) == 0
        [message] = sent()
        assert message.subject.replace("\u00a0", " ") == "Nuit du 23 au 24 novembre 2026 : elle n’a pas commencé"
        assert "03:30" in message.body

    def test_within_its_grace_nobody_is_told(self) -> None:
        RunFactory(scheduled_on="2026-11-23", started_at=MORNING - timedelta(days=1, hours=2))
        assert send_due_notices(MORNING - timedelta(hours=1, minutes=30)) == 0

    def test_a_night_that_began_is_not_missed(self) -> None:
        RunFactory(scheduled_on="2026-11-24", started_at=MORNING - timedelta(hours=2))
        assert send_due_notices(MORNING) == 0

    def test_each_missed_night_is_told_once_its_hour_is_over(self) -> None:
        RunFactory(scheduled_on="2026-11-22", started_at=MORNING - timedelta(days=2, hours=2))
        assert send_due_notices(MORNING - timedelta(days=1)) == 1
        assert send_due_notices(MORNING - timedelta(hours=1, minutes=30)) == 0
        assert send_due_notices(MORNING) == 1


class TestSending:
    def test_a_mail_server_that_is_away_is_asked_again_later(self, held: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        now = timezone.now()
        with monkeypatch.context() as patch:

            def refuse(self: Any, messages: Any) -> int:
                raise OSError("connection refused")

            patch.setattr(EmailBackend, "send_messages", refuse)
            assert send_due_notices(now) == 0
        assert send_due_notices(now + timedelta(minutes=9)) == 0
        assert send_due_notices(now + timedelta(minutes=10)) == 1
        notice = Notice.objects.get()
        assert (notice.attempts, notice.recipients, len(sent())) == (2, 2, 1)

    def test_a_server_that_never_answers_is_left_in_the_end(self, held: Run) -> None:
        now = timezone.now()
        Notice.objects.create(key=f"night:{held.pk}", claimed_at=now - timedelta(hours=1), attempts=72)
        assert send_due_notices(now) == 0
