from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enrolhub.sync.models import Run
from enrolhub.web.fields import BytewiseCharField


class Enrolment(models.Model):
    """One person in one course by one method. Dates are UTC; a start or end at this very instant counts as reached.

    ``suspended_by`` says whose hand suspended it: a suspension by hand outlives every night, one by the departure
    policy or by a meta-linked source is lifted when the reason is back, one at the end of the enrolment when it is renewed.
    """

    class SuspendedBy(models.TextChoices):
        NOBODY = "", _("Not suspended")
        HAND = "hand", _("Suspended by hand")
        SYNC = "sync", _("Suspended by the synchronisation")
        END = "end", _("Suspended at its end")

    # The database checks none of these for each of a night's rows: methods are deleted as ``courses.deletion`` says,
    # people are closed and never deleted, roles come with the migrations and go with none.
    method = models.ForeignKey(
        "courses.Method", models.CASCADE, related_name="enrolments", db_index=False, db_constraint=False
    )
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="enrolments", db_constraint=False)
    role = models.ForeignKey(
        "courses.Role", models.PROTECT, related_name="enrolments", db_index=False, db_constraint=False
    )
    suspended_by = BytewiseCharField(max_length=5, choices=SuspendedBy.choices, blank=True, default="")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    created_run = models.ForeignKey(
        Run,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "person"], name="enrolment_once_a_method"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="enrolment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_id} {self.person_id}"


class EnrolmentMark(models.Model):
    """Left by PostgreSQL itself in whatever transaction adds, alters or removes enrolments of a method (migration 0013).

    As long as a course's marks are the same, so are its enrolments. SQLite leaves none.
    """

    method_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.method_id} {self.pk}"


class Participation(models.Model):
    """When a person last opened a course (UTC)."""

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="participations", db_index=False)
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="participations")
    last_access = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "person"], name="participation_once")]
        indexes = [models.Index(fields=["course", "last_access"], name="participation_by_access")]

    def __str__(self) -> str:
        return f"{self.course_id} {self.person_id}"


class Exclusion(models.Model):
    """A person removed by hand from a synced method: no sync brings them back until it is lifted."""

    method = models.ForeignKey("courses.Method", models.CASCADE, related_name="exclusions", db_index=False)
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="exclusions")
    reason = BytewiseCharField(max_length=200, blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["method", "person"], name="exclusion_once")]

    def __str__(self) -> str:
        return f"{self.method_id} {self.person_id}"


class EndNotice(models.Model):
    """That a person was told of the end of an enrolment: once for each end, so that a renewed one is told of anew."""

    method = models.ForeignKey("courses.Method", models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="+", db_index=False)
    ends_at = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "person", "ends_at"], name="end_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.method_id} {self.person_id} {self.ends_at:%Y-%m-%d}"
