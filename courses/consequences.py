"""What follows in courses when the departures that a run holds are approved, counted before anybody decides."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from cohorts.relations import CohortMembers
from courses.models import Enrolment, Method
from courses.models.platform import DeparturePolicy
from courses.relations import has_policy
from enrolhub.sync.consequences import Consequences, Follower
from enrolhub.sync.models import Change, Hold, Run, Scope

MEMBERS = CohortMembers.name
DATABASE, COHORT_SYNC = str(Method.Kind.DATABASE.value), str(Method.Kind.COHORT_SYNC.value)
META_LINK = str(Method.Kind.META_LINK.value)


class Waiting:
    """The departures of a run that wait for a decision."""

    def __init__(self, run: Run) -> None:
        self.scopes = Scope.objects.filter(phase__run=run, hold__state=Hold.State.WAITING)
        self.changes = Change.objects.filter(scope__in=self.scopes.order_by().values("pk"), action="D")

    def leaves(self, relation: str, ref: str, member: str) -> Exists:
        """Whether the (outer) row, keyed by these fields, is one of them."""
        rows = self.changes.filter(scope__phase__relation=relation, scope__ref=OuterRef(ref), member=OuterRef(member))
        return Exists(rows)

    def refs(self, *relations: str) -> QuerySet[Scope, Any]:
        return self.scopes.filter(phase__relation__in=relations).order_by().values("ref")

    def goes(self) -> Q:
        """Whether the (outer) enrolment goes: held itself, or by a cohort whose member is to leave."""
        by_itself = Q(self.leaves(DATABASE, "method_id", "person_id"))
        by_itself |= Q(self.leaves(COHORT_SYNC, "method_id", "person_id"))
        return by_itself | Q(self.leaves(MEMBERS, "method__source_cohort_id", "person_id"))


def consequences_of(run: Run) -> Consequences:
    """In three queries, four where courses are linked to one another."""
    waiting = Waiting(run)
    return Consequences(_followers(waiting), _links(waiting), _staying(waiting))


def _followers(waiting: Waiting) -> dict[tuple[str, int], list[Follower]]:
    """The courses that sync a cohort of which members are to leave, by cohort."""
    rows = Enrolment.objects.filter(method__kind=COHORT_SYNC, method__source_cohort__in=waiting.refs(MEMBERS))
    rows = rows.filter(waiting.leaves(MEMBERS, "method__source_cohort_id", "person_id"))
    rows = rows.filter(~waiting.leaves(COHORT_SYNC, "method_id", "person_id")).exclude(has_policy(DeparturePolicy.KEEP))
    keys = ("method__source_cohort_id", "method__course__code", "method__course__title")
    found: dict[tuple[str, int], list[Follower]] = {}
    for cohort, code, title, count in rows.order_by(*keys[:2]).values_list(*keys).annotate(count=Count("pk")):
        found.setdefault((MEMBERS, int(cohort or 0)), []).append(_follower(code, title, count))
    return found


def _links(waiting: Waiting) -> Sequence[Follower]:
    """The courses that follow a course in which nothing would be left of the person."""
    feeding = Method.objects.filter(
        Q(pk__in=waiting.refs(DATABASE, COHORT_SYNC)) | Q(source_cohort__in=waiting.refs(MEMBERS))
    )
    methods = Method.objects.filter(kind=META_LINK, source_course__methods__in=feeding).order_by().values("pk")
    there = Enrolment.objects.filter(method__course=OuterRef("method__source_course"), person=OuterRef("person"))
    there = there.exclude(method__kind=META_LINK)
    rows = Enrolment.objects.filter(
        Exists(there.filter(waiting.goes())),
        ~Exists(there.filter(~waiting.goes())),
        ~waiting.leaves(META_LINK, "method_id", "person_id"),
        method__in=methods,
    ).exclude(has_policy(DeparturePolicy.KEEP))
    keys = ("method__course__code", "method__course__title")
    counted = rows.order_by(keys[0]).values_list(*keys).annotate(count=Count("pk"))
    return [_follower(code, title, count) for code, title, count in counted]


def _staying(waiting: Waiting) -> int:
    """Of those whose enrolment is held, how many keep another one in the same course."""
    held = waiting.changes.filter(scope__phase__relation__in=(DATABASE, COHORT_SYNC, META_LINK))
    others = Enrolment.objects.filter(person=OuterRef("member"), method__course__methods=OuterRef("scope__ref"))
    return held.filter(Exists(others.exclude(method=OuterRef("scope__ref")))).count()


def _follower(code: str, title: str, count: int) -> Follower:
    return Follower(code, title, reverse("courses:participants", args=[code]), count)
