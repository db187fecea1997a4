"""Courses that follow cohorts at once: what a hand, a file or an undo has changed in a cohort is brought to them by a run.

The run is in the database before a worker is woken, so that nothing is lost with the broker. One for the same cohorts that
waits already does for both.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from cohorts.models import Cohort
from courses.methods.registry import SYNCED_KINDS
from courses.models import Course, Method
from courses.setup.followers import FollowingEnrolments, FollowingGroups, LastPlaces, register_for
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation
from enrolhub.sync.start import wake_worker

KIND = "follow"
#: Names of cohorts that a run keeps for its own.
NAMED = 3


def follow_cohorts(cohort_ids: Collection[int], **_signal: Any) -> Run | None:
    """Have the courses that synchronise these cohorts follow them; None when there are none, or a run waits that will."""
    followed = Cohort.objects.filter(pk__in=cohort_ids, used_by_methods__kind=Method.Kind.COHORT_SYNC).distinct()
    cohorts = list(followed.order_by("code"))
    if not cohorts:
        return None
    run = _request([cohort.pk for cohort in cohorts], [cohort.name or cohort.code for cohort in cohorts])
    if run:
        wake_worker(run)
    return run


def _request(cohort_ids: Sequence[int], names: Sequence[str]) -> Run | None:
    """A waiting run. While one runs, which may have read the cohorts before, another one waits behind it."""
    lane = f"{KIND}:{hashlib.sha256(repr(cohort_ids).encode()).hexdigest()[:40]}"
    options = {"cohort_ids": list(cohort_ids), "names": list(names[:NAMED]), "cohort_count": len(cohort_ids)}
    for each in (lane, f"{lane}:next"):
        if Run.objects.filter(lane=each, state=Run.State.WAITING, dry_run=False).exists():
            return None
        try:
            with transaction.atomic():
                return Run.objects.create(kind=KIND, lane=each, options=options)
        except IntegrityError:
            continue
    return None


class FollowChain:
    """The chain of such a run: who the cohorts enrol, then whom their courses pass on by meta-course links."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def methods(self) -> QuerySet[Method]:
        return Method.objects.filter(
            kind=Method.Kind.COHORT_SYNC, source_cohort__in=self.run.options["cohort_ids"]
        ).order_by()

    def links(self) -> QuerySet[Method]:
        sources = self.methods().values("course")
        return Method.objects.filter(kind=Method.Kind.META_LINK, source_course__in=sources).order_by()

    def open(self, lease: Lease) -> Sequence[Relation]:
        touched = {*self.methods().values_list("course", flat=True), *self.links().values_list("course", flat=True)}
        courses = list(Course.objects.filter(pk__in=touched).order_by("pk"))
        register, _proves = register_for(self.run.pk, courses)
        # Who was taken out of a cohort by hand has left it, whatever either register can prove.
        register = replace(register, proving=frozenset())
        by_kind = {"cohort_sync": self.methods(), "meta_link": self.links()}
        relations: list[Relation] = []
        for kind in SYNCED_KINDS:
            name = str(kind.kind.value)
            ids = list(by_kind[name].values_list("pk", flat=True)) if name in by_kind else []
            if ids:
                relations.append(FollowingEnrolments(kind, register, ids, may_leave=True))
                relations.append(FollowingGroups(name, register, ids, makes_groups=False))
        return [*relations, LastPlaces(self.run.pk, [course.pk for course in courses])]

    def close(self, lease: Lease) -> None:
        """Cohorts kept by hand have no hour of refresh."""


def name_follow_run(run: Run) -> str:
    """« Suivi de cohortes : Tuteurs L2 pharma »."""
    names = run.options.get("names", [])
    more = ", …" if run.options.get("cohort_count", 0) > len(names) else ""
    return gettext("Cohorts followed: %(names)s") % {"names": ", ".join(names) + more}
