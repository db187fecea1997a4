"""What a search as one types has found, and what is said about it."""

from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.queries import SHOWN_AT_MOST, SearchRefused
from enrolhub.web.folding import fold

Thing = TypeVar("Thing")
#: Fewer letters find half of the university.
SHORTEST_SEARCH = 2


def found_by(text: str, search: Callable[[], list[Thing]]) -> tuple[list[Thing], str]:
    """What the search gives, and why that is nothing, or that there is more."""
    letters = len(fold(text))
    if letters < SHORTEST_SEARCH:
        return [], _("Type at least two characters.") if letters else ""
    try:
        found = search()
    except SearchRefused as refused:
        return [], str(refused)
    if not found:
        return [], _("Nothing is found by “%(text)s”.") % {"text": text.strip()}
    if len(found) == SHOWN_AT_MOST:
        return found, _("The first %(number)d are shown. Type more to find others.") % {"number": SHOWN_AT_MOST}
    return found, ngettext("%(number)d found", "%(number)d found", len(found)) % {"number": len(found)}
