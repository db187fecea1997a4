"""What changed in their courses, told to teachers by a real mail server: to whom, of what, and each period once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings

from courses.digests.sending import ABANDONED, AGAIN, ATTEMPTS, send_due_digests
from courses.models import Course, Digest, DigestChoice, Enrolment, GroupMember, Method
from courses.tasks import send_digests
from enrolhub.access.models import SiteRole, User
from enrolhub.processes import free_port
from enrolhub.schedule import beat_schedule
from enrolhub.sync.models import Scope
from tests.courses.messages.conftest import use_mail_server
from tests.factories import (
    NIGHT,
    ChangeFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import part_of, soup_of, text_of
from tests.servers.smtp import MailServer, running_mail_server

pytestmark = pytest.mark.django_db
#: Of the night of Tuesday 17 November: told on that Tuesday to those of each day, on the next Monday to those of each week.
TUESDAY, MONDAY = datetime(2026, 11, 17, 6, 5, tzinfo=UTC), datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
LONG_AGO = NIGHT - timedelta(days=100)


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(code="CHI1", title="Chimie organique", with_database=True)
    return made


def teacher_of(course: Course, name: str = "prof", what: str = "teacher", **account: Any) -> User:
    person = PersonFactory(username=name, last_name=name.title(), email=f"{name}@exemple.fr")
    EnrolmentFactory(course=course, person=person, role=role(what))
    made: User = UserFactory(username=name, date_joined=LONG_AGO, **account)
    return made


def wish(account: User, often: str, language: str = "fr", since: datetime = LONG_AGO) -> None:
    DigestChoice.objects.create(user=account, often=often, language=language, chosen_at=since)


def change(course: Course, action: str = "A", name: str = "Hébert", *, relation: str = "database", **more: Any) -> None:
    """A change that took effect at the night's hour, or at the hour ``at``."""
    at = more.pop("at", NIGHT)
    run = RunFactory(started_at=at, author=more.pop("author", None))
    scope = ScopeFactory(
        phase=PhaseFactory(run=run, relation=relation), code=course.code, arrived_at=at, departed_at=at
    )
    person = PersonFactory(last_name=name, first_name="Ambre")
    ChangeFactory(scope=scope, action=action, person=person.username, member=person.pk, **more)


def told(now: datetime = TUESDAY) -> list[str]:
    """The bodies of the mails that were sent by now."""
    send_due_digests(now)
    return [str(message.body) for message in mail.outbox]


def states() -> list[tuple[str, str]]:
    return list(Digest.objects.order_by("pk").values_list("period", "state"))


class TestWhom:
    @pytest.mark.parametrize(
        ("often", "now", "count"),
        [
            ("daily", TUESDAY, 1),
            ("daily", MONDAY, 0),  # nothing changed on Sunday
            ("weekly", TUESDAY, 0),
            ("weekly", MONDAY, 1),
            ("never", TUESDAY, 0),
            ("never", MONDAY, 0),
            (None, TUESDAY, 0),
            (None, MONDAY, 1),  # the site's rhythm: each week
        ],
    )
    def test_as_often_as_each_likes(self, course: Course, often: str | None, now: datetime, count: int) -> None:
        account = teacher_of(course)
        if often:
            wish(account, often)
        change(course)
        assert len(told(now)) == count

    def test_the_site_may_have_another_rhythm(self, course: Course, settings: Settings) -> None:
        settings.DIGEST_DEFAULT = "daily"
        teacher_of(course)
        change(course)
        assert len(told()) == 1

    def test_who_has_just_chosen_is_told_from_the_next_period_on(self, course: Course) -> None:
        wish(teacher_of(course), "daily", since=TUESDAY)
        change(course)
        change(course, at=NIGHT + timedelta(days=1))
        assert told() == []
        [body] = told(TUESDAY + timedelta(days=1))
        assert "1 arrivée" in body

    @pytest.mark.parametrize("what", ["student", "observer"])
    def test_nobody_who_may_not_see_the_participants(self, course: Course, what: str) -> None:
        seen = role(what).may_view_participants
        wish(teacher_of(course, what=what), "daily")
        change(course)
        assert len(told()) == int(seen)

    def test_nobody_who_left_the_course_or_is_suspended_or_closed(self, course: Course) -> None:
        for name in ("left", "suspended", "closed"):
            wish(teacher_of(course, name), "daily")
        Enrolment.objects.filter(person__username="left").delete()
        Enrolment.objects.filter(person__username="suspended").update(suspended_by="hand")
        User.objects.filter(username="closed").update(is_active=False)
        change(course)
        assert (told(), states()) == ([], [])

    def test_roles_on_the_site_bring_no_mail(self, course: Course) -> None:
        account = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu", user__email="cemu@exemple.fr").user
        wish(account, "daily")
        change(course)
        assert told() == []

    def test_the_address_of_the_registers_or_else_of_the_account(self, course: Course) -> None:
        wish(teacher_of(course, "one", email="old@exemple.fr"), "daily")
        wish(teacher_of(course, "two", email="two@site.fr"), "daily")
        wish(teacher_of(course, "three"), "daily")
        for name in ("two", "three"):
            PersonFactory._meta.model.objects.filter(username=name).update(email="")
        change(course)
        told()
        assert [message.to for message in mail.outbox] == [["one@exemple.fr"], ["two@site.fr"]]
        assert [state for _period, state in states()] == ["sent", "sent", "empty"]


class TestWhat:
    def test_counts_names_reasons_and_the_way_to_the_history(self, course: Course, settings: Settings) -> None:
        settings.SITE_ADDRESS = "https://enrolhub.exemple.fr/"
        wish(teacher_of(course), "daily")
        for number in range(7):
            change(course, name=f"Nom{number}")
        change(course, "D", "Gosselin", reason="unit_registration_missing")
        change(course, "M", relation="manual")
        change(course, "A", relation="group_members.database", item="TD1")
        [body] = told()
        assert body.replace("\u00a0", " ").splitlines() == [
            "Ce qui a changé dans vos cours du 16/11/2026 07:00 au 17/11/2026 07:00 :",
            "",
            "Chimie organique (CHI1)",
            "  + 7 arrivées : Nom0 Ambre, Nom1 Ambre, Nom2 Ambre, Nom3 Ambre, Nom4 Ambre, et 2 autres",
            "  - 1 départ : Gosselin Ambre (plus d’inscription pédagogique)",
            "  ~ 1 inscription modifiée",
            "  ~ 1 changement dans les groupes",
            "  https://enrolhub.exemple.fr/courses/CHI1/history/?since=2026-11-16",
            "",
            "-- ",
            "Ce que vous avez fait vous-même n’est pas rappelé. Pour recevoir ce courriel plus ou moins souvent, ou ne plus le"
            " recevoir : https://enrolhub.exemple.fr/digest/",
        ]
        assert mail.outbox[0].subject == "Ce qui a changé dans vos cours, 17\u00a0novembre 2026"

    def test_in_the_language_of_the_reader(self, course: Course) -> None:
        wish(teacher_of(course, "ann"), "weekly", "en")
        wish(teacher_of(course, "bob"), "weekly", "fr")
        change(course)
        bodies = told(MONDAY)
        assert ["1 arrival" in bodies[0], "1 arrivée" in bodies[1]] == [True, True]
        assert mail.outbox[0].subject == "Your courses, week until 23\u00a0November 2026"

    def test_in_every_language_for_whoever_never_chose_one(self, course: Course, settings: Settings) -> None:
        settings.DIGEST_DEFAULT = "daily"
        teacher_of(course)
        change(course, "D", "Gosselin", reason="unit_registration_missing")
        [body] = told()
        french, english = body.split("-" * 40)
        assert ("plus d’inscription pédagogique" in french, "no pedagogical registration any more" in english) == (
            True,
            True,
        )
        assert ("1 départ" in english, "1 departure" in english) == (False, True)
        assert [part.split()[0] for part in mail.outbox[0].subject.split(" / ")] == ["Ce", "What"]

    def test_nothing_of_other_courses_nor_of_other_days(self, course: Course) -> None:
        other = CourseFactory(code="AUTRE")
        wish(teacher_of(course), "daily")
        change(other)
        change(course, at=NIGHT - timedelta(days=1))
        change(course, at=NIGHT + timedelta(hours=4))
        assert (told(), states()) == ([], [])

    def test_nothing_that_they_did_themselves(self, course: Course) -> None:
        account, colleague = teacher_of(course), teacher_of(course, "bob")
        for each in (account, colleague):
            wish(each, "daily")
        change(course, author=account, relation="manual")
        [body] = told()
        assert [message.to for message in mail.outbox] == [["bob@exemple.fr"]]
        assert "1 arrivée" in body
        assert states() == [("daily:2026-11-17", "empty"), ("daily:2026-11-17", "sent")]

    def test_dry_runs_and_held_departures_changed_nothing(self, course: Course) -> None:
        wish(teacher_of(course), "daily")
        change(course, "D", "Gosselin")
        Scope.objects.update(departed_at=None, verdict="hold")
        change(course, "A", "Hébert")
        RunFactory._meta.model.objects.filter(phases__scopes__verdict="apply").update(dry_run=True)
        assert told() == []

    def test_in_separate_groups_only_what_they_may_see(self, course: Course) -> None:
        Course.objects.update(separate_groups=True)
        account = teacher_of(course)
        wish(account, "daily")
        own, other = GroupFactory(course=course, code="TD1"), GroupFactory(course=course, code="TD2")
        for name, group in (("Prof", own), ("Vue", own), ("Cachée", other)):
            if name != "Prof":
                change(course, name=name)
            person = PersonFactory._meta.model.objects.get(last_name=name)
            GroupMember.objects.create(group=group, person=person)
        [body] = told()
        assert ("Vue Ambre" in body, "Cachée" in body, "1 arrivée" in body) == (True, False, True)

    def test_a_name_breaks_no_line(self, course: Course) -> None:
        wish(teacher_of(course), "daily")
        Course.objects.update(title="Chimie\nBcc: all@exemple.fr")
        change(course, name="Hé\r\nTo: x@exemple.fr")
        [body] = told()
        assert [line for line in body.splitlines() if line.startswith(("Bcc", "To"))] == []

    def test_what_one_rhythm_told_the_other_does_not_tell_again(self, course: Course) -> None:
        account = teacher_of(course)
        wish(account, "daily")
        change(course, name="Mardi")
        change(course, name="Jeudi", at=NIGHT + timedelta(days=2))
        told()
        DigestChoice.objects.update(often="weekly")
        told(MONDAY)
        assert ["Mardi" in message.body for message in mail.outbox] == [True, False]
        assert "Jeudi" in mail.outbox[1].body


@pytest.fixture
def due(course: Course) -> User:
    account = teacher_of(course)
    wish(account, "daily")
    change(course)
    return account


class TestOnce:
    def test_twice_a_minute_and_by_two_workers_it_is_told_once(self, due: User) -> None:
        for minutes in (0, 0, 1, 20, 300):
            send_due_digests(TUESDAY + timedelta(minutes=minutes))
        assert (len(mail.outbox), states()) == (1, [("daily:2026-11-17", "sent")])

    def test_a_worker_that_dies_after_handing_over_leaves_perhaps_sent(
        self, due: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = EmailBackend.send_messages

        def give_and_die(self: Any, messages: Any) -> int:
            given(self, messages)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(EmailBackend, "send_messages", give_and_die)
            with pytest.raises(KeyboardInterrupt):
                send_due_digests(TUESDAY)
        assert states() == [("daily:2026-11-17", "claimed")]
        send_due_digests(TUESDAY + timedelta(minutes=1))
        send_due_digests(TUESDAY + ABANDONED + timedelta(minutes=1))
        assert (len(mail.outbox), states()) == (1, [("daily:2026-11-17", "unknown")])

    def test_a_minute_has_so_many_mails(self, course: Course, settings: Settings) -> None:
        settings.MESSAGES_PER_MINUTE = 2
        for name in ("a", "b", "c"):
            wish(teacher_of(course, name), "daily")
        change(course)
        assert [send_due_digests(TUESDAY), send_due_digests(TUESDAY), send_due_digests(TUESDAY)] == [2, 1, 0]

    def test_the_clock_looks_in_each_minute(self, due: User) -> None:
        assert beat_schedule["digests"]["task"] == send_digests.name
        with time_machine.travel(TUESDAY, tick=True):
            send_digests()
            send_digests()
        assert (len(mail.outbox), states()) == (1, [("daily:2026-11-17", "sent")])


class TestServer:
    @pytest.fixture
    def mail_server(self, settings: Settings) -> Iterator[MailServer]:
        with running_mail_server() as server:
            use_mail_server(settings, server.port)
            yield server

    def test_a_real_server_gets_it(self, due: User, mail_server: MailServer) -> None:
        assert send_due_digests(TUESDAY) == 1
        [message] = mail_server.mails
        assert mail_server.recipients == ["prof@exemple.fr"]
        assert message["Message-ID"] == f"<digest.{Digest.objects.get().pk}@localhost>"
        assert (message["Auto-Submitted"], message.get_content_type()) == ("auto-generated", "text/plain")
        assert "Hébert Ambre" in message.get_content()

    def test_what_it_refuses_has_failed(self, due: User, mail_server: MailServer) -> None:
        mail_server.answers["prof@exemple.fr"] = ["550 No such mailbox"]
        assert send_due_digests(TUESDAY) == 0
        digest = Digest.objects.get()
        assert (digest.state, digest.answer) == ("failed", "550 No such mailbox")
        assert send_due_digests(TUESDAY + timedelta(hours=1)) == 0

    def test_what_it_puts_off_is_tried_again(self, due: User, mail_server: MailServer) -> None:
        mail_server.answers["prof@exemple.fr"] = ["450 Later"]
        assert send_due_digests(TUESDAY) == 0
        assert send_due_digests(TUESDAY + AGAIN - timedelta(minutes=1)) == 0
        assert send_due_digests(TUESDAY + AGAIN) == 1
        digest = Digest.objects.get()
        assert (digest.state, digest.attempts, len(mail_server.mails)) == ("sent", 2, 1)

    def test_put_off_again_and_again_it_has_failed(self, due: User, mail_server: MailServer) -> None:
        mail_server.answers["prof@exemple.fr"] = ["450 Later"] * (ATTEMPTS + 1)
        for number in range(ATTEMPTS + 1):
            send_due_digests(TUESDAY + AGAIN * number)
        assert states() == [("daily:2026-11-17", "failed")]
        assert len(mail_server.answers["prof@exemple.fr"]) == 1

    def test_while_it_is_away_nothing_is_claimed(self, due: User, settings: Settings) -> None:
        use_mail_server(settings, free_port())
        assert (send_due_digests(TUESDAY), states()) == (0, [])
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert (send_due_digests(TUESDAY), states()) == (1, [("daily:2026-11-17", "sent")])


class TestPage:
    @pytest.fixture
    def visitor(self, client: Client, course: Course) -> Client:
        client.force_login(teacher_of(course, what="editingteacher"))
        client.cookies["django_language"] = "en"
        return client

    def choose(self, client: Client, **fields: str) -> str:
        response = client.post("/digest/", fields, follow=True)
        assert response.status_code == 200
        return response.content.decode()

    def test_the_home_of_a_teacher_leads_there(self, visitor: Client) -> None:
        assert text_of(part_of(soup_of(visitor, "/"), '.heading a[href="/digest/"]')) == "Mails about my courses"

    def test_before_a_choice_the_rhythm_of_the_site_is_ticked(self, visitor: Client) -> None:
        soup = soup_of(visitor, "/digest/")
        assert [box["value"] for box in soup.select("input[name=often][checked]")] == ["weekly"]
        assert part_of(soup, "select[name=language] option[selected]")["value"] == "en"
        assert "prof@exemple.fr" in text_of(part_of(soup, "main"))
        assert not DigestChoice.objects.exists()

    def test_a_choice_is_kept_and_shown(self, visitor: Client) -> None:
        assert "Your choice is kept." in self.choose(visitor, often="daily", language="fr")
        choice = DigestChoice.objects.get()
        assert (choice.user.username, choice.often, choice.language) == ("prof", "daily", "fr")
        assert [box["value"] for box in soup_of(visitor, "/digest/").select("input[name=often][checked]")] == ["daily"]

    def test_another_language_does_not_begin_the_rhythm_anew(self, visitor: Client) -> None:
        self.choose(visitor, often="daily", language="fr")
        since = DigestChoice.objects.get().chosen_at
        self.choose(visitor, often="daily", language="en")
        assert (DigestChoice.objects.get().chosen_at, DigestChoice.objects.get().language) == (since, "en")
        self.choose(visitor, often="never", language="en")
        assert DigestChoice.objects.get().chosen_at > since

    @pytest.mark.parametrize(
        "fields", [{}, {"often": "hourly", "language": "fr"}, {"often": "daily", "language": "xx"}, {"often": "\x00"}]
    )
    def test_nonsense_is_said_at_its_field(self, visitor: Client, fields: dict[str, str]) -> None:
        assert "field-error" in self.choose(visitor, **fields)
        assert not DigestChoice.objects.exists()

    def test_whoever_teaches_nothing_is_told_so(self, client: Client, course: Course) -> None:
        client.force_login(UserFactory())
        client.cookies["django_language"] = "en"
        assert "You teach no course" in text_of(part_of(soup_of(client, "/digest/"), "main"))

    def test_somebody_else_has_their_own(self, visitor: Client, course: Course) -> None:
        self.choose(visitor, often="daily", language="fr", user="1")
        other = teacher_of(course, "bob")
        assert list(DigestChoice.objects.filter(user=other)) == []


def test_methods_are_told_by_their_kind(course: Course) -> None:
    """A change of each kind of method is news of the course."""
    wish(teacher_of(course), "daily")
    for kind in Method.Kind.values:
        change(course, relation=kind)
    [body] = told()
    assert f"{len(Method.Kind.values)} arrivées" in body
