"""What « Synchronisation des cohortes » asks for: one cohort or several, each of which becomes a method of its own."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Cohort
from cohorts.queries import is_writable
from courses.methods.form import LONGEST_GROUP_NAME, MethodForm
from courses.models import Method

#: Methods that one form adds; more belong into a file.
MOST_COHORTS = 50


class CohortsField(forms.MultipleChoiceField):
    """Cohorts by their codes, whichever were found by a search."""

    def clean(self, value: Any) -> list[Cohort]:
        codes = list(dict.fromkeys(value or ()))
        if not codes:
            raise ValidationError(_("Choose at least one cohort: search for it by its diploma, code or component."))
        if len(codes) > MOST_COHORTS:
            raise ValidationError(
                _("At most %(count)d cohorts at once. Load a file for more.") % {"count": MOST_COHORTS}
            )
        found = chosen_cohorts(codes)
        if len(found) < len(codes):
            raise ValidationError(_("One of the cohorts has been deleted meanwhile. Look at those that are left."))
        return found


def chosen_cohorts(codes: Sequence[str]) -> list[Cohort]:
    """The cohorts of these codes, by name."""
    return list(Cohort.objects.filter(code__in=[code for code in codes if is_writable(code)][: MOST_COHORTS + 1]))


class CohortSyncForm(MethodForm):
    """``chosen`` are the cohorts picked so far: the page shows them whatever else is wrong."""

    kind = Method.Kind.COHORT_SYNC
    without = ("new_group",)
    templates: ClassVar = {"cohort": "courses/method_cohorts.html"}
    new_group_label = gettext_lazy("A new group named after the cohort")
    cohort = CohortsField(label=gettext_lazy("Cohort"))
    field_order = ("name", "enabled", "cohort", "role", "group")

    def prepare(self) -> None:
        self.fields["name"].help_text = _("Optional. Otherwise the name of the cohort.")
        if self.method:
            del self.fields["cohort"]  # what a method follows is what it is: another one is another method

    @property
    def chosen(self) -> list[Cohort]:
        data = self.filled_in
        return chosen_cohorts(data.getlist("cohort")) if data else []

    def blanks(self) -> Sequence[Method]:
        return [
            Method(course=self.course, kind=self.kind, source_cohort=cohort) for cohort in self.cleaned_data["cohort"]
        ]

    def new_group_name(self, method: Method) -> str:
        return str(method.source_cohort)[:LONGEST_GROUP_NAME]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("name") and len(self.cleaned_data.get("cohort", ())) > 1:
            self.add_error("name", _("Leave the name empty: each of several methods is called after its cohort."))
        return super().clean()
