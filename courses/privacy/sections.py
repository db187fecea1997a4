"""One part of what is kept about somebody: what it is, where it comes from, until when it is kept, and its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrolhub.web.dates import moment
from enrolhub.web.trail.wording import Words

#: Rows that a page shows of a part; the file has all of them.
SHOWN = 100
YES_NO = {True: gettext_lazy("yes"), False: gettext_lazy("no")}


@dataclass(frozen=True)
class Section:
    """``columns`` are what each value of a row is called, by the name that machines know it by."""

    code: str
    title: str
    source: str
    kept: str
    columns: Mapping[str, Words]
    rows: Sequence[Sequence[Any]]

    @property
    def headings(self) -> list[str]:
        return [str(label) for label in self.columns.values()]

    @property
    def shown(self) -> list[list[tuple[str, str]]]:
        """The first rows as people read them, each value with its heading."""
        now = timezone.now()
        return [
            [(heading, say(value, now)) for heading, value in zip(self.headings, row, strict=True)]
            for row in self.rows[:SHOWN]
        ]

    @property
    def hidden_count(self) -> int:
        """How many rows only the file has."""
        return max(len(self.rows) - SHOWN, 0)

    def as_json(self) -> dict[str, Any]:
        """The part as machines read it: every row, times in ISO 8601."""
        rows = [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]
        return {"section": self.code, "title": self.title, "source": self.source, "kept": self.kept, "rows": rows}


def say(value: Any, now: datetime) -> str:
    """A value in words; nothing is a dash."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return str(YES_NO[value])
    return moment(value, now) if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int) else str(value)


def kept_days(setting: str) -> str:
    """« 400 days », by the setting."""
    days: int = getattr(settings, setting)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def kept_while_here() -> str:
    """How long somebody's own rows are kept."""
    return _("as long as the person is here; made nobody’s %(days)s after they have left, at the earliest") % {
        "days": kept_days("RETENTION_PEOPLE_DAYS")
    }


def from_directory() -> str:
    return _("the directory of the university, each night")


def from_apogee() -> str:
    return _("APOGÉE, each night")


def from_here() -> str:
    return _("made here")
