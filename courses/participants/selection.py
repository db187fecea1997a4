"""Whom an action on the participant list is for: people ticked on its pages, or everyone whom a filter finds.

A form carries it as the fields ``person`` (ids, repeated), or ``everyone=1`` with the filter as ``query``. Whoever the viewer
may not see, or who has left the course meanwhile, is never among the people selected.
"""

from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from cohorts.models import Person
from courses.participants.conditions import Conditions, read_conditions
from courses.participants.lists import is_among
from courses.participants.queries import Scope, find_people

PERSON, EVERYONE, QUERY = "person", "everyone", "query"
LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


class SelectionRefused(ValueError):
    """What the form sent selects nobody that can be told; the message says why."""


@dataclass(frozen=True)
class Selection:
    """``ids`` of the people ticked; or, with ``everyone``, all those whom ``query`` finds (which may be empty: the whole course)."""

    ids: tuple[int, ...] = ()
    everyone: bool = False
    query: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """The selection as hidden fields of the next form."""
        if self.everyone:
            return [(EVERYONE, "1"), (QUERY, self.query)]
        return [(PERSON, str(pk)) for pk in self.ids]


def read_selection(data: QueryDict) -> Selection:
    """The selection that a form sent. Raises SelectionRefused where it names nobody, or what is no id."""
    if data.get(EVERYONE):
        return Selection(everyone=True, query=data.get(QUERY, "").removeprefix("?"))
    written = dict.fromkeys(data.getlist(PERSON))
    if not written:
        raise SelectionRefused(_("Nobody is selected. Tick at least one person."))
    if not all(map(is_id, written)):
        raise SelectionRefused(
            _("The selection names something that is no person. Go back to the list and select again.")
        )
    return Selection(tuple(int(each) for each in written))


def is_id(text: str) -> bool:
    """Whether a text can be the id of a person. Thousands of figures are not even read as a number."""
    return len(text) <= LONGEST_ID and text.isascii() and text.isdigit() and int(text) <= LARGEST_ID


def conditions_of_selection(scope: Scope, selection: Selection) -> Conditions:
    """The filter of a selection of everyone. Raises SelectionRefused when it asks for what does not exist."""
    try:
        conditions = read_conditions(QueryDict(selection.query), scope.vocabulary)
    except SuspiciousOperation:
        raise SelectionRefused(_("The filter has too many parameters.")) from None
    if conditions.complaints:
        first = conditions.complaints[0]
        words = {"parameter": first.parameter, "reason": first.message}
        raise SelectionRefused(_("The filter of the selection is wrong: %(parameter)s, %(reason)s.") % words)
    return conditions


def selected_people(scope: Scope, selection: Selection) -> QuerySet[Person]:
    """The people selected, each once, in no order; the filter is run again at the instant of ``scope``."""
    if selection.everyone:
        return find_people(scope, conditions_of_selection(scope, selection))
    return find_people(scope, Conditions()).filter(is_among("pk", selection.ids))
