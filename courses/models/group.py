from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField


class Group(models.Model):
    """A group of a course. From APOGÉE its code is ``COD_EXT_GPE``; by hand it is made from the name."""

    class Keeper(models.TextChoices):
        REGISTER = "register", _("From APOGÉE")
        HAND = "hand", _("By hand")

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="groups", db_index=False)
    code = BytewiseCharField(max_length=100)
    name = BytewiseCharField(max_length=200)
    keeper = BytewiseCharField(max_length=10, choices=Keeper.choices, default=Keeper.HAND)
    name_key = BytewiseCharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["name_key", "code"]
        constraints = [models.UniqueConstraint(fields=["course", "code"], name="group_once_a_course")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A person in a group; knows which method gave it, or none when it was given by hand."""

    # As with enrolments: groups and methods are deleted as ``courses.deletion`` says, people never.
    group = models.ForeignKey(Group, models.CASCADE, related_name="members", db_index=False, db_constraint=False)
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="group_memberships", db_constraint=False)
    method = models.ForeignKey(
        "courses.Method", models.CASCADE, null=True, related_name="group_memberships", db_constraint=False
    )
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "person", "method"], name="group_member_once_a_method"),
            models.UniqueConstraint(
                fields=["group", "person"],
                condition=Q(method__isnull=True),
                name="group_member_once_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.person_id}"


class MembershipMark(models.Model):
    """Left by PostgreSQL itself in whatever transaction changes the members of a group, like ``EnrolmentMark`` (migration 0014)."""

    group_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.group_id} {self.pk}"
