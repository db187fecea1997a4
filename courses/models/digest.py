from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.message import ANSWER_LENGTH
from enrolhub.web.fields import BytewiseCharField


class DigestChoice(models.Model):
    """How often an account is told by mail what changed in its courses, and in which language; since ``chosen_at`` (UTC)."""

    class Often(models.TextChoices):
        WEEKLY = "weekly", _("Each week, on Monday")
        DAILY = "daily", _("Each day")
        NEVER = "never", _("Never")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digest_choice")
    often = models.CharField(max_length=10, choices=Often.choices)
    language = models.CharField(max_length=10)
    chosen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.often}"


class Digest(models.Model):
    """What one account was told of one ``period`` (``daily:2026-11-26``), once: what changed after ``since``, before ``until``.

    ``claimed`` just before the mail server gets the mail, ``unknown`` when nobody can say what became of it: neither is ever
    sent again. ``empty``: nothing had changed that the account may see. ``postponed`` is tried again. Times are UTC.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("Being sent")
        POSTPONED = "postponed", _("Waiting")
        SENT = "sent", _("Sent")
        EMPTY = "empty", _("Nothing to tell")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Perhaps sent")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests")
    period = BytewiseCharField(max_length=30)
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField()
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "period"], name="digest_once_a_period")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.period} {self.state}"
