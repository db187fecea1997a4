from django.db import models
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField


class DeparturePolicy(models.TextChoices):
    """What happens to a synced enrolment whose reason is gone (DESIGN §8; the mission says « désinscrit »)."""

    WITHDRAW = "withdraw", _("Withdraw")
    SUSPEND = "suspend", _("Suspend")
    KEEP = "keep", _("Keep")


class Platform(models.Model):
    """A course platform: Ecampus is fed by pedagogical registrations, Collégium by cohorts."""

    class Feeding(models.TextChoices):
        REGISTRATIONS = "registrations", _("Pedagogical registrations")
        COHORTS = "cohorts", _("Cohorts")

    code = BytewiseCharField(max_length=40, unique=True)
    name = BytewiseCharField(max_length=100)
    feeding = BytewiseCharField(max_length=15, choices=Feeding.choices)
    departure_policy = BytewiseCharField(
        max_length=10, choices=DeparturePolicy.choices, default=DeparturePolicy.WITHDRAW
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
