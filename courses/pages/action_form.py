"""The form of a verb for the people selected: what every one of them has."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from courses.hand.chosen import Chosen


class ActionForm(forms.Form):
    """A verb that asks for nothing more. Unbound until something was chosen; ``is_ready`` when there is nothing to choose."""

    def __init__(self, chosen: Chosen, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.chosen = chosen
        self.prepare()

    def prepare(self) -> None:
        """Give the fields the choices of this course and account."""

    @property
    def is_ready(self) -> bool:
        """Whether a preview can be made before anything is chosen."""
        return not self.fields

    @property
    def lacks(self) -> str:
        """Why the verb cannot be done in this course at all; nothing when it can."""
        return ""

    @property
    def remark(self) -> str:
        """What must be known of the choice before it is confirmed; often nothing."""
        return ""

    @property
    def choice(self) -> Mapping[str, Any]:
        """What was chosen, or what goes without saying."""
        return self.cleaned_data if self.is_bound else {}
