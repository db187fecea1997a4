"""What each verb asks for besides the people selected, and the proposal that it then makes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.hand.conversion import propose_converting
from courses.hand.enrolment_verbs import (
    propose_ending,
    propose_removing,
    propose_resuming,
    propose_role,
    propose_suspending,
)
from courses.hand.exclusion_verbs import propose_excluding, propose_lifting
from courses.hand.group_verbs import propose_joining, propose_parting
from courses.hand.proposal import Proposal
from courses.hand.renewal import propose_renewing
from courses.models import Group, Method, Role
from courses.pages.action_form import ActionForm
from courses.pages.end_forms import ConvertForm, EndForm, RenewForm, synced_methods
from courses.pages.enrol_form import groups_for
from courses.pages.new_group import (
    LONGEST_GROUP_NAME,
    group_to_make,
    may_make_groups,
    read_group_name,
    refusal_of_name,
    remark_on,
)
from courses.rules import roles_given_by

LONGEST_REASON = 150


class RoleForm(ActionForm):
    role = forms.ModelChoiceField(
        Role.objects.none(), empty_label=None, to_field_name="short_name", label=gettext_lazy("New role")
    )

    def prepare(self) -> None:
        given: QuerySet[Role] = roles_given_by(self.chosen.author, self.chosen.course)
        self.fields["role"].queryset = given  # type: ignore[attr-defined]  # a ModelChoiceField, by its class above


class JoinForm(ActionForm):
    """One of the groups that the account sees, or one that is made by its name."""

    #: No group has this code: letters, numbers and hyphens make one of a name, and APOGÉE writes in capitals.
    NEW = "+new"
    group = forms.ChoiceField(label=gettext_lazy("Group"))
    new_group = forms.CharField(
        required=False,
        max_length=LONGEST_GROUP_NAME,
        label=gettext_lazy("Name of the new group"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def prepare(self) -> None:
        course, account = self.chosen.course, self.chosen.author
        self.groups = {group.code: group for group in groups_for(account, course)}
        field: forms.ChoiceField = self.fields["group"]  # type: ignore[assignment]
        field.choices = [(code, group.name) for code, group in self.groups.items()]
        if may_make_groups(account, course):
            field.choices = [*field.choices, (self.NEW, _("A new group…"))]
        else:
            del self.fields["new_group"]

    def clean_new_group(self) -> str:
        return read_group_name(self.cleaned_data["new_group"])

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("group") == self.NEW and "new_group" in cleaned:
            why_not = refusal_of_name(self.chosen.course, cleaned["new_group"])
            if why_not:
                self.add_error("new_group", why_not)
        return cleaned

    @property
    def chosen_group(self) -> Group:
        """The group chosen, or the one to be made."""
        known = self.groups.get(self.choice["group"])
        return known or group_to_make(self.chosen.course, self.choice["new_group"])

    @property
    def remark(self) -> str:
        return remark_on(self.groups.get(self.choice.get("group", "")))


class GroupForm(ActionForm):
    """One of the groups that the account sees."""

    group = forms.ModelChoiceField(
        Group.objects.none(), empty_label=None, to_field_name="code", label=gettext_lazy("Group")
    )

    def prepare(self) -> None:
        groups = groups_for(self.chosen.author, self.chosen.course)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]  # a ModelChoiceField, by its class above

    @property
    def lacks(self) -> str:
        if groups_for(self.chosen.author, self.chosen.course).exists():
            return ""
        return _("The course has no group yet. Create one on the page of its groups first.")


class MethodForm(ActionForm):
    """One of the synced methods of the course; where there is but one, it goes without saying."""

    method = forms.ModelChoiceField(Method.objects.none(), empty_label=None, label=gettext_lazy("Synchronised method"))

    def prepare(self) -> None:
        self.fields["method"].queryset = self.synced  # type: ignore[attr-defined]  # a ModelChoiceField, by its class

    @property
    def synced(self) -> QuerySet[Method]:
        return synced_methods(self.chosen)

    @property
    def lacks(self) -> str:
        if self.synced.exists():
            return ""
        return _("No synchronisation feeds this course: remove people instead of excluding them.")


class ExcludeForm(MethodForm):
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Optional; kept with the exclusion."),
    )

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"]
        if not reason.isprintable():
            raise ValidationError(_("The reason has a character that cannot be seen. Write it again on one line."))
        return str(reason)

    @property
    def is_ready(self) -> bool:
        return self.synced.count() == 1

    @property
    def chosen_method(self) -> Method:
        """The method chosen, or the only one."""
        method: Method = self.choice["method"] if self.is_bound else self.synced.get()
        return method


class LiftForm(MethodForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields["method"].required = False
        self.fields["method"].empty_label = pgettext_lazy("methods", "All")  # type: ignore[attr-defined]

    @property
    def is_ready(self) -> bool:
        return True

    @property
    def methods(self) -> list[int] | None:
        """The method chosen; None for all of them."""
        method = self.choice.get("method")
        return [method.pk] if method else None


@dataclass(frozen=True)
class Action:
    """What a verb asks for, and what it then proposes."""

    form: type[ActionForm]
    propose: Callable[[Any], Proposal]


ACTIONS = {
    "suspend": Action(ActionForm, lambda form: propose_suspending(form.chosen)),
    "resume": Action(ActionForm, lambda form: propose_resuming(form.chosen)),
    "remove": Action(ActionForm, lambda form: propose_removing(form.chosen)),
    "set-end": Action(EndForm, lambda form: propose_ending(form.chosen, form.choice["ends_at"])),
    "renew": Action(RenewForm, lambda form: propose_renewing(form.chosen, form.choice["ends_at"])),
    "convert": Action(ConvertForm, lambda form: propose_converting(form.chosen, form.conversion)),
    "change-role": Action(RoleForm, lambda form: propose_role(form.chosen, form.choice["role"])),
    "exclude": Action(
        ExcludeForm, lambda form: propose_excluding(form.chosen, form.chosen_method, form.choice.get("reason", ""))
    ),
    "lift-exclusion": Action(LiftForm, lambda form: propose_lifting(form.chosen, form.methods)),
    "add-to-group": Action(JoinForm, lambda form: propose_joining(form.chosen, form.chosen_group)),
    "remove-from-group": Action(GroupForm, lambda form: propose_parting(form.chosen, form.choice["group"])),
}
