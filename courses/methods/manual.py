"""« Inscription manuelle »: people whom somebody enrols by name, or a cohort once, each with dates of their own."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.methods.ending_fields import duration_field, expiry_field, fill_ending, initial_ending, notice_field
from courses.methods.form import MethodForm
from courses.models import Method


class ManualForm(MethodForm):
    """What enrolments by hand have unless whoever enrols says otherwise, and what becomes of them at their end."""

    kind = Method.Kind.MANUAL
    without = ("group", "new_group")

    duration_days = duration_field()
    expiry_policy = expiry_field()
    notice_days = notice_field()

    def prepare(self) -> None:
        self.fields["role"].label = _("Usual role")
        self.fields["role"].help_text = _("What is offered first to whoever enrols somebody.")
        self.fields["duration_days"].label = _("Usual duration (days)")

    def initial_of(self, method: Method) -> dict[str, Any]:
        return super().initial_of(method) | initial_ending(method)

    def fill(self, method: Method) -> None:
        super().fill(method)
        fill_ending(method, self.cleaned_data)


class Manual:
    kind = Method.Kind.MANUAL
    icon = "person-plus"
    form = ManualForm
    comes_by_hand = True
    is_single = True

    def problems(self, method: Method) -> Mapping[str, str]:
        return {}
