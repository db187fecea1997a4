from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cohorts.models.register_join import RegisterJoin
from courses.models.platform import DeparturePolicy
from enrolhub.web.fields import BytewiseCharField


class Method(models.Model):
    """A way into one course. Each enrolment belongs to exactly one method; a sync owns its own method's rows."""

    class Kind(models.TextChoices):
        DATABASE = "database", _("Database")
        MANUAL = "manual", _("Manual enrolment")
        COHORT_SYNC = "cohort_sync", _("Cohort synchronisation")
        META_LINK = "meta_link", _("Meta-course link")
        SELF = "self", _("Self-enrolment")

    #: Every kind that the site knows, those of its own included, and those of them that follow a source.
    KINDS: ClassVar[tuple[str, ...]] = tuple(
        dict.fromkeys([*(str(kind.value) for kind in Kind), *settings.METHOD_KINDS])
    )
    SYNCED: ClassVar[tuple[str, ...]] = tuple(name for name in KINDS if name not in ("manual", "self"))
    #: What kinds of the site's own are called; filled by ``courses.methods.registry``.
    labels: ClassVar[dict[str, Any]] = {}

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="methods", db_index=False)
    kind = BytewiseCharField(max_length=12, choices=Kind.choices)
    name = BytewiseCharField(max_length=200, blank=True, default="")
    enabled = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    role = models.ForeignKey("courses.Role", models.PROTECT, related_name="+")
    group = models.ForeignKey("courses.Group", models.SET_NULL, null=True, blank=True, related_name="given_by")
    source_cohort = models.ForeignKey(
        "cohorts.Cohort",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="used_by_methods",
    )
    source_course = models.ForeignKey(
        "courses.Course",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="feeds_methods",
    )
    # Which role of the source course becomes which here (``courses.methods.role_map``); empty: everybody gets ``role``.
    role_map = BytewiseCharField(max_length=100, blank=True, default="")
    departure_policy = BytewiseCharField(max_length=10, choices=DeparturePolicy.choices, blank=True, default="")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    key = BytewiseCharField(max_length=128, blank=True, default="")
    capacity = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    refreshed_at = models.DateTimeField(null=True)
    # How enrolments by hand and by oneself end: after so many days, and what becomes of them then.
    duration_days = models.PositiveIntegerField(null=True, blank=True)
    expiry_policy = BytewiseCharField(max_length=10, choices=DeparturePolicy.choices, default=DeparturePolicy.KEEP)
    notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Who may enrol by themselves, and what they may do then. The members of one cohort only, when one is named.
    admits_cohort = models.ForeignKey(
        "cohorts.Cohort", models.PROTECT, null=True, blank=True, related_name="admitted_by_methods"
    )
    welcome_message = models.TextField(blank=True, default="")
    may_withdraw = models.BooleanField(default=True)
    may_renew = models.BooleanField(default=False)

    scopes = RegisterJoin("sync.Scope", from_fields=["id"], to_fields=["ref"], related_name="methods")

    class Meta:
        ordering = ["course", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "kind"],
                condition=Q(kind__in=["database", "manual"]),
                name="method_one_database_one_manual",
            ),
            models.UniqueConstraint(
                fields=["course", "source_cohort", "role"],
                name="method_once_a_cohort_and_role",
            ),
            models.UniqueConstraint(fields=["course", "source_course"], name="method_once_a_source_course"),
            models.CheckConstraint(
                condition=Q(source_course__isnull=True) | ~Q(source_course=F("course")),
                name="method_no_self_meta_link",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="cohort_sync",
                    source_cohort__isnull=False,
                    source_course__isnull=True,
                )
                | Q(
                    kind="meta_link",
                    source_course__isnull=False,
                    source_cohort__isnull=True,
                )
                | Q(
                    ~Q(kind__in=["cohort_sync", "meta_link"]),
                    source_cohort__isnull=True,
                    source_course__isnull=True,
                ),
                name="method_source_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="method_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["kind", "course"], name="method_by_kind")]

    def __str__(self) -> str:
        return self.name or self.label_of(self.kind)

    @classmethod
    def label_of(cls, kind: str) -> str:
        """What a kind is called."""
        return str(cls.Kind(kind).label if kind in cls.Kind else cls.labels.get(kind, kind))

    @property
    def is_synced(self) -> bool:
        return self.kind in self.SYNCED


class GroupKey(models.Model):
    """A key of a self-enrolment that also puts whoever gives it into a group."""

    method = models.ForeignKey(Method, models.CASCADE, related_name="group_keys", db_index=False)
    group = models.ForeignKey("courses.Group", models.CASCADE, related_name="keys")
    key = BytewiseCharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "group"], name="group_key_once_a_group"),
            models.UniqueConstraint(fields=["method", "key"], name="group_key_once_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.method_id} {self.group_id}"
