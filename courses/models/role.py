from django.db import models
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField


class Role(models.Model):
    """A role inside a course: what whoever holds it may do there. Worded by its short name when shown."""

    class ShortName(models.TextChoices):
        STUDENT = "student", _("Student")
        TEACHER = "teacher", _("Non-editing teacher")
        EDITING_TEACHER = "editingteacher", _("Teacher")
        TUTOR = "tutor", _("Tutor")
        OBSERVER = "observer", _("Observer")

    short_name = BytewiseCharField(max_length=30, unique=True, choices=ShortName.choices)
    position = models.PositiveSmallIntegerField(default=0)
    may_view_participants = models.BooleanField(default=False)
    may_edit = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "short_name"]

    def __str__(self) -> str:
        return str(self.get_short_name_display())
