"""The rows of a run's ledger as people read them: who, where, what was and what is, why, and whether it took effect."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change, Run
from enrolhub.sync.states import Badge
from enrolhub.sync.wording import Named, RelationWords, name_people, name_scopes, relation_words, say_reason


@dataclass(frozen=True)
class FactLine:
    """One fact of a row before and after; both are the same when it did not change, empty where there was no row."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class LedgerLine:
    """One change in words."""

    person: Named
    username: str
    item: str
    relation: str
    scope: Named
    code: str
    action: Badge
    facts: list[FactLine]
    reason: str
    source: str
    effect: Badge


def ledger_url(run: Run, **filters: str | Sequence[str]) -> str:
    """The address of the run's ledger, filtered."""
    address = reverse("sync:changes", args=[run.pk])
    return f"{address}?{urlencode(filters, doseq=True)}" if filters else address


def ledger_lines(changes: Iterable[Change]) -> list[LedgerLine]:
    """Word the changes of one page (``queries.changes_of``), in a constant number of queries."""
    changes = list(changes)
    people = name_people({change.person for change in changes})
    scopes = name_scopes((change.scope.phase.relation, change.scope.ref) for change in changes)
    return [_line(change, people.get(change.person), scopes.get(_scope_key(change))) for change in changes]


def _scope_key(change: Change) -> tuple[str, int]:
    return change.scope.phase.relation, change.scope.ref


def _line(change: Change, person: Named | None, scope: Named | None) -> LedgerLine:
    words = relation_words(change.scope.phase.relation)
    return LedgerLine(
        person=person or Named(change.person),
        username=change.person,
        item=change.item,
        relation=str(words.label),
        scope=scope or Named(change.scope.code),
        code=change.scope.code,
        action=action_badge(change.action),
        facts=fact_lines(change, words),
        reason=say_reason(change.reason),
        source=change.source,
        effect=effect_badge(getattr(change, "effect", "")),
    )


def fact_lines(change: Change, words: RelationWords) -> list[FactLine]:
    """The facts worth reading: those that changed of an alteration, those that say something of an arrival or departure."""
    names = [name for name, _label in words.facts]
    before, after = split_facts(change.before, names), split_facts(change.after, names)
    lines = []
    for name, label in words.facts:
        was, became = before.get(name, ""), after.get(name, "")
        if (was != became) if before and after else (was or became):
            lines.append(FactLine(str(label), words.say_fact(name, was), words.say_fact(name, became)))
    return lines


def action_badge(action: str) -> Badge:
    match action:
        case Change.Action.ARRIVAL:
            return Badge("accent", _("Arrival"), "plus-lg")
        case Change.Action.DEPARTURE:
            return Badge("quiet", _("Departure"), "dash-lg")
    return Badge("quiet", _("Alteration"), "pencil")


def effect_badge(effect: str) -> Badge:
    """Whether a change took effect: applied, held, or only planned."""
    match effect:
        case "applied":
            return Badge("ok", _("Applied"), "check-circle-fill")
        case "held":
            return Badge("wait", _("Departure held"), "hourglass-split")
    return Badge("quiet", _("Not applied"), "circle")
