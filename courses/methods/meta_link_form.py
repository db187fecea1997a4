"""What « Lien méta-cours » asks for: one source course or several, and which role there becomes which here."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cohorts.queries import is_writable
from courses.methods.form import MethodForm
from courses.methods.role_map import join_map, split_map
from courses.models import Course, Method, Role
from courses.rules import courses_edited_by
from enrolhub.access.models import User

MOST_SOURCES = 50
ALIKE, MAPPED = "alike", "mapped"


def chosen_sources(account: User, codes: Sequence[str]) -> list[Course]:
    """The courses of these codes whose people this account may pass on, by title."""
    asked = [code for code in codes if is_writable(code)][: MOST_SOURCES + 1]
    return list(courses_edited_by(account).filter(code__in=asked).order_by("title_key", "code"))


class SourcesField(forms.MultipleChoiceField):
    """Courses by their codes, whichever were found by a search."""

    account: User | None = None

    def clean(self, value: Any) -> list[Course]:
        codes = list(dict.fromkeys(value or ()))
        if not codes:
            raise ValidationError(_("Choose at least one source course: search for it by its title or code."))
        if len(codes) > MOST_SOURCES:
            raise ValidationError(
                _("At most %(count)d courses at once. Load a file for more.") % {"count": MOST_SOURCES}
            )
        assert self.account is not None
        found = chosen_sources(self.account, codes)
        if len(found) < len(codes):
            raise ValidationError(_("One of the courses is not one that you may use as a source. Look at the others."))
        return found


class MetaLinkForm(MethodForm):
    """``chosen`` are the courses picked so far: the page shows them whatever else is wrong."""

    kind = Method.Kind.META_LINK
    templates: ClassVar = {"source": "courses/method_sources.html"}
    source = SourcesField(label=gettext_lazy("Source course"))
    roles = forms.ChoiceField(
        choices=[
            (ALIKE, gettext_lazy("Everybody gets the role above")),
            (MAPPED, gettext_lazy("It depends on the role in the source course")),
        ],
        initial=ALIKE,
        label=gettext_lazy("Roles"),
    )
    field_order = ("name", "enabled", "source", "role", "roles")

    def prepare(self) -> None:
        self.fields["name"].help_text = _("Optional. Otherwise the title of the source course.")
        given = list(self.fields["role"].queryset)  # type: ignore[attr-defined]  # a ModelChoiceField, by its class
        choices = [("", pgettext_lazy("role", "Not enrolled")), *((role.short_name, str(role)) for role in given)]
        self.all_roles = list(Role.objects.all())
        self.details = {f"from_{role.short_name}" for role in self.all_roles}
        for role in self.all_roles:
            label = _("%(role)s becomes") % {"role": role}
            kept = role.short_name if role in given else ""
            self.fields[f"from_{role.short_name}"] = forms.ChoiceField(
                required=False, choices=choices, initial=kept, label=label
            )
        if self.method:
            del self.fields["source"]  # what a method follows is what it is: another one is another method
        else:
            self.fields["source"].account = self.account  # type: ignore[attr-defined]  # a SourcesField, by its class

    def initial_of(self, method: Method) -> dict[str, Any]:
        names = dict(Role.objects.values_list("position", "short_name"))
        becomes = split_map(method.role_map)
        mapped = {f"from_{name}": names.get(becomes.get(at, 0), "") for at, name in names.items()} if becomes else {}
        return {**super().initial_of(method), "roles": MAPPED if becomes else ALIKE, **mapped}

    @property
    def chosen(self) -> list[Course]:
        data = self.filled_in
        return chosen_sources(self.account, data.getlist("source")) if data else []

    def blanks(self) -> Sequence[Method]:
        return [
            Method(course=self.course, kind=self.kind, source_course=source) for source in self.cleaned_data["source"]
        ]

    def fill(self, method: Method) -> None:
        super().fill(method)
        method.role_map = join_map(self.becomes) if self.cleaned_data["roles"] == MAPPED else ""

    @property
    def becomes(self) -> dict[int, int]:
        """From the position of a role in the source to that of the one it becomes."""
        at = {role.short_name: role.position for role in self.all_roles}
        chosen = {name: self.cleaned_data.get(f"from_{name}", "") for name in at}
        return {at[name]: at[becomes] for name, becomes in chosen.items() if becomes}

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("roles") == MAPPED and not self.becomes:
            self.add_error("roles", _("Somebody has to come along: let at least one role become one here."))
        if self.cleaned_data.get("name") and len(self.cleaned_data.get("source", ())) > 1:
            self.add_error("name", _("Leave the name empty: each of several methods is called after its source."))
        return super().clean()
