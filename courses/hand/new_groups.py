"""A group that a run by hand makes before it puts people into it; taking the run back takes the group away, if nobody else is in it."""

from collections.abc import Iterable

from courses.hand.proposal import NEW_GROUPS, AskedOf, Part
from courses.models import Group


def is_new(group: Group) -> bool:
    """Whether the group is not saved yet: a preview speaks of it, the run makes it."""
    return group.pk is None


def making(group: Group) -> Iterable[Part]:
    """The part that makes the group; none when it is there already."""
    if not is_new(group):
        return []
    row = AskedOf(NEW_GROUPS, group.course_id, 0, group.code, before="", facts=group.name, username="")
    return [Part(fixed=[row])]
