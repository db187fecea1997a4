"""What an action would do to the people chosen, as querysets: the preview, its digest and the run are read from the same ones.

A part is a queryset of rows (enrolments, memberships, exclusions, or people) annotated with ``ASKED``: the row of which
relation, its facts before and after, the empty text where there is none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from cohorts.models import AskedRow, LeftOut
from courses.hand.chosen import Chosen
from courses.methods.expressions import full_facts
from courses.models import Enrolment, Method
from courses.setup.relations import GroupRows
from enrolhub.sync.digest import SEPARATOR as DIGEST_SEPARATOR
from enrolhub.sync.digest import digest_lines
from enrolhub.sync.models import Change, Run
from enrolhub.sync.select_into import insert_from

EXCLUSIONS = "exclusions"
HAND_GROUPS = "group_members.hand"
#: Groups that the run makes, by the name of the relation that makes those of methods.
NEW_GROUPS = GroupRows.name
#: The phases of a run by hand, in order: one for each kind of row that it changes.
PHASES = (
    NEW_GROUPS,
    EXCLUSIONS,
    *Method.KINDS,
    *(f"group_members.{kind}" for kind in Method.KINDS),
    HAND_GROUPS,
)
ASKED = ("asked_relation", "asked_ref", "asked_member", "asked_item", "asked_before", "asked_facts")
NOTHING = Value("", output_field=CharField())

#: Codes of why something is left as it is, each with its condition: the first that holds counts.
Verdicts = Sequence[tuple[str, Q]]


class AskedOf(NamedTuple):
    """One row of a part: what is asked for one row of a relation."""

    relation: str
    ref: int
    member: int
    item: str
    before: str
    facts: str
    username: str

    @property
    def action(self) -> Change.Action:
        if not self.before:
            return Change.Action.ARRIVAL
        return Change.Action.ALTERATION if self.facts else Change.Action.DEPARTURE


@dataclass(frozen=True)
class Part:
    """Rows of which something is asked; ``person`` leads from a row to whose it is, ``fixed`` are rows already read."""

    rows: QuerySet[Any, Any] | None = None
    person: str = "person"
    fixed: Sequence[AskedOf] = ()

    def read(self, ids: Sequence[int] | None = None) -> Iterator[AskedOf]:
        """The rows, of all or of these people."""
        yield from (row for row in self.fixed if ids is None or row.member in ids)
        if self.rows is not None:
            rows = self.rows if ids is None else self.rows.filter(**{f"{self.person}__in": ids})
            username = "username" if self.person == "pk" else f"{self.person}__username"
            columns = rows.order_by().values_list(*ASKED, username)
            yield from (AskedOf(*row) for row in columns.iterator(chunk_size=5_000))

    def keep(self, run: Run) -> None:
        """Keep the rows as asked of the run."""
        fields = ("run", "relation", "ref", "member", "item", "before", "facts", "source", "stays")
        AskedRow.objects.bulk_create(
            AskedRow(run=run, stays=int(bool(row.facts)), **{name: getattr(row, name) for name in fields[1:7]})
            for row in self.fixed
        )
        if self.rows is not None:
            stays = Case(When(asked_facts="", then=Value(0)), default=Value(1), output_field=IntegerField())
            columns = (Value(run.pk, output_field=IntegerField()), *ASKED, NOTHING, stays)
            insert_from(AskedRow, fields, self.rows.order_by().values_list(*columns))


@dataclass(frozen=True)
class Proposal:
    """What would be done to whom, and why not to others.

    ``first`` is, on a person, the number of the first of ``codes`` that applies (their count when none does);
    ``touched`` whether anything is done. A code that applies to someone touched says what is left as it is.
    """

    chosen: Chosen
    codes: Sequence[str]
    first: Combinable
    touched: Combinable | Q
    parts: Sequence[Part]

    @property
    def people(self) -> QuerySet[Any, Any]:
        """The people chosen, with ``touched`` and the code ``left`` of why something is left as it is."""
        annotated: QuerySet[Any, Any] = self.chosen.people.annotate(first=self.first, touched=self.touched)
        code = Case(
            *(When(first=number, then=Value(code)) for number, code in enumerate(self.codes)),
            default=Value(""),
            output_field=CharField(),
        )
        return annotated.annotate(left=code)

    @property
    def new_groups(self) -> dict[str, str]:
        """The names of the groups that would be made, by their codes."""
        return {row.item: row.facts for part in self.parts for row in part.fixed if row.relation == NEW_GROUPS}

    def digest(self) -> str:
        """The digest that the run will have, if nothing moves until then."""
        rows = sorted((row for part in self.parts for row in part.read()), key=ledger_order)
        return digest_lines(self._line(row) for row in rows)

    def _line(self, row: AskedOf) -> str:
        values = (row.relation, self.chosen.course.code, row.action, row.username, row.item, row.before, row.facts)
        return DIGEST_SEPARATOR.join(values)

    def keep(self, run: Run) -> None:
        """Keep what is asked, and who is left out, in the database. Belongs in the transaction that makes the run."""
        for part in self.parts:
            part.keep(run)
        left = self.people.exclude(left="").order_by()
        columns = (Value(run.pk, output_field=IntegerField()), "pk", "left")
        insert_from(LeftOut, ["run", "person", "reason"], left.values_list(*columns))


def ledger_order(row: AskedOf) -> tuple[int, int, str, str, str]:
    """Where a row stands in the ledger: by phase, scope, person (all of one course, so scopes go by their ids)."""
    return PHASES.index(row.relation), row.ref, row.username, row.item, row.action


def verdict_of(verdicts: Verdicts) -> Case:
    """The number of the first verdict whose condition holds; their count when none does."""
    cases = [When(condition, then=Value(number)) for number, (_code, condition) in enumerate(verdicts)]
    return Case(*cases, default=Value(len(verdicts)), output_field=IntegerField())


def propose_enrolments(chosen: Chosen, verdicts: Verdicts, facts: Combinable, *, more: Iterable[Part] = ()) -> Proposal:
    """Bring every enrolment that no verdict keeps to ``facts``; a person is touched when one of theirs is."""
    rows = going(chosen, verdicts).annotate(
        asked_relation=F("method__kind"),
        asked_ref=F("method_id"),
        asked_member=F("person_id"),
        asked_item=NOTHING,
        asked_before=full_facts(),
        asked_facts=facts,
    )
    own = Enrolment.objects.filter(method__in=chosen.method_ids, person=OuterRef("pk"))
    own = own.annotate(verdict=verdict_of(verdicts))
    return Proposal(
        chosen=chosen,
        codes=[code for code, _condition in verdicts],
        first=Coalesce(Subquery(own.order_by("verdict").values("verdict")[:1]), len(verdicts)),
        touched=Exists(own.filter(verdict=len(verdicts))),
        parts=[Part(rows), *more],
    )


def going(chosen: Chosen, verdicts: Verdicts) -> QuerySet[Enrolment]:
    """The enrolments of the people chosen that no verdict keeps as they are."""
    return chosen.enrolments.annotate(verdict=verdict_of(verdicts)).filter(verdict=len(verdicts))
