"""The enrolments of one person of the list, in full: what each gives, since when, and by which run or by whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.models import Enrolment, Exclusion, GroupMember
from courses.participants.queries import Scope
from courses.participants.rows import Row, Seat
from courses.participants.vocabulary import Vocabulary
from enrolhub.sync.models import Run
from enrolhub.sync.wording import run_name


@dataclass(frozen=True)
class Origin:
    """What made an enrolment: a run, a person, both, or nothing that is still known."""

    run: Run | None
    run_name: str
    author: str


@dataclass(frozen=True)
class SeatDetails:
    """One enrolment, and the names of the groups that its method gave."""

    seat: Seat
    enrolment: Enrolment
    groups: Sequence[str]
    origin: Origin

    @property
    def suspension(self) -> str:
        """Whose hand suspended it, in words; empty when nobody did."""
        return str(self.enrolment.get_suspended_by_display()) if self.enrolment.suspended_by else ""


@dataclass(frozen=True)
class ExclusionDetails:
    """A synced method that does not bring the person back."""

    method: str
    reason: str
    author: str
    since: datetime


@dataclass(frozen=True)
class Details:
    """``hand_groups`` are the names of the groups that were given by hand."""

    seats: Sequence[SeatDetails]
    hand_groups: Sequence[str]
    exclusions: Sequence[ExclusionDetails]


def details_of(scope: Scope, row: Row) -> Details:
    """Read the details of a row's person: three queries, whatever they have."""
    words = scope.vocabulary
    enrolments = Enrolment.objects.filter(person=row.person, method_id__in=words.method_ids)
    by_method = {each.method_id: each for each in enrolments.select_related("created_by", "created_run__author")}
    groups = _groups_by_method(words, row)
    seats = [
        SeatDetails(seat, by_method[pk], groups[pk], _origin(by_method[pk]))
        for seat in row.seats
        if (pk := seat.method.pk) in by_method
    ]
    return Details(seats, groups[None], _exclusions(words, row))


def _origin(enrolment: Enrolment) -> Origin:
    run, author = enrolment.created_run, enrolment.created_by
    if run is not None and author is None and run.scheduled_on is None:
        author = run.author
    return Origin(run, run_name(run) if run else "", str(author) if author else "")


def _groups_by_method(words: Vocabulary, row: Row) -> dict[int | None, list[str]]:
    """Names of the person's groups by the id of the method that gave each; under None those given by hand."""
    members = GroupMember.objects.filter(person=row.person, group_id__in=words.group_ids)
    given = set(members.values_list("group_id", "method_id"))
    names: dict[int | None, list[str]] = defaultdict(list)
    for group in words.groups.values():
        for group_id, method_id in given:
            if group_id == group.pk:
                names[method_id].append(group.name)
    return names


def _exclusions(words: Vocabulary, row: Row) -> list[ExclusionDetails]:
    rows = Exclusion.objects.filter(person=row.person, method_id__in=words.method_ids).select_related("created_by")
    return [
        ExclusionDetails(words.method_labels[each.method_id], each.reason, str(each.created_by or ""), each.created_at)
        for each in rows.order_by("created_at", "pk")
    ]
