"""What SupAnn writes inside the values of a directory: labels, composites, states of accounts. Pure functions of texts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LABELLED = re.compile(r"\{([^{}]*)\}(.*)", re.DOTALL)
PART = re.compile(r"\[([^\[\]=]*)=([^\]]*)\]")
#: « {COMPTE}A SupannActif », « {COMPTE}A:SupannActif:20260901:20271031 »; blank or colon, any part may be missing.
ACCOUNT = re.compile(r"\{COMPTE\}\s*([AIS])(?:[ :]([^:]*))?(?::(\d{8})?)?(?::(\d{8})?)?\s*$", re.IGNORECASE)
LETTER = re.compile(r"\{COMPTE\}\s*([AIS])", re.IGNORECASE)
STATES = {"A": "active", "I": "inactive", "S": "suspended"}


def strip_label(value: str) -> tuple[str, str]:
    """The label and the rest of ``{LABEL}value``; no label at all is the empty one."""
    match = LABELLED.fullmatch(value.strip())
    return (match.group(1), match.group(2).strip()) if match else ("", value.strip())


def split_composite(value: str) -> Mapping[str, str]:
    """The parts of ``[key=value][key=value]…`` by key in lower case, whatever their order; unknown keys come along."""
    return {key.strip().lower(): part.strip() for key, part in PART.findall(value)}


@dataclass(frozen=True)
class ProgrammeFormat:
    """How a site writes an étape: ``prefix`` before the code, and whether a version follows the last ``separator``."""

    prefix: str = ""
    separator: str = "-"
    has_version: bool = True

    def read(self, value: str) -> tuple[str, str]:
        """Code and version of an étape (empty when the site writes none). Raises ValueError for another shape."""
        code = strip_label(value)[1].removeprefix(self.prefix)
        if not self.has_version:
            return code, ""
        programme, separator, version = code.rpartition(self.separator)
        if not separator or not programme or not version:
            raise ValueError(value)
        return programme, version


def account_state(values: Iterable[str], today: date | None = None, grace: timedelta = timedelta(0)) -> str:
    """``active``, ``inactive`` or ``suspended``: the ``{COMPTE}`` resource; a directory that says nothing of it means active.

    A dated state has ended once its last day and the ``grace`` are over on ``today``; without ``today`` no date is looked at.
    """
    for value in values:
        letter = LETTER.match(value.strip())
        if letter:
            dated = ACCOUNT.match(value.strip())
            ended = bool(today and dated and dated.group(4) and _is_over(dated.group(4), today - grace))
            return "inactive" if ended else STATES[letter.group(1).upper()]
    return "active"


def _is_over(end: str, today: date) -> bool:
    try:
        return date(int(end[:4]), int(end[4:6]), int(end[6:])) < today
    except ValueError:
        return False
