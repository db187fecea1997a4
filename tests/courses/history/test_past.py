"""The list of a day must be the list that was: a fortnight of nights, files, undos and deletions, recorded day by day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.conf import settings
from django.http import QueryDict
from django.test import override_settings
from django.utils import timezone

from cohorts.models import Cohort, Person
from courses.actions import add_methods
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.groups.deleting import digest_of, request_deletion
from courses.history.days import end_of
from courses.history.scopes import scope_on
from courses.models import Course, Group, Method
from courses.participants.conditions import read_conditions
from courses.participants.exports import exported_list
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import Decider, reject_holds, request_approval, waiting_holds
from enrolhub.sync.models import Hold, Run
from enrolhub.sync.undo import request_undo
from tests.factories import CohortMemberFactory, HandCohortFactory, SiteRoleFactory, role
from tests.registers import Registers, course

pytestmark = pytest.mark.django_db
FIRST = date(2026, 10, 19)  # the clocks are set back on the 25th
DAYS = 8
COURSES = ("INF", "SANTE", "LIEN")
LIMITS = ("GUARD_SCOPE_SMALL_COUNT", "GUARD_SCOPE_MEDIUM_PERCENT", "GUARD_SCOPE_LARGE_PERCENT")
QUERIES = (
    "",
    "sort=-groups&sort=roles",
    "sort=status&sort=-username",
    "role=student&status=active",
    "status=suspended&status=ended&match=any&role=tutor",
    "method=manual&status=not_started&status=active",
    "group=none",
    "group=TD1&group_match=none",
    "match=none&role=tutor&method=cohort",
    "q=nom+e1&inactive=never",
)
ACCESS = 8  # the column of the last access, which no ledger keeps
Rows = list[tuple[str, ...]]


def listed(code: str, day: date | None = None) -> dict[str, Rows]:
    """The rows of each filter now or on a day, without last accesses; no filter of what the course has not."""
    found: dict[str, Rows] = {}
    with scope_on(Course.objects.get(code=code), day, None) as scope:
        for query in QUERIES:
            conditions = read_conditions(QueryDict(query), scope.vocabulary)
            if not conditions.complaints:
                rows = exported_list(scope, conditions).rows
                found[query] = [(*row[:ACCESS], *row[ACCESS + 1 :]) for row in rows]
    return found


def lists(day: date | None = None) -> dict[str, dict[str, Rows]]:
    return {code: listed(code, day) for code in COURSES}


@dataclass
class Fortnight:
    """A university whose days pass; every act is drawn, but always alike."""

    registers: Registers
    random: Random
    author: User
    recorded: dict[date, dict[str, dict[str, Rows]]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    pack: list[Callable[[], None]] = field(default_factory=list)

    def begin(self) -> None:
        self.registers.group("10", 1, 2, 3, code="TD1")
        self.registers.group("11", 4, 5, code="TD2")
        inf, health, linked = course("INF", "INF101"), course("SANTE", feeding="collegium"), course("LIEN")
        self.night()
        tutors = HandCohortFactory(code="TUTEURS")
        for name in ("e1", "e2", "e3"):
            CohortMemberFactory(cohort=tutors, person=Person.objects.get(username=name))
        follow = {"kind": Method.Kind.COHORT_SYNC, "role": role()}
        add_methods(
            [
                Method(course=health, source_cohort=Cohort.objects.get(code="2026-L1INF"), **follow),
                Method(course=linked, kind=Method.Kind.META_LINK, source_course=inf, role=role("observer")),
            ]
        )
        health.methods.update(departure_policy="suspend")
        self.night()

    def live(self, day: date) -> None:
        """One day: some acts, then the lists as they are at its last instant."""
        for hour in sorted(self.random.sample(range(24), self.random.choice([1, 2, 4]))):
            with time_machine.travel(datetime(day.year, day.month, day.day, hour, 20, tzinfo=UTC)):
                if timezone.localdate() == day:
                    self.draw()()
        with time_machine.travel(end_of(day), tick=False):
            self.recorded[day] = lists()

    def draw(self) -> Callable[[], None]:
        """The next act of a shuffled pack, so that none is left out for long."""
        if not self.pack:
            self.pack = [
                self.night,
                self.file,
                self.file,
                self.undo,
                self.methods,
                self.delete_group,
                self.approve,
            ]
            self.random.shuffle(self.pack)
        return self.pack.pop()

    def approve(self) -> None:
        """A night that holds every departure; some of them are approved at once, the others wait or are rejected."""
        there = {int(row["cod_etu"]) for row in self.registers.lists["inscriptions_pedagogiques"]}
        with override_settings(**dict.fromkeys(LIMITS, 0)):
            self.night(self.random.choice(sorted(there)))
        held = Run.objects.filter(kind="night").latest("pk")
        try:
            holds = waiting_holds(held)
        except RunRefused as refusal:
            self.done.append(f"approval {refusal.code}")
            return
        chosen = self.random.sample(holds, self.random.randint(1, len(holds)))
        self.done.append(f"approval {attempt_run(request_approval(held, chosen, Decider())).state}")
        left = [hold for hold in holds if hold not in chosen and Hold.objects.get(pk=hold.pk).state == "waiting"]
        if left and self.random.randrange(2) == 0:
            reject_holds(held, left, Decider())

    def night(self, number: int = 0) -> None:
        """Someone leaves, or comes back; everybody's group is drawn anew."""
        number = number or self.random.randrange(1, 13)
        follows = [
            row for row in self.registers.lists["inscriptions_pedagogiques"] if row["cod_etu"].endswith(f"{number:02}")
        ]
        if follows and len(self.registers.lists["inscriptions_pedagogiques"]) > 4:
            self.registers.leave(number)
        elif not follows:
            self.registers.register(number)
            self.registers.follow(number)
        for row in self.registers.lists["affectations_groupes"]:
            row["cod_gpe"] = self.random.choice(["10", "11"])
        self.registers.extracted_at = timezone.now()
        self.done.append(f"night {self.registers.night().state}")

    def file(self) -> None:
        """Enrolments by hand: with and without group, dates and suspension; changed and removed."""
        lines = ["cours;identifiant;role;groupe;debut;fin;statut;operation"]
        for name in self.random.sample([f"e{number}" for number in range(1, 13)], 4):
            line = [self.random.choice(COURSES), name, self.random.choice(["student", "tutor", ""])]
            line += [self.random.choice(["", "Projet A", "Projet B", "TD1"])]
            line += self.random.choice([["", ""], ["2026-10-22", "2026-10-29"], ["", "2026-10-27"]])
            line += [self.random.choice(["", "suspendu", "actif"]), self.random.choice(["", "", "", "desinscrire"])]
            lines.append(";".join(line))
        data = "\n".join(lines).encode()
        tally = EnrolmentsFile(data, "mains.csv", creates_groups=True).carry_out(dry_run=False)
        self.done.append(f"file {tally.arrivals} {tally.alterations} {tally.departures}")

    def undo(self) -> None:
        run = self.random.choice(list(Run.objects.filter(dry_run=False).order_by("pk"))[-4:])
        try:
            self.done.append(f"undo {attempt_run(request_undo(run)).state}")
        except RunRefused as refusal:
            self.done.append(f"undo {refusal.code}")

    def methods(self) -> None:
        """A cohort synchronisation comes to the first course, or goes from it with all its people."""
        present = Method.objects.filter(course__code="INF", kind="cohort_sync").exists()
        operation = "suppression" if present else "ajout"
        line = f"{operation};cohorte;INF;TUTEURS;tutor;TD1;oui;"
        data = f"operation;methode;cours;source;role;groupe;active;nom\n{line}".encode()
        MethodsFile(data, "methodes.csv").carry_out(dry_run=False)
        self.done.append(f"method {operation}")

    def delete_group(self) -> None:
        group = Group.objects.filter(keeper="hand").order_by("course__code", "code").first()
        if group is not None:
            run = attempt_run(request_deletion(group, digest_of(group), self.author))
            self.done.append(f"group {run.state}")


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in LIMITS:
        monkeypatch.setattr(settings, limit, 100)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6))])
@pytest.mark.usefixtures("no_limits")
def test_the_list_of_each_day_is_what_was_recorded(registers: Registers, seed: int) -> None:
    fortnight = Fortnight(registers, Random(seed), SiteRoleFactory().user)
    with time_machine.travel(datetime(2026, 10, 19, 5, tzinfo=UTC)):
        fortnight.begin()
    days = [FIRST + timedelta(days=number) for number in range(1, DAYS)]
    for day in days:
        fortnight.live(day)
    with time_machine.travel(end_of(days[-1]) + timedelta(hours=9)):
        found = {day: lists(day) for day in days}
    for day, courses in fortnight.recorded.items():
        for code, queries in courses.items():
            # A filter of a group that was made later is one of what the course had not.
            assert {query: found[day][code][query] for query in queries} == queries, (day, code)
    kinds = {line.split()[0] for line in fortnight.done}
    # A deletion may be drawn while no group is kept by hand.
    assert kinds | {"group"} == {"night", "file", "undo", "method", "group", "approval"}
    assert "approval applied" in fortnight.done
    assert len({tuple(recorded[code][""]) for recorded in fortnight.recorded.values() for code in COURSES}) > DAYS
