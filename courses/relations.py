"""What the engine must know of synced enrolments: a sync owns its own method's rows and no others."""

from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from cohorts.register import Register
from cohorts.relations import usernames
from courses.deletion import hold_courses_of_methods
from courses.methods.expressions import EMPTY, ENROLMENT_FACTS, full_facts, synced_facts
from courses.methods.protocol import SyncedKind
from courses.models import Enrolment, Exclusion, Method, Role
from courses.models.platform import DeparturePolicy
from enrolhub.sync.facts import FactPart, JoinedFacts, TimeOfText, TimeText, join_facts
from enrolhub.sync.models import Change
from enrolhub.sync.overtaken import forget_arrivals
from enrolhub.sync.relation import Reasons
from enrolhub.sync.select_into import delete_matching, insert_from, update_from

NOTHING = Value(None, output_field=CharField())
ZERO = Value(0, output_field=IntegerField())
ARRIVING = ("method", "person", "role", "suspended_by", "starts_at", "ends_at", "created_at", "created_run")


class EnrolmentRows:
    """How enrolments are written and read back, whatever desires them."""

    model = Enrolment
    fact_names = ENROLMENT_FACTS
    is_counted = True
    manages_dates = True

    def __init__(self, name: str) -> None:
        self.name = name

    def people(self) -> QuerySet[Any, Any]:
        return usernames()

    def prepare(self) -> None:
        """Enrolments refer to methods and people, which stand."""

    def methods(self) -> QuerySet[Method]:
        return Method.objects.all()

    def scopes(self) -> QuerySet[Any, Any]:
        # Whom a departure suspended is a member no longer: a week's departures would count twice.
        rows = Enrolment.objects.filter(method=OuterRef("pk")).exclude(suspended_by="sync").order_by().values("method")
        size = Coalesce(Subquery(rows.annotate(size=Count("pk")).values("size")), ZERO)
        return self.methods().order_by().values_list("pk", "course__code", size)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = (
            self.admitted(hold_courses_of_methods(changes))
            .order_by("id")
            .values_list(
                "scope__ref", "member", *parts(), Value(at, output_field=DateTimeField()), "scope__phase__run_id"
            )
        )
        insert_from(Enrolment, ARRIVING, rows, skip_present=True)

    def admitted(self, changes: QuerySet[Change]) -> QuerySet[Change]:
        """Those of the arrivals that may still take effect, their courses being held."""
        return changes

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """Bring rows to what the source says; a suspension by hand, and dates it knows nothing of, stay."""
        settings = {
            "role": "s.v1",
            "suspended_by": "CASE WHEN t.suspended_by = 'hand' THEN t.suspended_by ELSE s.v2 END",
        }
        if self.manages_dates:
            settings |= {"starts_at": "s.v3", "ends_at": "s.v4"}
        self._write(settings, changes)

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        self._write({"role": "s.v1", "suspended_by": "s.v2", "starts_at": "s.v3", "ends_at": "s.v4"}, changes)

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        gone = changes.filter(after="").order_by()
        delete_matching(Enrolment, ["method", "person"], gone.values_list("scope__ref", "member"))
        self._write({"suspended_by": "s.v1"}, changes.exclude(after=""), FactPart("after", 2))

    def _write(self, settings: dict[str, str], changes: QuerySet[Change], *columns: Combinable) -> None:
        values = (columns or parts())[: len(settings)]
        rows = changes.order_by().values_list("scope__ref", "member", *values)
        update_from(Enrolment, ["method", "person"], settings, rows)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        rows = Enrolment.objects.filter(method=OuterRef(ref), person=OuterRef("member"))
        return Subquery(rows.values_list(full_facts())[:1])


def parts() -> tuple[Combinable, ...]:
    """Role, suspension, start and end of a change's ``after``, as columns."""
    role = Role.objects.filter(short_name=FactPart(OuterRef("after"), 1)).order_by().values("pk")[:1]
    return (
        Subquery(role),
        FactPart("after", 2),
        TimeOfText(FactPart("after", 3)),
        TimeOfText(FactPart("after", 4)),
    )


class SyncedEnrolments(EnrolmentRows):
    """The enrolments of one synced kind, for the courses of the register's years and those without a year."""

    is_judged = True

    def __init__(self, kind: SyncedKind, register: Register, only: QuerySet[Method] | None = None) -> None:
        super().__init__(str(kind.kind.value))
        self.kind = kind
        self.register = register
        self.only = only
        self.manages_dates = kind.manages_dates

    @property
    def proves_absence(self) -> bool:
        return self.register.proves_any

    def methods(self) -> QuerySet[Method]:
        """A closed year is frozen, never emptied: methods of courses of other years are left out."""
        methods = Method.objects.filter(kind=self.kind.kind, course__academic_year__in=["", *self.register.years])
        return methods.filter(pk__in=self.only.order_by().values("pk")) if self.only is not None else methods

    def desired(self) -> QuerySet[Any, Any]:
        return self.kind.desired(self.methods(), self.register)

    def current(self) -> QuerySet[Any, Any]:
        methods = self.methods().order_by().values("pk")
        facts = synced_facts(manages_dates=self.manages_dates)
        return (
            Enrolment.objects.filter(method__in=methods)
            .order_by()
            .values_list("method_id", "person_id", EMPTY, facts, full_facts(), self.leaving())
        )

    def admitted(self, changes: QuerySet[Change]) -> QuerySet[Change]:
        """Whoever was excluded since the plan was made does not come in, and is in no ledger."""
        excluded = Exclusion.objects.filter(method=OuterRef("scope__ref"), person=OuterRef("member"))
        forget_arrivals(changes.filter(Exists(excluded)))
        return changes

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """What no source says of a row (a suspension by hand, dates set by hand) stays, and the ledger says so."""
        by_hand = When(Exact(FactPart("before", 2), Value("hand")), then=Value("hand"))
        suspension = Case(by_hand, default=FactPart("after", 2), output_field=CharField())
        dates = [FactPart("after" if self.manages_dates else "before", position) for position in (3, 4)]
        odd = changes.exclude(before__endswith=join_facts(["", "", "", ""]))
        odd.update(after=JoinedFacts(FactPart("after", 1), suspension, *dates))
        super().alter(changes, at)

    def leaving(self) -> Case:
        """What remains of a row whose reason is gone, by the policy of its method, else of its platform."""
        suspended = JoinedFacts(F("role__short_name"), Value("sync"), TimeText(F("starts_at")), TimeText(F("ends_at")))
        stays = self.register.is_protected() | has_policy(DeparturePolicy.KEEP)
        if self.kind.kind == Method.Kind.DATABASE and (doubted := self.register.doubted_people()) is not None:
            stays |= doubted
        suspends = has_policy(DeparturePolicy.SUSPEND) | self.kind.is_suspended_tonight(self.register)
        return Case(
            When(stays | (suspends & ~Q(suspended_by="")), then=NOTHING),
            When(suspends, then=suspended),
            default=EMPTY,
            output_field=CharField(),
        )

    def count_doubted(self) -> int:
        """How many enrolments, at most, stay only because a cohort of their person is held and in doubt (decision 122)."""
        doubted = self.register.doubted_people() if self.kind.kind == Method.Kind.DATABASE else None
        if doubted is None:
            return 0
        return Enrolment.objects.filter(doubted, method__in=self.methods().order_by().values("pk")).count()

    def departure_reasons(self) -> Reasons:
        return self.kind.departure_reasons(self.register)


def has_policy(policy: DeparturePolicy) -> Q:
    by_platform = Q(method__departure_policy="", method__course__platform__departure_policy=policy)
    return Q(method__departure_policy=policy) | by_platform


def is_enrolled(method: str, person: str) -> Exists:
    """Whether the (outer) person has an enrolment by the (outer) method."""
    return Exists(Enrolment.objects.filter(method=OuterRef(method), person=OuterRef(person)))
