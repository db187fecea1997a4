from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cohorts.models.register_join import RegisterJoin
from enrolhub.web.fields import BytewiseCharField


class Course(models.Model):
    """A course space on a platform, of one academic year (empty: not known yet, so no registration feeds it)."""

    code = BytewiseCharField(max_length=100, unique=True)
    title = BytewiseCharField(max_length=255)
    platform = models.ForeignKey("courses.Platform", models.PROTECT, related_name="courses")
    component = BytewiseCharField(max_length=10, blank=True, default="", db_index=True)
    academic_year = BytewiseCharField(max_length=4, blank=True, default="")
    created_automatically = models.BooleanField(default=False)
    visible = models.BooleanField(default=True)
    separate_groups = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    title_key = BytewiseCharField(max_length=400, blank=True, default="")
    search_key = BytewiseCharField(max_length=600, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title_key", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="course_ends_after_start",
            )
        ]
        indexes = [models.Index(fields=["title_key", "code"], name="course_by_title")]

    def __str__(self) -> str:
        return self.title


class CourseUnit(models.Model):
    """A course fed by an APOGÉE element, optionally by one étape (and version) or one group of it only."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="units", db_index=False)
    unit_code = BytewiseCharField(_("unit"), max_length=20, db_index=True)
    programme_code = BytewiseCharField(max_length=20, blank=True, default="")
    version_code = BytewiseCharField(max_length=10, blank=True, default="")
    group_code = BytewiseCharField(max_length=20, blank=True, default="")
    registrations = RegisterJoin(
        "cohorts.StagedUnitRegistration",
        from_fields=["unit_code"],
        to_fields=["unit_code"],
    )
    staged_groups = RegisterJoin("cohorts.StagedGroup", from_fields=["unit_code"], to_fields=["unit_code"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "course",
                    "unit_code",
                    "programme_code",
                    "version_code",
                    "group_code",
                ],
                name="course_unit_once",
            ),
            models.CheckConstraint(
                condition=Q(version_code="") | ~Q(programme_code=""),
                name="course_unit_version_of_programme",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.unit_code}"
