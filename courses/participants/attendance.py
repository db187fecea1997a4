"""Attendance sheets of a course: for each group, the names of those whom a filter finds, to be signed on paper."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from courses.models import GroupMember
from courses.participants.conditions import DEFAULT_SORT, NO_GROUP, NONE, Conditions
from courses.participants.queries import Scope, find_people, in_order
from courses.participants.vocabulary import GroupWord


class Attendee(NamedTuple):
    """Whoever signs: the name as lists write it, and the student or staff number."""

    name: str
    id_number: str


@dataclass(frozen=True)
class Sheet:
    """The people of one group in the order of their names; without a group, those who are in none."""

    group: GroupWord | None
    people: Sequence[Attendee]


def sheets_of(scope: Scope, conditions: Conditions) -> list[Sheet]:
    """A sheet for each group that the filter names, or else for each group that has somebody found, and for those in none.

    Whoever is in several groups is on the sheet of each. A group that the viewer may not see has none.
    """
    columns = ("pk", "last_name", "first_name", "username", "id_number")
    found = in_order(find_people(scope, conditions), scope, DEFAULT_SORT).values_list(*columns)
    groups = {group.pk: group for group in groups_offered(scope)}
    memberships = _memberships(scope)
    people: dict[int | None, list[Attendee]] = defaultdict(list)
    for pk, last_name, first_name, username, id_number in found:
        attendee = Attendee(f"{last_name} {first_name}".strip() or username, id_number)
        for group_id in memberships.get(pk, (None,)):
            people[group_id].append(attendee)
    sheets = [Sheet(group, people[pk]) for pk, group in groups.items()]
    if scope.seen_groups is None:
        sheets.append(Sheet(None, people[None]))
    named = groups_named(conditions)
    return [sheet for sheet in sheets if (code_of(sheet) in named if named else sheet.people)]


def groups_offered(scope: Scope) -> list[GroupWord]:
    """The groups of the course that the viewer may see, in alphabetical order."""
    seen = scope.seen_groups
    return [group for group in scope.vocabulary.groups.values() if seen is None or group.pk in seen]


def code_of(sheet: Sheet) -> str:
    """What a filter calls the group of a sheet."""
    return sheet.group.code if sheet.group else NO_GROUP


def groups_named(conditions: Conditions) -> Sequence[str]:
    """The groups that the filter asks for; one that keeps groups out names none."""
    criterion = conditions.get("group")
    if criterion is None or NONE in (criterion.match, conditions.join):
        return ()
    return criterion.values


def _memberships(scope: Scope) -> dict[int, Iterable[int]]:
    """The groups of each person, once each, whatever gave them."""
    groups: dict[int, dict[int, None]] = defaultdict(dict)
    members = GroupMember.objects.filter(group__course=scope.vocabulary.course).order_by()
    for person_id, group_id in members.values_list("person_id", "group_id"):
        groups[person_id][group_id] = None
    return dict(groups)
