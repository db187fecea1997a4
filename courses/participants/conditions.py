"""From the query string of the address to typed conditions (PARTICIPANTS.md §2 and §3).

Whatever the address asks for that does not exist is a complaint that names its parameter; parameters of other
concerns are left alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.participants.statuses import STATUSES
from courses.participants.vocabulary import PUBLIC_KINDS, Vocabulary
from enrolhub.web.folding import fold

ANY, ALL, NONE = "any", "all", "none"
FILTERS = ("q", "role", "group", "method", "status", "inactive")
MATCHES = {name: (ANY, NONE) if name == "inactive" else (ANY, ALL, NONE) for name in FILTERS}
SINGLE = ("inactive", "match", "first", "last", *(f"{name}_match" for name in FILTERS))
SORT_KEYS = ("last_name", "first_name", "username", "id_number", "email", "roles", "groups", "last_access", "status")
DEFAULT_SORT = ("last_name", "first_name")
NEVER = "never"
NO_GROUP = "none"
LONGEST_SEARCH = 100  # different keywords and words of keywords; nobody types more, and SQLite could not take them
LONGEST_KEYWORD = 500  # characters, what the field takes; SQLite has no room for much longer patterns
DAYS_OF = {"d": 1, "w": 7, "m": 30}
INACTIVE = re.compile(r"([0-9]{1,6})([dwm])", re.ASCII)


@dataclass(frozen=True)
class Complaint:
    """One thing the address asks for that does not exist. ``message`` is worded in the language of whoever reads it."""

    parameter: str
    value: str
    message: str | Promise


@dataclass(frozen=True)
class Condition:
    """One criterion: ``values`` as the address wrote them, at least one, and how they are matched."""

    name: str
    values: tuple[str, ...]
    match: str = ANY


@dataclass(frozen=True)
class Conditions:
    """What the address asks for. ``criteria`` are joined by ``join``; the initials always narrow."""

    criteria: tuple[Condition, ...] = ()
    join: str = ALL
    first: str = ""
    last: str = ""
    sort: tuple[str, ...] = DEFAULT_SORT
    complaints: tuple[Complaint, ...] = field(default=(), compare=False)

    def get(self, name: str) -> Condition | None:
        """The criterion of that name, if the address has one."""
        return next((condition for condition in self.criteria if condition.name == name), None)

    @property
    def narrows(self) -> bool:
        """Whether anybody of the course could be left out."""
        return bool(self.criteria or self.first or self.last)


def read_conditions(query: QueryDict, vocabulary: Vocabulary) -> Conditions:
    """The conditions of a query string, with a complaint for each value that does not exist in this course."""
    asked = {name: [value for value in query.getlist(name) if value] for name in query}
    complaints = [*_unknown_matches(asked), *_repeated(asked)]
    asked = {name: values[:1] if name in SINGLE else list(dict.fromkeys(values)) for name, values in asked.items()}
    complaints += _bad_words(asked, vocabulary)
    criteria = [
        Condition(name, tuple(asked[name]), _one(asked, f"{name}_match", ANY)) for name in FILTERS if asked.get(name)
    ]
    return Conditions(
        criteria=tuple(condition for condition in criteria if condition.name != "q" or words_of(condition)),
        join=_one(asked, "match", ALL),
        first=fold(_one(asked, "first", "")),
        last=fold(_one(asked, "last", "")),
        sort=_sort_of(asked.get("sort", [])),
        complaints=tuple(complaints),
    )


def words_of(condition: Condition) -> list[list[str]]:
    """The folded words of each keyword of a ``q`` criterion; keywords of blanks only are left out."""
    return [words for words in (fold(keyword).split() for keyword in condition.values) if words]


def cutoff_of(value: str, now: datetime) -> datetime | None:
    """From when on an access is recent for ``<n>d``, ``<n>w`` or ``<n>m``; None for ``never``.

    Raises ValueError for anything else, and for a number of days that goes back before the calendar.
    """
    if value == NEVER:
        return None
    written = INACTIVE.fullmatch(value)
    if written is None:
        raise ValueError(value)
    try:
        return now - timedelta(days=int(written[1]) * DAYS_OF[written[2]])
    except OverflowError as error:
        raise ValueError(value) from error


def without(conditions: Conditions, name: str) -> Conditions:
    """The same conditions less one criterion."""
    return replace(conditions, criteria=tuple(each for each in conditions.criteria if each.name != name))


def _one(asked: dict[str, list[str]], name: str, default: str) -> str:
    return (asked.get(name) or [default])[0]


def _sort_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Each column once, as first asked: a second order of a column that is settled changes nothing."""
    columns: dict[str, str] = {}
    for key in keys:
        columns.setdefault(key.removeprefix("-"), key)
    return tuple(columns.values()) or DEFAULT_SORT


def _unknown_matches(asked: dict[str, list[str]]) -> list[Complaint]:
    unknown = [name for name in asked if name.endswith("_match") and name not in SINGLE]
    return [Complaint(name, " ".join(asked[name]), _("there is no such criterion")) for name in unknown]


def _repeated(asked: dict[str, list[str]]) -> list[Complaint]:
    repeated = [name for name in SINGLE if len(asked.get(name, [])) > 1]
    return [Complaint(name, ", ".join(asked[name]), _("only one value is possible")) for name in repeated]


def _bad_words(asked: dict[str, list[str]], vocabulary: Vocabulary) -> list[Complaint]:
    known = _known_values(vocabulary)
    complaints = []
    for name, values in known.items():
        unknown = [value for value in asked.get(name, []) if value not in values]
        complaints += [Complaint(name, value, _("there is no such value")) for value in unknown]
    complaints += _bad_keywords(asked.get("q", []))
    for name in ("first", "last"):
        complaints += [
            Complaint(name, value, _("a letter from A to Z, or #"))
            for value in asked.get(name, [])
            if not _initial(value)
        ]
    complaints += [
        Complaint("inactive", value, _("“never”, or a number followed by d, w or m"))
        for value in asked.get("inactive", [])
        if not _is_span(value)
    ]
    return complaints


def _known_values(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "role": vocabulary.roles,
        "group": {NO_GROUP, *vocabulary.groups},
        "method": {*PUBLIC_KINDS.values(), *vocabulary.methods},
        "status": STATUSES,
        "match": (ALL, ANY, NONE),
        "sort": {*SORT_KEYS, *(f"-{key}" for key in SORT_KEYS)},
        **{f"{name}_match": matches for name, matches in MATCHES.items()},
    }


def _bad_keywords(keywords: list[str]) -> list[Complaint]:
    if sum(len(fold(keyword).split()) for keyword in keywords) > LONGEST_SEARCH:
        return [Complaint("q", f"{keywords[0][:40]}…", _("too many words"))]
    long = [keyword for keyword in keywords if len(keyword) > LONGEST_KEYWORD]
    if long:
        reason = _("too long, at most %(limit)s characters") % {"limit": LONGEST_KEYWORD}
        return [Complaint("q", f"{long[0][:40]}…", reason)]
    unwritable = [keyword for keyword in keywords if not _is_writable(keyword)]
    return [Complaint("q", keyword[:40], _("this character cannot be searched")) for keyword in unwritable]


def _is_writable(text: str) -> bool:
    """Whether a database can be asked for it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _initial(value: str) -> bool:
    folded = fold(value)
    return folded == "#" or (len(folded) == 1 and "a" <= folded <= "z")


def _is_span(value: str) -> bool:
    try:
        cutoff_of(value, datetime.now().astimezone())
    except ValueError:
        return False
    return True
