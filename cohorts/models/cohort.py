from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohorts.models.register_join import RegisterJoin
from enrolhub.web.fields import BytewiseCharField


class Cohort(models.Model):
    """A set of people kept either by the register (an étape and a year) or by hand; never both.

    A register-kept cohort may be narrowed to one version of the étape or to one period (semester).
    """

    class Keeper(models.TextChoices):
        REGISTER = "register", _("Kept by the register")
        HAND = "hand", _("Kept by hand")

    code = BytewiseCharField(max_length=100, unique=True)
    name = BytewiseCharField(max_length=200)
    keeper = BytewiseCharField(max_length=10, choices=Keeper.choices)
    academic_year = BytewiseCharField(max_length=4, blank=True, default="")
    programme_code = BytewiseCharField(max_length=20, blank=True, default="")
    version_code = BytewiseCharField(max_length=10, blank=True, default="")
    period_code = BytewiseCharField(max_length=10, blank=True, default="")
    component = BytewiseCharField(max_length=10, blank=True, default="")
    name_key = BytewiseCharField(max_length=300, blank=True, default="")
    refreshed_at = models.DateTimeField(null=True)
    registrations = RegisterJoin(
        "cohorts.StagedRegistration",
        from_fields=["academic_year", "programme_code"],
        to_fields=["academic_year", "programme_code"],
    )

    class Meta:
        ordering = ["name_key", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(keeper="register", academic_year__gt="", programme_code__gt="")
                | Q(keeper="hand", programme_code="", version_code="", period_code=""),
                name="cohort_one_keeper",
            ),
            models.UniqueConstraint(
                fields=[
                    "academic_year",
                    "programme_code",
                    "version_code",
                    "period_code",
                ],
                condition=Q(keeper="register"),
                name="cohort_once_a_programme",
            ),
        ]
        indexes = [models.Index(fields=["name_key", "code"], name="cohort_by_name")]

    def __str__(self) -> str:
        return self.name


class CohortMember(models.Model):
    """A person in a cohort, since when (UTC)."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="members", db_index=False)
    # People are closed, never deleted: no check of each of a night's rows for them (docs/decisions/0004).
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="cohort_memberships", db_constraint=False)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "person"], name="cohort_member_once")]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.person_id}"
