"""The form that every kind of method has: a name of its own, whether it is enabled, the role and the group it gives."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.form_fields import LineField
from courses.models import Course, Group, Method, Role
from courses.queries import groups_seen_by
from courses.rules import roles_given_by
from enrolhub.access.models import User
from enrolhub.web.folding import fold

YES, NO = "yes", "no"
NEW_GROUP = "new"
LONGEST_NAME, LONGEST_GROUP_NAME = 200, 100


@dataclass(frozen=True)
class Draft:
    """A method as a form wants it: a new one that is not saved, or one of the course with other values.

    ``new_group`` is the name of a group that is to be made with it and given by it; ``group_keys`` are the keys that lead
    into groups, by the groups' codes (None: they stay as they are).
    """

    method: Method
    new_group: str = ""
    group_keys: Mapping[str, str] | None = None


class MethodForm(forms.Form):
    """The form of one kind; a kind declares the fields it has besides, and says in ``fill`` what they mean for a method."""

    #: The kind of the methods that the form makes; one that comes by itself is only changed by its form.
    kind: ClassVar[str] = ""
    #: The fields of this class that the kind does not have.
    without: ClassVar[tuple[str, ...]] = ()
    #: The templates that show the fields which are more than a field.
    templates: ClassVar[Mapping[str, str]] = {}
    #: Fields that the page shows only where another one asks for them: « from_… » of the mapped roles.
    details: Collection[str] = ()
    new_group_label: ClassVar[str | Promise] = gettext_lazy("A new group…")

    name = LineField(
        longest=LONGEST_NAME,
        label=gettext_lazy("Custom instance name"),
        help_text=gettext_lazy("Optional. Otherwise the kind of method is its name."),
    )
    enabled = forms.ChoiceField(
        choices=[(YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))],
        initial=YES,
        label=pgettext_lazy("method", "Active"),
        help_text=gettext_lazy("No: the method is prepared, nobody comes in by it."),
    )
    role = forms.ModelChoiceField(
        Role.objects.none(), empty_label=None, to_field_name="short_name", label=gettext_lazy("Assign role")
    )
    group = forms.ChoiceField(required=False, label=gettext_lazy("Add to group"))
    new_group = LineField(longest=LONGEST_GROUP_NAME, label=gettext_lazy("Name of the new group"))

    def __init__(
        self,
        course: Course,
        account: User,
        data: QueryDict | None = None,
        *,
        problems: Callable[[Method], Mapping[str, str]],
        method: Method | None = None,
        is_sent: bool = True,
    ) -> None:
        """The form of a new method of the course, or of one that it has. ``problems`` are those of its kind.

        Not ``is_sent``: the data only fill the fields, while one still looks for something; nothing is said about them.
        """
        super().__init__(data if is_sent else None)
        self.course, self.account, self.method, self.problems = course, account, method, problems
        self.filled_in = data
        for name in self.without:
            del self.fields[name]
        if "role" in self.fields:
            self._offer_roles()
        if "group" in self.fields:
            self._offer_groups()
        if method:
            self.initial.update(self.initial_of(method))
        if data and not is_sent:
            self.initial.update(data.dict())
        self.prepare()

    def prepare(self) -> None:
        """Give the fields of the kind the choices of this course and account."""

    def initial_of(self, method: Method) -> dict[str, Any]:
        """The values of the fields for a method that the course has."""
        group = str(method.group_id or "")
        enabled = YES if method.enabled else NO
        return {"name": method.name, "enabled": enabled, "role": method.role.short_name, "group": group}

    def fill(self, method: Method) -> None:
        """Put the values of the valid form on the method."""
        cleaned = self.cleaned_data
        method.name = cleaned["name"]
        method.enabled = cleaned["enabled"] == YES
        if "role" in cleaned:
            method.role = cleaned["role"]
        if "group" in cleaned:
            method.group = self.groups.get(cleaned["group"])

    def blanks(self) -> Sequence[Method]:
        """The new methods that the form asks for, before they are filled: one, unless the kind has a choice of sources."""
        return [Method(course=self.course, kind=self.kind)]

    def drafts(self) -> Sequence[Draft]:
        """What a valid form asks for."""
        return [self._draft(method) for method in ([self.method] if self.method else self.blanks())]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not self.errors:
            for draft in self.drafts():
                self._add_problems(draft.method)
                if cleaned.get("group") == NEW_GROUP:
                    self._check_new_group(draft.new_group)
        return cleaned

    def _add_problems(self, method: Method) -> None:
        for field, problem in self.problems(method).items():
            self.add_error(field if field in self.fields else None, problem)

    def new_group_name(self, method: Method) -> str:
        """How the new group of this method is called."""
        return str(self.cleaned_data["new_group"])

    def _draft(self, method: Method) -> Draft:
        self.fill(method)
        is_new = self.cleaned_data.get("group") == NEW_GROUP
        return Draft(method, self.new_group_name(method) if is_new else "")

    def _offer_roles(self) -> None:
        given: QuerySet[Role] = roles_given_by(self.account, self.course)
        if self.method and not given.filter(pk=self.method.role_id).exists():
            given = Role.objects.filter(pk=self.method.role_id)
        self.fields["role"].queryset = given  # type: ignore[attr-defined]  # a ModelChoiceField, by its class
        self.fields["role"].initial = Role.ShortName.STUDENT

    def _offer_groups(self) -> None:
        self.groups = {str(group.pk): group for group in self._groups_offered()}
        self.fields["group"].choices = [  # type: ignore[attr-defined]  # a ChoiceField, by its class
            ("", pgettext_lazy("group", "None")),
            *((pk, group.name) for pk, group in self.groups.items()),
            (NEW_GROUP, self.new_group_label),
        ]

    def _groups_offered(self) -> QuerySet[Group]:
        """The groups of the course that the account sees, and the one that the method gives already."""
        groups, seen = Group.objects.filter(course=self.course), groups_seen_by(self.account, self.course)
        given = [self.method.group_id] if self.method and self.method.group_id else []
        return groups if seen is None else groups.filter(pk__in=[*seen, *given])

    def _check_new_group(self, name: str) -> None:
        field = "new_group" if "new_group" in self.fields else "group"
        if not name:
            self.add_error(field, _("Give the new group a name."))
        elif Group.objects.filter(course=self.course, name_key=fold(name)).exists():
            words = _("The course has a group called “%(group)s” already. Choose it in the list.")
            self.add_error(field, words % {"group": name})
