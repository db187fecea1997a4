"""What « Inscrire des utilisateurs » asks for: people or a cohort, and the role, group and dates that they get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cohorts.models import CohortMember, Person
from cohorts.queries import cohort_of_code
from courses.form_fields import MomentField
from courses.models import Course, Group, Method, Role
from courses.pages.new_group import (
    LONGEST_GROUP_NAME,
    group_to_make,
    may_make_groups,
    read_group_name,
    refusal_of_name,
)
from courses.participants.lists import is_among
from courses.participants.selection import SelectionRefused, read_selection
from courses.queries import groups_seen_by, people_findable_by
from courses.rules import roles_given_by
from courses.terms import as_typed, usual_end
from enrolhub.access.models import User

PEOPLE, COHORT = "people", "cohort"
NEW_GROUP = "new"
STUDENT = Role.ShortName.STUDENT


@dataclass(frozen=True)
class Enrolling:
    """What was asked for, all of it in order. With ``makes_group`` the group is not saved yet."""

    people: Sequence[int]
    role: Role
    group: Group | None
    starts_at: datetime | None
    ends_at: datetime | None
    makes_group: bool = False


class EnrolForm(forms.Form):
    """``chosen`` are the people picked so far, ``cohort`` the cohort picked: the page shows them whatever else is wrong.

    Not ``is_sent``: the data only fill the fields, while one still looks for people; nothing is said about them.
    """

    who = forms.ChoiceField(
        choices=[(PEOPLE, gettext_lazy("People")), (COHORT, gettext_lazy("A cohort, once"))],
        initial=PEOPLE,
        widget=forms.RadioSelect,
        label=gettext_lazy("Whom to enrol"),
    )
    role = forms.ModelChoiceField(
        Role.objects.none(), empty_label=None, to_field_name="short_name", label=gettext_lazy("Role")
    )
    group = forms.ChoiceField(required=False, label=gettext_lazy("Group"))
    new_group = forms.CharField(
        required=False, max_length=LONGEST_GROUP_NAME, label=gettext_lazy("Name of the new group")
    )
    starts_at = MomentField(
        label=gettext_lazy("Start"), help_text=gettext_lazy("Paris time. Empty: as soon as they are enrolled.")
    )
    ends_at = MomentField(label=gettext_lazy("End"), help_text=gettext_lazy("Paris time. Empty: no end."))

    def __init__(self, course: Course, account: User, data: QueryDict | None = None, *, is_sent: bool = True) -> None:
        initial = usual_terms(course) | (data.dict() if data else {})
        super().__init__(data if is_sent else None, initial=initial)
        self.course = course
        roles: forms.ModelChoiceField = self.fields["role"]  # type: ignore[assignment]
        roles.queryset = roles_given_by(account, course)
        self.groups = {str(group.pk): group for group in groups_for(account, course)}
        groups: forms.ChoiceField = self.fields["group"]  # type: ignore[assignment]
        groups.choices = [
            ("", pgettext_lazy("group", "None")),
            *((pk, group.name) for pk, group in self.groups.items()),
            *([(NEW_GROUP, gettext_lazy("A new group…"))] if may_make_groups(account, course) else []),
        ]
        self.chosen, self.refused = chosen_people(data, people_findable_by(account)) if data else ([], "")
        self.cohort = cohort_of_code(data.get("cohort", "")) if data else None

    def clean_new_group(self) -> str:
        return read_group_name(self.cleaned_data["new_group"])

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        self._check_people(cleaned.get("who"))
        if cleaned.get("group") == NEW_GROUP and "new_group" in cleaned:
            why_not = refusal_of_name(self.course, cleaned["new_group"])
            if why_not:
                self.add_error("new_group", why_not)
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end is not after the start. Correct one of them."))
        return cleaned

    def _check_people(self, who: str | None) -> None:
        if who == COHORT and self.cohort is None:
            self.add_error("who", _("Choose a cohort: search for it by its name or code."))
        elif who == PEOPLE and self.refused:
            self.add_error("who", self.refused)
        elif who == PEOPLE and not self.chosen:
            self.add_error("who", _("Choose at least one person: search for them, then tick them."))

    @property
    def enrolling(self) -> Enrolling:
        """What a valid form asks for. A cohort stands for its members of this moment."""
        cleaned = self.cleaned_data
        people = [person.pk for person in self.chosen]
        if cleaned["who"] == COHORT:
            people = list(CohortMember.objects.filter(cohort=self.cohort).values_list("person_id", flat=True))
        is_new = cleaned["group"] == NEW_GROUP
        group = group_to_make(self.course, cleaned["new_group"]) if is_new else self.groups.get(cleaned["group"])
        return Enrolling(people, cleaned["role"], group, cleaned["starts_at"], cleaned["ends_at"], makes_group=is_new)


def usual_terms(course: Course) -> dict[str, Any]:
    """What the form offers first: what the course's manual method says enrolments by hand usually are."""
    manual = Method.objects.filter(course=course, kind=Method.Kind.MANUAL).select_related("role").first()
    role = manual.role.short_name if manual else STUDENT
    return {"who": PEOPLE, "role": role, "ends_at": as_typed(usual_end([manual] if manual else []))}


def groups_for(account: User, course: Course) -> QuerySet[Group]:
    """The groups of the course in which this account may put people."""
    groups, seen = Group.objects.filter(course=course), groups_seen_by(account, course)
    return groups if seen is None else groups.filter(pk__in=seen)


def chosen_people(data: QueryDict, among: QuerySet[Person]) -> tuple[list[Person], str]:
    """Those of these people who are picked so far, by name, and what is wrong with what was sent."""
    if not data.getlist("person"):
        return [], ""
    try:
        ids = read_selection(data).ids
    except SelectionRefused as refused:
        return [], str(refused)
    return list(among.filter(is_among("pk", ids))), ""
