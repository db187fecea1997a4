"""What an undo would do, told before it is done, by SELECTs alone: figures, rows, conflicts, and their print."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from enrolhub.sync.ledger import FactLine, fact_lines
from enrolhub.sync.models import Change, Run, Scope
from enrolhub.sync.states import Badge
from enrolhub.sync.undo import Inverse, inverses_of
from enrolhub.sync.undone import EVERYTHING, NONE, Codes, runs_belonging_to, undone_codes
from enrolhub.sync.wording import Named, name_people, name_scopes, relation_words

PAGE, CONFLICTS = 50, 20
#: Courses and cohorts that are offered one by one; of more, the codes are typed.
OFFERED = 30


@dataclass(frozen=True)
class UndoLine:
    """One row of what is taken back, or of what cannot be: who, where, what becomes of it."""

    person: Named
    username: str
    scope: Named
    code: str
    relation: str
    item: str
    action: Badge
    facts: list[FactLine]
    is_alteration: bool


@dataclass(frozen=True)
class OfferedCode:
    """A course or cohort that the run touched: its code, its changes, and whether it is chosen."""

    code: str
    count: int
    chosen: bool


@dataclass
class Chained:
    """Several querysets as one sequence, for pages."""

    parts: Sequence[tuple[QuerySet[Change], int]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(count for _rows, count in self.parts)

    def __getitem__(self, wanted: slice) -> list[Change]:
        first, last = wanted.start or 0, min(wanted.stop, len(self))
        found: list[Change] = []
        for rows, count in self.parts:
            if first < count and last > 0:
                found += rows[max(first, 0) : min(last, count)]
            first, last = first - count, last - count
        return found


class UndoPreview:
    """What taking ``run`` back would do now, whole or some ``codes`` of it. Only ``allowed`` ones are offered."""

    def __init__(self, run: Run, codes: Collection[str] = (), allowed: Codes = EVERYTHING) -> None:
        self.run = run
        self.allowed = allowed
        self.codes = sorted(set(codes))

    @property
    def is_part(self) -> bool:
        """Whether whoever asks may take back no more than a part."""
        return self.allowed != EVERYTHING

    @cached_property
    def inverses(self) -> list[Inverse]:
        return inverses_of(self.run, Codes(frozenset(self.codes)) if self.codes else EVERYTHING)

    @cached_property
    def _figures(self) -> list[tuple[str, str, int, int]]:
        """Relation, what becomes of its rows (or ``conflict``), how many, and the sum of their numbers."""
        figures: list[tuple[str, str, int, int]] = []
        for inverse in self.inverses:
            rows = inverse.standing().order_by().values("back").annotate(count=Count("pk"), total=Sum("pk"))
            figures += sorted((inverse.name, row["back"], row["count"], row["total"]) for row in rows)
            conflicts = inverse.conflicts().order_by().aggregate(count=Count("pk"), total=Sum("pk"))
            if conflicts["count"]:
                figures.append((inverse.name, "conflict", conflicts["count"], conflicts["total"]))
        return figures

    def _sum(self, back: str) -> int:
        return sum(count for _relation, what, count, _total in self._figures if what == back)

    @property
    def arrivals(self) -> int:
        """Rows that come back."""
        return self._sum(Change.Action.ARRIVAL)

    @property
    def departures(self) -> int:
        """Rows that leave again."""
        return self._sum(Change.Action.DEPARTURE)

    @property
    def alterations(self) -> int:
        """Rows that get back what they were."""
        return self._sum(Change.Action.ALTERATION)

    @property
    def conflict_count(self) -> int:
        return self._sum("conflict")

    @property
    def change_count(self) -> int:
        return self.arrivals + self.departures + self.alterations

    @cached_property
    def digest(self) -> str:
        """The print of the preview: another set of rows has another one."""
        return hashlib.sha256(repr((self.run.pk, self.codes, self._figures)).encode()).hexdigest()

    @cached_property
    def offered(self) -> list[OfferedCode]:
        """The courses and cohorts that the run touched and that still can be taken back; none when they are too many."""
        done = undone_codes().get(self.run.pk, NONE)
        names = [inverse.name for inverse in self.inverses]
        scopes = Scope.objects.filter(phase__run__in=runs_belonging_to(self.run.pk), phase__relation__in=names)
        rows = scopes.filter(self.allowed.matching("code")).order_by("code").values_list("code")
        counts = rows.annotate(count=Sum(F("arrivals") + F("departures") + F("alterations")))
        found = list(counts[: OFFERED + 1])
        left = [OfferedCode(code, count, code in self.codes) for code, count in found if code not in done]
        return left if len(found) <= OFFERED else []

    def page(self, number: int | str) -> "Page[Change]":
        """One page of the rows that are taken back; the last one past the end."""
        counts = {inverse.name: 0 for inverse in self.inverses}
        for name, what, count, _total in self._figures:
            counts[name] += 0 if what == "conflict" else count
        parts = [(inverse.standing().order_by("id"), counts[inverse.name]) for inverse in self.inverses]
        paginator: Any = Paginator(Chained([(_named(rows), count) for rows, count in parts]), PAGE)  # type: ignore[arg-type]
        return paginator.get_page(number)  # type: ignore[no-any-return]

    def conflicts(self) -> list[UndoLine]:
        """The first rows that something else has touched since."""
        found: list[Change] = []
        for inverse in self.inverses:
            if len(found) < CONFLICTS:
                found += _named(inverse.conflicts().order_by("id"))[: CONFLICTS - len(found)]
        return undo_lines(found)


def _named(rows: QuerySet[Change]) -> QuerySet[Change]:
    return rows.select_related("scope__phase")


def undo_lines(changes: Iterable[Any]) -> list[UndoLine]:
    """Word these changes as they would be taken back, in a constant number of queries."""
    changes = list(changes)
    people = name_people({change.person for change in changes})
    scopes = name_scopes((change.scope.phase.relation, change.scope.ref) for change in changes)
    return [
        _line(change, people.get(change.person), scopes.get((change.scope.phase.relation, change.scope.ref)))
        for change in changes
    ]


def _line(change: Any, person: Named | None, scope: Named | None) -> UndoLine:
    words = relation_words(change.scope.phase.relation)
    back = getattr(change, "back", "")
    # A conflict is told by what the run had left and what is there now; anything else by what is there and what comes back.
    before, after = (change.after, change.first) if back else (change.after, change.now)
    told = Change(action=Change.Action.ALTERATION, before=before, after=after)
    return UndoLine(
        person=person or Named(change.person),
        username=change.person,
        scope=scope or Named(change.scope.code),
        code=change.scope.code,
        relation=str(words.label),
        item=change.item,
        action=undo_badge(back),
        facts=fact_lines(told, words),
        is_alteration=back not in (Change.Action.ARRIVAL, Change.Action.DEPARTURE),
    )


def undo_badge(back: str) -> Badge:
    """What becomes of a row."""
    match back:
        case Change.Action.ARRIVAL:
            return Badge("accent", _("Comes back"), "plus-lg")
        case Change.Action.DEPARTURE:
            return Badge("quiet", _("Leaves again"), "dash-lg")
        case Change.Action.ALTERATION:
            return Badge("quiet", _("As before"), "pencil")
    return Badge("wait", _("Changed since"), "exclamation-triangle")
