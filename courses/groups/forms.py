"""The name of a group kept by hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models import Course, Group
from enrolhub.web.folding import fold

#: What the folded name may have: letters such as ß fold to several.
LONGEST_KEY = 300


class GroupForm(forms.Form):
    """A name unlike those of the course's other groups, accents and case apart; ``group`` is the one to be renamed."""

    name = forms.CharField(
        label=_("Name of the group"),
        max_length=200,
        help_text=_("What participants and exports show: “TD 1”, “Projet A”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, course: Course, *args: Any, group: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        self.group = group

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = Group.objects.filter(course=self.course, name_key=fold(name))
        if self.group is not None:
            others = others.exclude(pk=self.group.pk)
        if not any(map(str.isalnum, name)) or len(fold(name)) > LONGEST_KEY:
            raise ValidationError(gettext("Write a short name, with letters or numbers."), code="unusable")
        if same := others.first():
            raise ValidationError(
                gettext("The course has a group “%(name)s” already. Choose another name."),
                code="taken",
                params={"name": same.name},
            )
        return name
