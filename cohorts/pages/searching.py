"""Whom one could add to a cohort, as one types."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Cohort, CohortMember, Person
from cohorts.queries import SHOWN_AT_MOST, SearchRefused, search_people
from enrolhub.web.folding import fold

#: Fewer letters find half of the university.
SHORTEST_SEARCH = 2


@dataclass(frozen=True)
class Match:
    """Somebody found, and whether they are in the cohort already."""

    person: Person
    is_member: bool


@dataclass(frozen=True)
class FoundPeople:
    """What a search found; ``message`` says why there is nothing, or that there is more."""

    matches: Sequence[Match]
    message: str


def people_found(cohort: Cohort, text: str, but: Collection[int] = ()) -> FoundPeople:
    """The best matches among everybody whom the directory knows, ``but`` those chosen already."""
    letters = len(fold(text))
    if letters < SHORTEST_SEARCH:
        return FoundPeople((), _("Type at least two characters.") if letters else "")
    try:
        found = search_people(text, Person.objects.exclude(pk__in=but))
    except SearchRefused as refused:
        return FoundPeople((), str(refused))
    ids = [each.pk for each in found]
    members = set(CohortMember.objects.filter(cohort=cohort, person__in=ids).values_list("person_id", flat=True))
    return FoundPeople([Match(each, each.pk in members) for each in found], words_for(text, len(found)))


def words_for(text: str, count: int) -> str:
    """What is to be said of so many found."""
    if not count:
        return _("Nothing is found by “%(text)s”.") % {"text": text.strip()}
    if count == SHOWN_AT_MOST:
        return _("The first %(number)d are shown. Type more to find others.") % {"number": SHOWN_AT_MOST}
    return ngettext("%(number)d found", "%(number)d found", count) % {"number": count}
