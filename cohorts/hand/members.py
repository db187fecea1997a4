"""The members that a hand adds to a cohort or takes out of it, told to the engine."""

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from cohorts.bulk.members import HandMembers
from cohorts.models import AskedRow
from enrolhub.sync.relation import Reasons


class AskedMembers(HandMembers):
    """Members of the cohort that a run by hand names, for the people it asks for and nobody else."""

    def departure_reasons(self) -> Reasons:
        return [("removed_from_cohort", None)]


def have_moved(asked: QuerySet[AskedRow]) -> bool:
    """Whether a membership that is asked for no longer says what whoever asked has seen."""
    members = AskedMembers(asked)
    said = Coalesce(members.facts_now("ref"), Value(""), output_field=CharField())
    rows = members.rows().annotate(now=said)
    return rows.exclude(Exact(F("now"), F("before"))).exists()
