"""What verbs about the end of enrolments ask for: an end, a later one, or until when they are turned into enrolments by hand."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.form_fields import MomentField
from courses.hand.chosen import Chosen
from courses.hand.conversion import Conversion
from courses.models import Method
from courses.pages.action_form import ActionForm
from courses.terms import as_typed, usual_end


class EndForm(ActionForm):
    """An end, or none."""

    SET, CLEAR = "set", "clear"
    how = forms.ChoiceField(
        choices=[(SET, gettext_lazy("Ends on")), (CLEAR, gettext_lazy("No end"))],
        initial=SET,
        label=gettext_lazy("End of the enrolments"),
    )
    ends_at = MomentField(label=gettext_lazy("Day and hour"), help_text=gettext_lazy("Paris time."))

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("how") == self.CLEAR:
            # A date left in the field means nothing once “no end” is chosen.
            self.errors.pop("ends_at", None)
            return {**cleaned, "ends_at": None}
        if "ends_at" in cleaned and cleaned["ends_at"] is None:
            self.add_error("ends_at", _("Write the day on which the enrolments end, or choose “No end”."))
        return cleaned


class RenewForm(ActionForm):
    """A later end, to come; the manual method's usual duration is offered."""

    ends_at = MomentField(label=gettext_lazy("New end"), help_text=gettext_lazy("Paris time."))

    def prepare(self) -> None:
        self.fields["ends_at"].initial = as_typed(usual_end(self.chosen.methods.values()))

    def clean_ends_at(self) -> datetime:
        ends_at: datetime | None = self.cleaned_data["ends_at"]
        if ends_at is None:
            raise ValidationError(_("Write the day until which the enrolments are renewed."))
        refuse_past(ends_at)
        return ends_at


class ConvertForm(EndForm):
    """Which synced method, or all of them; until when; and whether the groups that it gave are kept."""

    method = forms.ModelChoiceField(
        Method.objects.none(),
        required=False,
        empty_label=pgettext_lazy("methods", "All"),
        label=gettext_lazy("Synchronised method"),
    )
    keeps_groups = forms.BooleanField(required=False, initial=True, label=gettext_lazy("Keep their groups"))
    field_order = ("method", "how", "ends_at", "keeps_groups")

    def prepare(self) -> None:
        self.fields["method"].queryset = synced_methods(self.chosen)  # type: ignore[attr-defined]  # by its class above
        self.fields["ends_at"].initial = as_typed(usual_end(self.chosen.methods.values()))

    def clean_ends_at(self) -> datetime | None:
        ends_at: datetime | None = self.cleaned_data["ends_at"]
        if ends_at and self.cleaned_data.get("how") != self.CLEAR:
            refuse_past(ends_at)
        return ends_at

    @property
    def lacks(self) -> str:
        if not synced_methods(self.chosen).exists():
            return _("No synchronisation feeds this course: there is nothing to turn into enrolments by hand.")
        manual = next((each for each in self.chosen.methods.values() if each.kind == Method.Kind.MANUAL), None)
        if manual is None:
            return _("The course has no manual enrolment method. Add it to the course first.")
        if not manual.enabled:
            return _("The manual enrolment method is disabled: nobody could enter by it. Enable it first.")
        return ""

    @property
    def conversion(self) -> Conversion:
        method = self.choice["method"]
        return Conversion(self.choice["ends_at"], [method.pk] if method else [], self.choice["keeps_groups"])


def refuse_past(moment: datetime) -> None:
    """Raise ValidationError for an end that would come before the action."""
    if moment <= timezone.now():
        raise ValidationError(_("This moment is over. Write one to come."))


def synced_methods(chosen: Chosen) -> QuerySet[Method]:
    """The synced methods of the course, in their order."""
    return Method.objects.filter(course=chosen.course, kind__in=Method.SYNCED).order_by("position", "pk")
