"""What can be wrong with a file or one of its rows: a code to count and store by, a reason and a remedy to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of problem. `reason` and `remedy` may name parameters, `%(name)s`."""

    code: str
    reason: Promise | str
    remedy: Promise | str


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause with its parameters, worded in the reader's language when it is shown."""

    cause: Cause
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(self.cause.reason) % self.params

    @property
    def remedy(self) -> str:
        return str(self.cause.remedy) % self.params


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken: physical line (the first of the file is 1), column as the file names it, value, why."""

    line: int
    column: str
    value: str
    problem: Problem

    @property
    def place(self) -> str:
        """« Line 3, column “role”, value “admin” »; empty for the file as a whole, whose line is 0."""
        if not self.line:
            return ""
        place = _("Line %(line)s") % {"line": self.line}
        if not self.column:
            return place
        what = _("column “%(column)s”, value “%(value)s”") % {"column": self.column, "value": shorten(self.value)}
        return f"{place}, {what}"

    def __str__(self) -> str:
        words = {"place": self.place, "reason": self.problem.reason, "remedy": self.problem.remedy}
        if not words["place"]:
            return f"{words['reason']} {words['remedy']}".strip()
        return (_("%(place)s: %(reason)s %(remedy)s") % words).strip()


class Remark(Rejection):
    """Something that a reader should know of a row that was taken all the same, or of the file as a whole (line 0)."""

    __slots__ = ()


class FileRefused(Exception):
    """The whole file is refused and nothing of it is used; `str` says where, why and what to do."""

    def __init__(self, cause: Cause, **params: Any) -> None:
        super().__init__(cause.code)
        self.problem = Problem(cause, params)

    def __str__(self) -> str:
        return f"{self.problem.reason} {self.problem.remedy}"


class ValueRefused(Exception):
    """A cell whose value cannot be taken; the reader of the row adds line and column."""

    def __init__(self, cause: Cause, **params: Any) -> None:
        super().__init__(cause.code)
        self.problem = Problem(cause, params)


def shorten(value: str, limit: int = 60) -> str:
    """A value as a message may quote it: what cannot be seen is spelled out, and at most `limit` characters are kept."""
    visible = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in value[:limit])
    return visible if len(value) <= limit else f"{visible}…"
