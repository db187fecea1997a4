"""Deleting a group kept by hand: its members leave by a run, then the group goes; taking the run back makes it again."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from cohorts.relations import YES
from courses.deleted_groups import KIND
from courses.deletion import delete_empty_group
from courses.group_relations import ONE, GroupMembers, HandGroupMembers
from courses.methods.expressions import EMPTY, NO_LINE
from courses.models import Course, Group, GroupMember
from courses.rules import can_edit_participants
from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.lease import Lease
from enrolhub.sync.mandate import asked_by, refuse_lost_right
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Reasons, Relation

#: No row at all, but one whose columns have their types.
NOBODY = Q(pk__lt=0)


class LeavingHand(HandGroupMembers):
    """The places that were given by hand in one group: all of them are to go."""

    def __init__(self, group_id: int) -> None:
        super().__init__()
        self.group_id = group_id

    def memberships(self) -> QuerySet[GroupMember]:
        return GroupMember.objects.filter(group=self.group_id, method__isnull=True).order_by()

    def scopes(self) -> QuerySet[Any, Any]:
        return super().scopes().filter(groups=self.group_id)

    def desired(self) -> QuerySet[Any, Any]:
        return self.memberships().filter(NOBODY).values_list(*self.keys(), YES, ONE, EMPTY, NO_LINE)

    def departure_reasons(self) -> Reasons:
        return [("group_deleted", None)]


class LeavingMethod(GroupMembers):
    """The places that methods of one kind gave in one group when they still gave it."""

    def __init__(self, kind: str, group_id: int) -> None:
        super().__init__(kind)
        self.group_id = group_id

    def prepare(self) -> None:
        """Nothing has to stand for somebody to leave."""

    def scopes(self) -> QuerySet[Any, Any]:
        return super().scopes().filter(course__groups=self.group_id)

    def desired(self) -> QuerySet[Any, Any]:
        rows = GroupMember.objects.filter(NOBODY).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        rows = GroupMember.objects.filter(group=self.group_id, method__kind=self.kind).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("group_deleted", None)]


class GroupDeletion:
    """The chain of a run that deletes the group its options name."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.group_id = int(run.options["group_id"])

    def open(self, lease: Lease) -> Sequence[Relation]:
        if not self.run.phases.exists():
            refuse_lost_right(self.run, self.still_may)
            with lease.transaction():
                refuse_deletion(self.group_id, self.run.options["digest"])
        kinds = [kind for kind in self.run.options["kinds"] if kind]
        return [LeavingHand(self.group_id), *(LeavingMethod(kind, self.group_id) for kind in kinds)]

    def still_may(self, account: User) -> bool:
        return bool(can_edit_participants(account, Course.objects.filter(code=self.run.options["course"]).first()))

    def close(self, lease: Lease) -> None:
        with lease.transaction() as run:
            if not delete_empty_group(self.group_id):
                Run.objects.filter(pk=run.pk).update(message="group_kept")


def refuse_deletion(group_id: int, digest: str) -> None:
    """Raise RunRefused when the group cannot be deleted, or is no longer as the person saw it who confirmed."""
    group = Group.objects.filter(pk=group_id).first()
    if group is None:
        raise RunRefused("group_gone")
    if group.keeper != Group.Keeper.HAND:
        raise RunRefused("group_of_register", group=group.name)
    if methods := list(group.given_by.all()):
        raise RunRefused("group_given", group=group.name, methods=", ".join(map(str, methods)))
    if digest_of(group) != digest:
        raise RunRefused("group_moved", group=group.name)


def digest_of(group: Group) -> str:
    """What a confirmation is bound to: the name of the group and who is in it, by what."""
    places = GroupMember.objects.filter(group=group).order_by("person_id", "method_id", "pk")
    seen = hashlib.sha256(group.name.encode())
    for person_id, method_id in places.values_list("person_id", "method_id"):
        seen.update(f"\n{person_id} {method_id}".encode())
    return seen.hexdigest()


def request_deletion(group: Group, digest: str, author: User) -> Run:
    """A waiting run that deletes the group if it is still as the digest says. Raises RunRefused, also while one is under way."""
    refuse_deletion(group.pk, digest)
    kinds = GroupMember.objects.filter(group=group, method__isnull=False).order_by().values_list("method__kind")
    options = {
        "course": group.course.code,
        "group": group.code,
        "group_id": group.pk,
        "name": group.name,
        "digest": digest,
        "kinds": sorted({kind for (kind,) in kinds.distinct()}),
        **asked_by(author),
    }
    try:
        with transaction.atomic():
            record_event(author.username, "group_deleted", group.course.code, group=group.code, name=group.name)
            return Run.objects.create(kind=KIND, lane=f"{KIND}:{group.pk}", author=author, options=options)
    except IntegrityError:
        raise RunRefused("group_deletion_under_way", group=group.name) from None
