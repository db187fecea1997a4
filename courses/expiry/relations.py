"""Enrolments whose end is reached, told to the engine: they stay, are suspended or go, as their method says."""

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from cohorts.relations import YES
from courses.group_relations import ONE, GroupMembers, HandGroupMembers
from courses.methods.expressions import EMPTY, NO_LINE, full_facts
from courses.models import Enrolment, GroupMember, Method
from courses.models.platform import DeparturePolicy
from courses.relations import EnrolmentRows
from enrolhub.sync.facts import JoinedFacts, TimeText
from enrolhub.sync.models import Change, Run
from enrolhub.sync.relation import Reasons
from enrolhub.sync.undone import Codes, is_undone, undone_codes

#: Kind of the runs that apply what methods say of the end.
KIND = "expiry"
#: The kinds of method whose enrolments end by themselves: a source says when the others do.
ENDING = (str(Method.Kind.MANUAL.value), str(Method.Kind.SELF.value))


WITHDRAWS = Q(method__expiry_policy=DeparturePolicy.WITHDRAW)
SUSPENDS = Q(method__expiry_policy=DeparturePolicy.SUSPEND, suspended_by="")


def has_ended(at: datetime) -> Q:
    """What makes an enrolment one that ends by itself, and has."""
    return Q(method__kind__in=ENDING, ends_at__lte=at)


def expired(at: datetime) -> QuerySet[Enrolment]:
    """The enrolments that the instant ``at`` suspends or takes away: ended, and not yet as their method says.

    One that somebody took back from an earlier run stays as it is until its end is another one.
    """
    rows, taken_back = Enrolment.objects.filter(has_ended(at), WITHDRAWS | SUSPENDS), was_taken_back()
    return rows.annotate(said=full_facts()).exclude(taken_back) if taken_back else rows


def withdrawn(at: datetime) -> QuerySet[Enrolment]:
    """Those that go for good."""
    return expired(at).filter(WITHDRAWS)


def staying(at: datetime) -> QuerySet[Enrolment]:
    """Every other enrolment."""
    goes, taken_back = has_ended(at) & WITHDRAWS, was_taken_back()
    if taken_back:
        return Enrolment.objects.annotate(said=full_facts()).filter(~goes | taken_back)
    return Enrolment.objects.exclude(goes)


def was_taken_back() -> Q | None:
    """Whether an undo put the (outer) enrolment back as it is (``said``); None when nothing was."""
    undone = undone_expiries()
    if not undone:
        return None
    changes = Change.objects.filter(
        is_undone("scope__phase__run", "scope__code", list(undone.items())),
        scope__phase__relation=OuterRef("method__kind"),
        scope__ref=OuterRef("method"),
        member=OuterRef("person"),
        before=OuterRef("said"),
    )
    return Q(Exists(changes))


def undone_expiries() -> dict[int, Codes]:
    """What was taken back of runs of this kind."""
    undone = undone_codes()
    runs = Run.objects.filter(pk__in=list(undone), kind=KIND).values_list("pk", flat=True) if undone else ()
    return {run: undone[run] for run in runs}


def nobody_stays() -> QuerySet[Any, Any]:
    """No desired row: whatever is found current departs."""
    nobody = Enrolment.objects.filter(pk__lt=0)
    return nobody.values_list("method_id", "person_id", EMPTY, EMPTY, ONE, EMPTY, NO_LINE)


class ExpiredEnrolments(EnrolmentRows):
    """Enrolments of one kind that have reached their end. People gave the end and the policy: no guard judges them."""

    is_judged = False

    def __init__(self, kind: str, at: datetime) -> None:
        super().__init__(kind)
        self.at = at

    def methods(self) -> QuerySet[Method]:
        return Method.objects.filter(kind=self.name).exclude(expiry_policy=DeparturePolicy.KEEP)

    def desired(self) -> QuerySet[Any, Any]:
        return nobody_stays()

    def current(self) -> QuerySet[Any, Any]:
        facts, suspended = full_facts(), JoinedFacts(F("role__short_name"), Value("end"), *_dates())
        leaving = Case(
            When(method__expiry_policy=DeparturePolicy.SUSPEND, then=suspended), default=EMPTY, output_field=CharField()
        )
        rows = expired(self.at).filter(method__kind=self.name).order_by()
        return rows.values_list("method_id", "person_id", EMPTY, facts, facts, leaving)

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        """Only what still says what was planned: an enrolment renewed meanwhile stays."""
        same = Enrolment.objects.annotate(said=full_facts()).filter(method=OuterRef("scope__ref"))
        super().depart(changes.filter(Exists(same.filter(person=OuterRef("member"), said=OuterRef("before")))), at)

    def departure_reasons(self) -> Reasons:
        return [("ended", None)]


def _dates() -> tuple[TimeText, TimeText]:
    return TimeText(F("starts_at")), TimeText(F("ends_at"))


def _gone(at: datetime, **outer: str) -> QuerySet[Enrolment]:
    return withdrawn(at).filter(**{name: OuterRef(path) for name, path in outer.items()})


class ExpiredMethodGroups(GroupMembers):
    """Places that enrolments of one kind gave: they go with them."""

    def __init__(self, kind: str, at: datetime) -> None:
        super().__init__(kind)
        self.at = at

    def desired(self) -> QuerySet[Any, Any]:
        return nobody_stays()

    def current(self) -> QuerySet[Any, Any]:
        gone = _gone(self.at, method="method", person="person")
        rows = GroupMember.objects.filter(Exists(gone), method__kind=self.kind).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("enrolment_left", None)]


class ExpiredHandGroups(HandGroupMembers):
    """Places by hand of those who lose their last enrolment in the course."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def desired(self) -> QuerySet[Any, Any]:
        return nobody_stays()

    def memberships(self) -> QuerySet[GroupMember]:
        gone = _gone(self.at, method__course="group__course", person="person")
        others = staying(self.at).filter(method__course=OuterRef("group__course"), person=OuterRef("person"))
        return GroupMember.objects.filter(Exists(gone), ~Exists(others), method__isnull=True).order_by()
