"""What is made of a cell that is not quite what it should be, always told and never more than this."""

import unicodedata
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets.problems import Cause, Problem

BLANKS_REMOVED = Cause(
    "blanks_removed",
    _("Blanks or invisible characters at the beginning or at the end were left out."),
    "",
)
COMPOSED = Cause("composed", _("Accents written as signs of their own were joined with their letters."), "")
CAPITALS = Cause("capitals", _("The code was taken in capitals: %(code)s."), "")


def mending_of(cell: str, value: Any) -> Problem | None:
    """What a reader has changed of a cell to get its value, if that is worth a word; what choices stand for is not."""
    plain = cell.strip()
    taken = "|".join(value) if isinstance(value, tuple) else value
    if taken and isinstance(taken, str) and taken != plain:
        if taken == unicodedata.normalize("NFC", plain):
            return Problem(COMPOSED)
        if taken == plain.upper():
            return Problem(CAPITALS, {"code": taken})
    return Problem(BLANKS_REMOVED) if plain != cell else None
