"""Whom one could add to a cohort, as one types."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cohorts.found import found_by
from cohorts.models import Cohort, CohortMember, Person
from cohorts.queries import search_people


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
    found, message = found_by(text, lambda: search_people(text, Person.objects.exclude(pk__in=but)))
    ids = [each.pk for each in found]
    members = set(CohortMember.objects.filter(cohort=cohort, person__in=ids).values_list("person_id", flat=True))
    return FoundPeople([Match(each, each.pk in members) for each in found], message)
