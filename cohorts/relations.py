"""What the engine must know of people and of general cohorts (FORMATS §3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
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

from cohorts.cohort_naming import refresh_general_cohorts
from cohorts.departure_reasons import account_reasons, registration_reasons, student_number_of_change, vanishing
from cohorts.models import (
    Cohort,
    CohortMember,
    Person,
    Snapshot,
    StagedPerson,
    StagedRegistration,
    StagedUnitRegistration,
)
from cohorts.register import PEOPLE, Register, vanishes_tonight
from enrolhub.sync.facts import JoinedFacts
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons
from enrolhub.sync.select_into import delete_matching, insert_from, update_from

EMPTY = Value("", output_field=CharField())
NOTHING = Value(None, output_field=CharField())
ZERO = Value(0, output_field=IntegerField())
ONE = Value(1, output_field=IntegerField())
#: The facts of a membership: it has none but its being there.
MEMBER = "member"
YES = Value("yes", output_field=CharField())
#: Account states whose holders keep their place: a locked account is a sign-in matter, not a departure.
ELIGIBLE = ("active", "suspended")

PERSON_FACTS = (
    "last_name", "first_name", "email", "student_number", "staff_number", "directory_uid", "affiliations",
    "account_state", "red_list",
)  # fmt: skip
PERSON_COLUMNS = (
    "username", "directory_uid", "student_number", "staff_number", "id_number", "last_name", "first_name", "email",
    "affiliations", "account_state", "last_name_key", "first_name_key", "email_key", "search_key",
    "red_list",
)  # fmt: skip


def source_of(list_name: str) -> Value:
    """What the ledger keeps of where a row comes from, before its line: ``inscriptions_pedagogiques.csv``."""
    return Value(f"{list_name}.csv", output_field=CharField())


def usernames() -> QuerySet[Any, Any]:
    """Everyone's id and username."""
    return Person.objects.order_by().values_list("pk", "username")


class People:
    """Every directory entry is a person, registered or not; one that vanishes from a complete directory is inactive."""

    name = PEOPLE
    model = Person
    fact_names = PERSON_FACTS
    is_judged = False
    is_counted = False

    def __init__(self, register: Register, snapshot: Snapshot) -> None:
        self.register = register
        self.snapshot = snapshot

    @property
    def proves_absence(self) -> bool:
        return self.register.proves_people

    def people(self) -> None:
        """The item of a person's own row is the username."""

    def prepare(self) -> None:
        """People refer to nothing."""

    def staged(self) -> QuerySet[StagedPerson]:
        return StagedPerson.objects.filter(file=self.register.file("annuaire"))

    def scopes(self) -> QuerySet[Any, Any]:
        size = Value(Person.objects.count(), output_field=IntegerField())
        return Snapshot.objects.filter(pk=self.snapshot.pk).order_by().values_list(ZERO, Value("annuaire"), size)

    def desired(self) -> QuerySet[Any, Any]:
        facts = JoinedFacts(*PERSON_FACTS[:-1], self.red_list())
        return self.staged().order_by().values_list(ZERO, ZERO, "username", facts, ONE, source_of("annuaire"), "line")

    def current(self) -> QuerySet[Any, Any]:
        facts = JoinedFacts(*PERSON_FACTS)
        closed = JoinedFacts(*PERSON_FACTS[:-2], Value("inactive"), PERSON_FACTS[-1])
        leaving = Case(
            When(Q(account_state="inactive") | self.protected(), then=NOTHING), default=closed, output_field=CharField()
        )
        return Person.objects.order_by().values_list(ZERO, ZERO, "username", facts, facts, leaving)

    def red_list(self) -> Combinable:
        """Who is on the red list. A directory that says it of nobody does not tell, and what is known stays."""
        if self.staged().exclude(red_list="").exists() or not Person.objects.exclude(red_list="").exists():
            return Case(When(red_list="yes", then=YES), default=EMPTY, output_field=CharField())
        known = Person.objects.filter(username=OuterRef("username")).order_by().values("red_list")
        return Coalesce(Subquery(known[:1]), EMPTY)

    def protected(self) -> Q:
        people = self.register.protected_people()
        return Q(pk__in=people.order_by().values("pk")) if people is not None else Q(pk__in=[])

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        arriving = self.staged().filter(username__in=changes.order_by().values("person"))
        columns = (*PERSON_COLUMNS[:-1], self.red_list())
        insert_from(Person, PERSON_COLUMNS, arriving.order_by("line").values_list(*columns), skip_present=True)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        altered = self.staged().filter(username__in=changes.order_by().values("person")).order_by()
        values = {name: f"s.v{number}" for number, name in enumerate(PERSON_COLUMNS[1:], 1)}
        update_from(Person, ["username"], values, altered.values_list(*PERSON_COLUMNS[:-1], self.red_list()))

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        Person.objects.filter(username__in=changes.order_by().values("person")).update(account_state="inactive")

    def departure_reasons(self) -> Reasons:
        return [("account_missing", None)]


class CohortMembers:
    """Members of the general cohorts: who has an administrative registration that counts on the étape that year.

    A cohort of a period moreover wants a pedagogical registration that counts on one of the period's elements.
    """

    name = "cohort_members"
    model = CohortMember
    fact_names = (MEMBER,)
    is_judged = True
    is_counted = False

    def __init__(self, register: Register | None = None, only: QuerySet[Cohort] | None = None) -> None:
        self._register = register
        self.only = only

    @property
    def register(self) -> Register:
        assert self._register is not None, "only a night reads the register"
        return self._register

    @property
    def proves_absence(self) -> bool:
        return self.register.proves_any

    def people(self) -> QuerySet[Any, Any]:
        return usernames()

    def prepare(self) -> None:
        refresh_general_cohorts(self.register)

    def cohorts(self) -> QuerySet[Cohort]:
        cohorts = Cohort.objects.filter(keeper=Cohort.Keeper.REGISTER, academic_year__in=self.register.years)
        return cohorts.filter(pk__in=self.only.order_by().values("pk")) if self.only is not None else cohorts

    def scopes(self) -> QuerySet[Any, Any]:
        members = CohortMember.objects.filter(cohort=OuterRef("pk")).order_by().values("cohort")
        size = Coalesce(Subquery(members.annotate(size=Count("pk")).values("size")), ZERO)
        return Cohort.objects.order_by().values_list("pk", "code", size)

    def desired(self) -> QuerySet[Any, Any]:
        register = self.register
        # One filter: conditions of a second one would join the registrations a second time.
        rows = self.cohorts().filter(
            *self.conditions(),
            registrations__file=register.file("inscriptions_administratives"),
            registrations__state="E",
            registrations__payment_state__in=settings.APOGEE_PAYMENT_STATES,
            registrations__student__account_state__in=ELIGIBLE,
        )
        source = source_of("inscriptions_administratives")
        keys = ("pk", "registrations__student__id", EMPTY)
        return rows.order_by().values_list(*keys, YES, ONE, source, "registrations__line")

    def conditions(self) -> Iterator[Q]:
        yield Q(version_code="") | Q(version_code=F("registrations__version_code"))
        if vanishing(self.register.run_id):
            yield ~Q(vanishes_tonight(self.register.run_id, "registrations__student__username"))
        if self.cohorts().exclude(period_code="").exists():
            yield Q(period_code="") | Q(self.follows_period())

    def follows_period(self) -> Exists:
        """Whether the student has a pedagogical registration that counts on an element of the cohort's period."""
        register = self.register
        units = register.units().filter(unit_code=OuterRef("unit_code"), period_code=OuterRef(OuterRef("period_code")))
        rows = StagedUnitRegistration.objects.filter(
            Exists(units),
            file=register.file("inscriptions_pedagogiques"),
            followed="N",
            academic_year=OuterRef("academic_year"),
            student_number=OuterRef("registrations__student_number"),
            programme_code=OuterRef("programme_code"),
            version_code=OuterRef("registrations__version_code"),
        )
        return Exists(rows)

    def current(self) -> QuerySet[Any, Any]:
        leaving = Case(When(self.register.is_protected(), then=NOTHING), default=EMPTY, output_field=CharField())
        rows = CohortMember.objects.filter(cohort__in=self.cohorts().order_by().values("pk")).order_by()
        return rows.values_list("cohort_id", "person_id", EMPTY, YES, YES, leaving)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        since = Value(at, output_field=DateTimeField())
        rows = changes.order_by("id").values_list("scope__ref", "member", since)
        insert_from(CohortMember, ["cohort", "person", "since"], rows, skip_present=True)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to alter."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        delete_matching(CohortMember, ["cohort", "person"], changes.order_by().values_list("scope__ref", "member"))

    def facts_now(self) -> Combinable:
        rows = CohortMember.objects.filter(cohort=OuterRef("scope__ref"), person=OuterRef("member"))
        return Subquery(rows.values_list(YES)[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to restore but itself."""

    def departure_reasons(self) -> Reasons:
        cohort = Cohort.objects.filter(pk=OuterRef(OuterRef("scope__ref"))).order_by()
        administrative = StagedRegistration.objects.filter(
            file=self.register.file("inscriptions_administratives"),
            student_number=Subquery(student_number_of_change()),
            academic_year=Subquery(cohort.values("academic_year")[:1]),
            programme_code=Subquery(cohort.values("programme_code")[:1]),
        )
        return [*account_reasons(self.register), *registration_reasons(administrative)]
