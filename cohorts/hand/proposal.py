"""What a hand would do to a cohort, as querysets: the preview, its digest and the run are read from the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import CharField, Exists, IntegerField, OuterRef, QuerySet, Value

from cohorts.bulk.members import IS_MEMBER
from cohorts.bulk.members import NAME as MEMBERS
from cohorts.hand.chain import ADD, CREATE, DELETE, RENAME
from cohorts.hand.cohort_rows import NAME as COHORTS
from cohorts.hand.cohort_rows import SCOPE
from cohorts.models import AskedRow, Cohort, CohortMember, Person
from enrolhub.sync.digest import SEPARATOR, digest_lines
from enrolhub.sync.models import Change, Run
from enrolhub.sync.select_into import insert_from

#: People listed in each part of a preview; the rest is a number.
LISTED = 25
ASKED = ("run", "relation", "ref", "member", "item", "before", "facts", "source", "stays")
ARRIVAL, DEPARTURE, ALTERATION = Change.Action.ARRIVAL, Change.Action.DEPARTURE, Change.Action.ALTERATION
BY_NAME = ("last_name_key", "first_name_key", "username")


@dataclass(frozen=True)
class Proposal:
    """One verb and one cohort, with the people whom it is for; ``name`` is the name that the cohort gets or has.

    A cohort to be created is not saved: it has no number.
    """

    verb: str
    cohort: Cohort
    people: QuerySet[Person]
    name: str

    @cached_property
    def touched(self) -> QuerySet[Person]:
        """Those who join, or leave."""
        is_member = Exists(CohortMember.objects.filter(cohort=self.cohort.pk, person=OuterRef("pk")))
        return self.people.filter(~is_member if self.verb == ADD else is_member)

    @cached_property
    def touched_count(self) -> int:
        return self.touched.count()

    @cached_property
    def left_count(self) -> int:
        """Those for whom nothing changes: they are in already, or out."""
        return self.people.count() - self.touched_count

    @cached_property
    def closed_count(self) -> int:
        """Those who join with a closed account: no course lets them in before it is opened again."""
        closed = self.touched.filter(account_state=Person.AccountState.INACTIVE)
        return closed.count() if self.verb == ADD else 0

    @property
    def touched_people(self) -> list[Person]:
        """The first who join or leave, by name."""
        return list(self.touched.order_by(*BY_NAME)[:LISTED])

    @property
    def left_people(self) -> list[Person]:
        """The first for whom nothing changes, by name."""
        touched = self.touched.order_by().values("pk")
        return list(self.people.exclude(pk__in=touched).order_by(*BY_NAME)[:LISTED])

    @property
    def unlisted_count(self) -> int:
        return max(self.touched_count - LISTED, 0)

    @property
    def unlisted_left_count(self) -> int:
        return max(self.left_count - LISTED, 0)

    @property
    def changes_cohort(self) -> bool:
        """Whether the cohort itself is made, renamed or deleted."""
        return self.verb in (CREATE, DELETE) or (self.verb == RENAME and self.name != self.cohort.name)

    @cached_property
    def digest(self) -> str:
        """The digest that the run will have, if nothing moves until then."""
        return digest_lines(self._lines())

    def _lines(self) -> Iterator[str]:
        before, after = ("", IS_MEMBER) if self.verb == ADD else (IS_MEMBER, "")
        action = ARRIVAL if self.verb == ADD else DEPARTURE
        for username in sorted(self.touched.order_by().values_list("username", flat=True)):
            yield SEPARATOR.join((MEMBERS, self.cohort.code, action, username, "", before, after))
        if self.changes_cohort:
            was, becomes = self.facts
            change = ARRIVAL if not was else ALTERATION if becomes else DEPARTURE
            yield SEPARATOR.join((COHORTS, SCOPE, change, "", self.cohort.code, was, becomes))

    @property
    def facts(self) -> tuple[str, str]:
        """What the cohort's own row says before and after."""
        return "" if self.verb == CREATE else self.cohort.name, "" if self.verb == DELETE else self.name

    def keep(self, run: Run) -> None:
        """Keep what is asked in the database. Belongs in the transaction that makes the run."""
        before, after = ("", IS_MEMBER) if self.verb == ADD else (IS_MEMBER, "")
        number, nothing = Value(run.pk, IntegerField()), Value("", CharField())
        stays = Value(int(self.verb == ADD), IntegerField())
        row = (Value(MEMBERS), Value(self.cohort.pk or 0, IntegerField()), "pk", nothing, Value(before), Value(after))
        insert_from(AskedRow, ASKED, self.touched.order_by().values_list(number, *row, nothing, stays))
        if self.changes_cohort:
            was, becomes = self.facts
            own = {"relation": COHORTS, "ref": 0, "member": self.cohort.pk or 0, "item": self.cohort.code}
            AskedRow.objects.create(run=run, before=was, facts=becomes, stays=int(bool(becomes)), **own)

    @property
    def change_count(self) -> int:
        return self.touched_count + int(self.changes_cohort)
