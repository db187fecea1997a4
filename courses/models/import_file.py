from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from enrolhub.sync.models import Run


class ImportFile(models.Model):
    """A file that an account is loading, from the upload to its report; forgotten at ``expires_at``.

    ``reading`` says what was corrected by hand of how it is read; ``preview`` is what was last seen of it, packed
    (courses/imports/preview.py), and ``digest`` what identifies that. ``stage`` and ``percent`` say how far whoever is at
    work on it has come. ``said`` is why it is not done, by language.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being read")
        UNREAD = "unread", _("Cannot be read")
        SEEN = "seen", _("To be confirmed")
        CONFIRMING = "confirming", _("Being checked again")
        DONE = "done", _("Confirmed")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_files")
    kind = models.CharField(max_length=20)
    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="import_files")
    name = models.CharField(max_length=160)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    reading = models.JSONField(default=dict)
    creates_groups = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    preview = models.BinaryField(default=b"")
    digest = models.CharField(max_length=64, blank=True, default="")
    stage = models.CharField(max_length=10, blank=True, default="")
    percent = models.PositiveSmallIntegerField(default=0)
    said = models.JSONField(default=dict)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_over(self) -> bool:
        """Whether it was confirmed and its run, if there is one, was not refused: what is over is not looked at again."""
        failed = self.run is not None and self.run.state in (Run.State.REFUSED, Run.State.FAILED)
        return self.state == self.State.DONE and not failed

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.WAITING, self.State.CONFIRMING)
