"""The form by which an operator raises a limit for some days."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enrolhub.sync.limits import LONGEST, RAISABLE, refuse_raise
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.wording import say_limit, say_message


def _choices() -> list[tuple[str, str]]:
    return [(name, say_limit(name)) for name in RAISABLE]


class RaiseForm(forms.Form):
    """Which limit, to how much, until which day, and why."""

    limit = forms.ChoiceField(label=_("Limit"), choices=_choices)
    value = forms.IntegerField(label=_("Raised to"), min_value=1)
    last_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At the end of that day the setting is in force again, by itself."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        today = timezone.localdate()
        attributes = {"min": today.isoformat(), "max": (today + timedelta(days=LONGEST)).isoformat()}
        self.fields["last_on"].widget.attrs.update(attributes)

    def clean(self) -> dict[str, object]:
        given = self.cleaned_data
        if not self.errors:
            try:
                refuse_raise(given["limit"], given["value"], given["last_on"], given["reason"])
            except RunRefused as refused:
                wrong = {"limit_out_of_range": "value", "limit_too_long": "last_on"}.get(refused.code, "limit")
                self.add_error(wrong, ValidationError(say_message(refused.code, refused.params)))
        return given


def range_of(limit: str) -> tuple[int, int]:
    """The setting's own limit, and how far it may be raised."""
    return int(getattr(settings, limit)), settings.GUARD_HIGHEST[limit]
