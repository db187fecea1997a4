"""What methods say of the end of the enrolments that no source keeps: how long they last, what then, and who is told when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Method
from courses.models.platform import DeparturePolicy

LONGEST_DURATION, LONGEST_NOTICE = 3_650, 90
NAMES = ("duration_days", "expiry_policy", "notice_days")


def duration_field() -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_DURATION,
        label=_("Duration of enrolments (days)"),
        help_text=_("Empty: without an end. An enrolment ends at midnight after the last whole day."),
    )


def expiry_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[
            (DeparturePolicy.KEEP, _("Keep it, ended")),
            (DeparturePolicy.SUSPEND, _("Suspend it until it is renewed")),
            (DeparturePolicy.WITHDRAW, _("Withdraw it, with its groups")),
        ],
        initial=DeparturePolicy.KEEP,
        label=_("At the end of an enrolment"),
    )


def notice_field() -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_NOTICE,
        label=_("Notice before the end (days)"),
        help_text=_("By mail, once, to the person and to the teachers who may renew. Empty: nobody is told."),
    )


def fill_ending(method: Method, cleaned: dict[str, Any]) -> None:
    """Put what a valid form says of the end on the method."""
    for name in NAMES:
        setattr(method, name, cleaned[name])


def initial_ending(method: Method) -> dict[str, Any]:
    return {name: getattr(method, name) for name in NAMES}
