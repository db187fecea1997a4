"""What the page shows above the list: one-click counts, criteria with their chips, initials, and refused values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from django.utils.translation import gettext as _

from courses.participants.address import Address
from courses.participants.conditions import ANY, FILTERS, NEVER, NO_GROUP, NONE, Condition, Conditions
from courses.participants.counts import Counts
from courses.participants.statuses import STATUSES
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import (
    CRITERIA,
    INACTIVE_MATCHES,
    JOINING_WORDS,
    JOINS,
    KIND_LABELS,
    MATCHES,
    criterion_label,
    span_label,
    value_label,
)
from enrolhub.web.list_page import Problem

SPANS = (NEVER, "7d", "2w", "1m", "3m", "6m")


@dataclass(frozen=True)
class Option:
    """One choice of a select or one value of a criterion; ``remove_url`` is the address without it."""

    value: str
    label: str
    current: bool = False
    remove_url: str = ""


@dataclass(frozen=True)
class Criterion:
    """One line of the filter: its matches, the values it has, the values it could still have."""

    name: str
    label: str
    joined: str
    matches: Sequence[Option]
    values: Sequence[Option]
    more: Sequence[Option]
    remove_url: str
    summary: str


@dataclass(frozen=True)
class Choice:
    """A one-click count of ``pieces/counts.html``."""

    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True)
class Letter:
    """A letter of the initials bar; without an address nobody's name begins with it."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Panel:
    """Everything above the list. ``keyword`` fills the search field when there is one keyword only."""

    keyword: str
    joins: Sequence[Option]
    criteria: Sequence[Criterion]
    addable: Sequence[Option]
    kept: Sequence[tuple[str, str]]
    clear_url: str
    initials: Sequence[tuple[str, str, Sequence[Letter]]]
    problems: Sequence[Problem]


def role_choices(words: Vocabulary, conditions: Conditions, address: Address, counts: Counts) -> list[Choice]:
    """« Tous 1 287 · Étudiant 1 246 · … »: roles that somebody has, in the order of the roles."""
    rest = address.without("role", "role_match")
    chosen = _only_value(conditions, "role")
    choices = [Choice(_("All"), counts.everyone, str(rest), conditions.get("role") is None)]
    for name, label in words.role_labels.items():
        if counts.by_role.get(name) or name == chosen:
            choices.append(Choice(label, counts.by_role.get(name, 0), str(rest.having("role", name)), name == chosen))
    return choices


def status_choices(words: Vocabulary, conditions: Conditions, address: Address, counts: Counts) -> list[Choice]:
    """« Actif 1 219 · Suspendu 31 · … »; a second click on the current one takes it away."""
    rest = address.without("status", "status_match")
    chosen = _only_value(conditions, "status")
    return [
        Choice(
            value_label("status", status, words),
            counts.by_status.get(status, 0),
            str(rest if status == chosen else rest.having("status", status)),
            status == chosen,
        )
        for status in STATUSES
        if counts.by_status.get(status) or status == chosen
    ]


def panel_of(
    words: Vocabulary, conditions: Conditions, address: Address, letters: tuple[set[str], set[str]], added: str
) -> Panel:
    """The filter panel; ``added`` is the criterion whose empty line was asked for."""
    keywords = [value for name, value in address.pairs if name == "q"]
    single = len(keywords) <= 1 and not any(name == "q_match" for name, _value in address.pairs)
    names = [name for name in FILTERS if _is_shown(name, address, added) and not (name == "q" and single)]
    criteria = [_criterion(name, words, conditions, address, not_first=bool(place)) for place, name in enumerate(names)]
    own = ("match", *names, *(f"{name}_match" for name in names), *(["q"] if single else []))
    return Panel(
        keyword=keywords[0] if single and keywords else "",
        joins=[Option(value, str(label), value == conditions.join) for value, label in JOINS.items()],
        criteria=criteria,
        addable=[
            Option(name, str(CRITERIA[name]), remove_url=f"{address}&add={name}")
            for name in FILTERS
            if name not in names and name != "q"
        ],
        kept=address.except_for(*own),
        clear_url=str(Address(tuple(address.except_for("match", "first", "last", *_parameters(FILTERS))))),
        initials=[
            ("first", str(CRITERIA["first"]), _letters("first", conditions.first, letters[0], address)),
            ("last", str(CRITERIA["last"]), _letters("last", conditions.last, letters[1], address)),
        ],
        problems=problems_of(conditions, address),
    )


def problems_of(conditions: Conditions, address: Address) -> list[Problem]:
    """What the address asks for that does not exist, each with the address that no longer asks for it."""
    problems = []
    for complaint in conditions.complaints:
        words = {"name": criterion_label(complaint.parameter), "value": complaint.value, "reason": complaint.message}
        message = _("%(name)s “%(value)s” (%(parameter)s): %(reason)s.") % {**words, "parameter": complaint.parameter}
        less = address.less(complaint.parameter, complaint.value)
        remove_url = str(less if less != address else address.without(complaint.parameter))
        problems.append(Problem(complaint.parameter, message, remove_url))
    return problems


def _parameters(names: Iterable[str]) -> list[str]:
    return [parameter for name in names for parameter in (name, f"{name}_match")]


def _is_shown(name: str, address: Address, added: str) -> bool:
    return name == added or any(parameter == name for parameter, _value in address.pairs)


def _only_value(conditions: Conditions, name: str) -> str:
    criterion = conditions.get(name)
    alone = criterion is not None and criterion.match == ANY and len(criterion.values) == 1
    return criterion.values[0] if criterion is not None and alone else ""


def _criterion(name: str, words: Vocabulary, conditions: Conditions, address: Address, *, not_first: bool) -> Criterion:
    given = list(dict.fromkeys(value for parameter, value in address.pairs if parameter == name))
    criterion = conditions.get(name) or Condition(name, tuple(given))
    labels = INACTIVE_MATCHES if name == "inactive" else MATCHES
    values = [
        Option(value, value_label(name, value, words), current=True, remove_url=str(address.less(name, value)))
        for value in given
    ]
    return Criterion(
        name=name,
        label=str(CRITERIA[name]),
        joined=str(JOINING_WORDS[conditions.join]) if not_first and conditions.join in JOINING_WORDS else "",
        matches=[Option(match, str(label), match == criterion.match) for match, label in labels.items()],
        values=values,
        more=_options(name, words, given),
        remove_url=str(address.without(name, f"{name}_match")),
        summary=_summary(criterion, values),
    )


def _summary(criterion: Condition, values: Sequence[Option]) -> str:
    """A whole criterion as one chip: « Sauf statut : Terminé, +1 »."""
    if not values:
        return str(CRITERIA[criterion.name])
    more = f", +{len(values) - 1}" if len(values) > 1 else ""
    pattern = _("Except %(name)s: %(value)s%(more)s") if criterion.match == NONE else _("%(name)s: %(value)s%(more)s")
    name = str(CRITERIA[criterion.name])
    shown = name.lower() if criterion.match == NONE else name
    return pattern % {"name": shown, "value": values[0].label, "more": more}


def _options(name: str, words: Vocabulary, given: Sequence[str]) -> list[Option]:
    """The values that a criterion may take; those of a single choice say which one it has."""
    if name == "inactive":
        spans = [*SPANS, *(value for value in given if value not in SPANS)]
        return [Option(value, span_label(value), value in given) for value in spans]
    known: dict[str, Any] = {
        "role": words.role_labels,
        "group": {NO_GROUP: _("No group"), **{code: group.name for code, group in words.groups.items()}},
        "method": _methods(words),
        "status": {status: value_label("status", status, words) for status in STATUSES},
    }.get(name, {})
    return [Option(value, label) for value, label in known.items() if value not in given]


def _methods(words: Vocabulary) -> dict[str, str]:
    """Kinds of which the course has a method, then the methods by their own names where they have one."""
    kinds = {kind: str(label) for kind, label in KIND_LABELS.items() if words.methods_called(kind)}
    return {**kinds, **{pk: method.name for pk, method in words.methods.items() if method.name}}


def _letters(name: str, current: str, present: set[str], address: Address) -> list[Letter]:
    rest = str(address.without(name))
    glue = "" if rest == "?" else "&"
    letters = [Letter(_("All"), rest, not current)]
    for letter in (*ascii_lowercase, "#"):
        written = "%23" if letter == "#" else letter.upper()
        url = f"{rest}{glue}{name}={written}" if letter in present or letter == current else ""
        letters.append(Letter(letter.upper(), url, letter == current))
    return letters
