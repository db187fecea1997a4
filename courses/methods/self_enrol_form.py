"""What « Auto-inscription » asks for: keys, who may enrol, when, how many, for how long, and what they read then."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Cohort
from courses.form_fields import LineField, MomentField
from courses.messages.draft import BODY_LENGTH, refuse_control_characters, refuse_unknown_placeholders
from courses.methods.cohort_sync_form import CohortsField, chosen_cohorts
from courses.methods.ending_fields import duration_field, expiry_field, fill_ending, initial_ending, notice_field
from courses.methods.form import NO, YES, Draft, MethodForm
from courses.models import Group, GroupKey, Method
from courses.terms import as_typed

SHORTEST_KEY, LONGEST_KEY = 6, 128
LARGEST_CAPACITY = 100_000
YES_NO = [(YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))]
FLAGS = ("may_withdraw", "may_renew")
MOMENTS = ("starts_at", "ends_at")
FIRST = ("name", "enabled", "role", "group", "new_group", "key")


class KeyField(LineField):
    """A key that is not guessed at once; empty: none."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
        super().__init__(longest=LONGEST_KEY, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        key = super().clean(value)
        if key and len(key) < SHORTEST_KEY:
            raise ValidationError(_("A key has at least %(count)d characters: add some.") % {"count": SHORTEST_KEY})
        return key


class CohortField(CohortsField):
    """One cohort, or none."""

    def clean(self, value: Any) -> Any:
        if not value:
            return None
        found: list[Cohort] = super().clean(value)
        if len(found) > 1:
            raise ValidationError(_("Choose one cohort only, or none."))
        return found[0]


class SelfEnrolForm(MethodForm):
    """``chosen`` is the cohort picked so far; each group of the course may have a key of its own."""

    kind = Method.Kind.SELF
    templates: ClassVar = {"cohort": "courses/self_enrol_cohort.html"}

    key = KeyField(
        label=gettext_lazy("Enrolment key"),
        help_text=gettext_lazy("Empty: whoever may enrol does so without a key."),
    )
    starts_at = MomentField(
        label=gettext_lazy("Enrolment opens"), help_text=gettext_lazy("Paris time. Empty: it is open already.")
    )
    ends_at = MomentField(
        label=gettext_lazy("Enrolment closes"), help_text=gettext_lazy("Paris time. Empty: it stays open.")
    )
    capacity = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_CAPACITY,
        label=gettext_lazy("Number of places"),
        help_text=gettext_lazy("Empty: as many as come. To let nobody in, make the method inactive."),
        error_messages={
            "min_value": gettext_lazy("There is at least one place. To let nobody in, make the method inactive.")
        },
    )
    cohort = CohortField(required=False, label=gettext_lazy("Members of a cohort only"))
    duration_days = duration_field()
    expiry_policy = expiry_field()
    notice_days = notice_field()
    may_renew = forms.ChoiceField(choices=YES_NO, initial=NO, label=gettext_lazy("People may renew their enrolment"))
    may_withdraw = forms.ChoiceField(choices=YES_NO, initial=YES, label=gettext_lazy("People may withdraw"))
    welcome_message = forms.CharField(
        required=False,
        max_length=BODY_LENGTH,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[refuse_control_characters, refuse_unknown_placeholders],
        label=gettext_lazy("Welcome message"),
        help_text=gettext_lazy("Sent by mail to whoever enrols. Empty: no mail."),
    )

    def prepare(self) -> None:
        roles: Any = self.fields["role"]
        roles.queryset = roles.queryset.filter(may_edit=False)
        self.keyed = {f"group_key_{group.pk}": group for group in self._groups_with_keys()}
        for name, group in self.keyed.items():
            label = _("Key of the group “%(group)s”") % {"group": group.name}
            self.fields[name] = KeyField(label=label, help_text=_("Whoever gives it joins this group as well."))
        self.order_fields([*FIRST, *self.keyed])  # the others stay in their order, after these
        present = GroupKey.objects.filter(method=self.method) if self.method else ()
        self.initial.update({f"group_key_{row.group_id}": row.key for row in present})

    def _groups_with_keys(self) -> Sequence[Group]:
        return list(self.groups.values())

    @property
    def chosen(self) -> list[Cohort]:
        if self.filled_in is not None:
            return chosen_cohorts(self.filled_in.getlist("cohort"))
        return [self.method.admits_cohort] if self.method and self.method.admits_cohort else []

    def initial_of(self, method: Method) -> dict[str, Any]:
        plain = {name: getattr(method, name) for name in ("key", "capacity", "welcome_message")}
        moments = {name: as_typed(getattr(method, name)) for name in MOMENTS}
        flags = {name: YES if getattr(method, name) else NO for name in FLAGS}
        return super().initial_of(method) | initial_ending(method) | plain | moments | flags

    def fill(self, method: Method) -> None:
        super().fill(method)
        fill_ending(method, self.cleaned_data)
        for name in ("key", "capacity", *MOMENTS):
            setattr(method, name, self.cleaned_data[name])
        for name in FLAGS:
            setattr(method, name, self.cleaned_data[name] == YES)
        method.admits_cohort = self.cleaned_data["cohort"]
        method.welcome_message = self.cleaned_data["welcome_message"].replace("\r\n", "\n")

    def _draft(self, method: Method) -> Draft:
        return replace(super()._draft(method), group_keys=dict(self._group_keys()))

    def _group_keys(self) -> Iterator[tuple[str, str]]:
        """The keys of the groups that the account sees, and as they are those of the others."""
        others = (
            GroupKey.objects.filter(method=self.method).exclude(group__in=self.keyed.values()) if self.method else ()
        )
        yield from ((row.group.code, row.key) for row in others)
        for name, group in self.keyed.items():
            if key := self.cleaned_data[name]:
                yield group.code, key

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self._check_keys()
        return super().clean()

    def _check_keys(self) -> None:
        """Keys of groups need one of the course, and every key is another one."""
        taken = {self.cleaned_data["key"]}
        for name in self.keyed:
            key = self.cleaned_data[name]
            if key and not self.cleaned_data["key"]:
                self.add_error("key", _("Give the course a key as well: without one nobody is asked for any."))
                return
            if key and key in taken:
                self.add_error(name, _("This key is another one’s already. Write a different one."))
            taken.add(key)
