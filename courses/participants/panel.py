"""What the page shows above the list: criteria with their chips, initials, and refused values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.participants.address import Address, address_of
from courses.participants.conditions import ANY, FILTERS, NEVER, NONE, Complaint, Condition, Conditions, read_conditions
from courses.participants.table import described_order
from courses.participants.typed import BY_NAME, MANY
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import (
    CRITERIA,
    INACTIVE_MATCHES,
    JOINING_WORDS,
    JOINS,
    MATCHES,
    TYPED,
    criterion_label,
    offered_values,
    span_label,
    value_label,
)
from enrolhub.web.list_page import Problem

LONGEST_SHOWN = 80  # characters of a value that is refused
TOLD = 10  # refused values, one by one
SPANS = (NEVER, "7d", "2w", "1m", "3m", "6m")


@dataclass(frozen=True)
class Option:
    """One choice of a select, of a menu, or one value of a criterion; ``url`` leads to the list with it, or without it."""

    value: str
    label: str
    current: bool = False
    url: str = ""


@dataclass(frozen=True)
class Criterion:
    """One line of the filter: its matches, the values it has, the values it could still have.

    ``field`` is the parameter that takes a new value. With ``suggests`` the values are too many for a menu: one types their
    names, and ``typed`` is what was typed and not understood. An ``is_new`` line has just been asked for.
    """

    name: str
    label: str
    joined: str
    matches: Sequence[Option]
    values: Sequence[Option]
    more: Sequence[Option]
    remove_url: str
    summary: str
    field: str
    suggests: bool
    typed: str
    is_new: bool


@dataclass(frozen=True)
class Asked:
    """What the address asks for, and what it says besides: names typed by parameter, criteria opened without a value."""

    words: Vocabulary
    conditions: Conditions
    address: Address
    typed: Mapping[str, str] = field(default_factory=dict)
    added: Sequence[str] = ()

    def shows(self, name: str) -> bool:
        """Whether a criterion has its line."""
        return name in self.added or f"{TYPED}{name}" in self.typed or self.address.has(name)


@dataclass(frozen=True)
class Letter:
    """A letter of the initials bar; without an address nobody's name begins with it."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Panel:
    """Everything above the list. ``keyword`` fills the search field, unless keywords have a line of their own.

    ``summaries`` are the criteria and initials in force, each as one chip.
    """

    keyword: str
    searches: bool
    joins: Sequence[Option]
    criteria: Sequence[Criterion]
    summaries: Sequence[Option]
    addable: Sequence[Option]
    kept: Sequence[tuple[str, str]]
    clear_url: str
    initials: Sequence[tuple[str, str, Sequence[Letter]]]
    problems: Sequence[Problem]


def panel_of(asked: Asked, letters: tuple[set[str], set[str]]) -> Panel:
    """The filter panel; ``letters`` are the initials that somebody's first name has, and somebody's last name."""
    address, conditions = asked.address, asked.conditions
    keywords = address.values("q")
    searches = len(keywords) <= 1 and not address.has("q_match") and "q" not in asked.added
    names = [name for name in FILTERS if asked.shows(name) and not (name == "q" and searches)]
    criteria = [_criterion(name, asked, not_first=bool(place)) for place, name in enumerate(names)]
    own = ("match", *_parameters(names), *(["q"] if searches else []))
    return Panel(
        keyword=keywords[0] if searches and keywords else "",
        searches=searches,
        joins=[Option(value, str(label), value == conditions.join) for value, label in JOINS.items()],
        criteria=criteria,
        summaries=[
            *(Option(each.name, each.summary, url=each.remove_url) for each in criteria),
            *_initials_chosen(asked),
        ],
        addable=[
            Option(name, str(CRITERIA[name]), url=address.adding(*asked.added, name))
            for name in FILTERS
            if name not in names
        ],
        kept=address.except_for(*own),
        clear_url=str(Address(tuple(address.except_for("match", "first", "last", *_parameters(FILTERS))))),
        initials=[
            ("first", str(CRITERIA["first"]), _letters("first", conditions.first, letters[0], address)),
            ("last", str(CRITERIA["last"]), _letters("last", conditions.last, letters[1], address)),
        ],
        problems=problems_of(conditions, address),
    )


def described(words: Vocabulary, query: QueryDict) -> list[str]:
    """What a filter and its order ask for, in a few words each; nothing of it that does not exist in the course."""
    conditions, address = read_conditions(query, words), address_of(query)
    panel = panel_of(Asked(words, conditions, address), (set(), set()))
    keyword = [_("Keyword: %(word)s") % {"word": panel.keyword}] if panel.keyword else []
    criteria = [option.label for option in panel.summaries]
    return [*keyword, *criteria, *(described_order(conditions.sort) if address.has("sort") else [])]


def problems_of(conditions: Conditions, address: Address) -> list[Problem]:
    """What the address asks for that does not exist, each with the address that no longer asks for it."""
    problems = [_problem(complaint, address) for complaint in conditions.complaints[:TOLD]]
    others = conditions.complaints[TOLD:]
    if others:
        count = {"count": len(others)}
        message = (
            ngettext("%(count)s more value is refused.", "%(count)s more values are refused.", len(others)) % count
        )
        remove_url = str(address.without(*(complaint.parameter for complaint in conditions.complaints)))
        problems.append(Problem("", message, remove_url))
    return problems


def _problem(complaint: Complaint, address: Address) -> Problem:
    value = Truncator(complaint.value).chars(LONGEST_SHOWN)
    words = {"name": criterion_label(complaint.parameter), "value": value, "reason": complaint.message}
    message = _("%(name)s “%(value)s” (%(parameter)s): %(reason)s.") % {**words, "parameter": complaint.parameter}
    less = address.less(complaint.parameter, complaint.value)
    return Problem(complaint.parameter, message, str(less if less != address else address.without(complaint.parameter)))


def _parameters(names: Iterable[str]) -> list[str]:
    return [parameter for name in names for parameter in (name, f"{name}_match")]


def _initials_chosen(asked: Asked) -> list[Option]:
    chosen = {"first": asked.conditions.first, "last": asked.conditions.last}
    return [
        Option(
            name,
            _("%(name)s: %(letter)s…") % {"name": CRITERIA[name], "letter": letter.upper()},
            url=str(asked.address.without(name)),
        )
        for name, letter in chosen.items()
        if letter
    ]


def _criterion(name: str, asked: Asked, *, not_first: bool) -> Criterion:
    address, conditions = asked.address, asked.conditions
    given = address.values(name)
    criterion = conditions.get(name) or Condition(name, tuple(given), address.value(f"{name}_match") or ANY)
    labels = INACTIVE_MATCHES if name == "inactive" else MATCHES
    values = [
        Option(value, value_label(name, value, asked.words), current=True, url=str(address.less(name, value)))
        for value in given
    ]
    more = _options(name, asked.words, given)
    suggests = name in BY_NAME and len(more) > MANY
    return Criterion(
        name=name,
        label=str(CRITERIA[name]),
        joined=str(JOINING_WORDS[conditions.join]) if not_first and conditions.join in JOINING_WORDS else "",
        matches=[Option(match, str(label), match == criterion.match) for match, label in labels.items()],
        values=values,
        more=more,
        remove_url=str(address.without(name, f"{name}_match")),
        summary=_summary(criterion, values),
        field=f"{TYPED}{name}" if suggests else name,
        suggests=suggests,
        typed=asked.typed.get(f"{TYPED}{name}", ""),
        is_new=not given and name == (asked.added or [""])[-1],
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
    return [Option(value, label) for value, label in offered_values(name, words).items() if value not in given]


def _letters(name: str, current: str, present: set[str], address: Address) -> list[Letter]:
    rest = str(address.without(name))
    glue = "" if rest == "?" else "&"
    letters = [Letter(_("All"), rest, not current)]
    for letter in (*ascii_lowercase, "#"):
        written = "%23" if letter == "#" else letter.upper()
        url = f"{rest}{glue}{name}={written}" if letter in present or letter == current else ""
        letters.append(Letter(letter.upper(), url, letter == current))
    return letters
