"""Fields that several forms of courses have."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from enrolhub.web.sheets.problems import ValueRefused
from enrolhub.web.sheets.values import read_moment, read_text


class MomentField(forms.CharField):
    """A date and time in Paris, as a UTC instant. Hours that the clocks skip or repeat are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, widget=forms.TextInput({"type": "datetime-local"}), **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            return read_moment(super().clean(value))
        except ValueRefused as refused:
            raise ValidationError(f"{refused.problem.reason} {refused.problem.remedy}") from None


class LineField(forms.CharField):
    """One line of text whose characters can all be seen."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=longest, **kwargs)
        self.longest = longest

    def clean(self, value: Any) -> str:
        try:
            return read_text(super().clean(value), self.longest)
        except ValueRefused as refused:
            raise ValidationError(f"{refused.problem.reason} {refused.problem.remedy}") from None
