"""What is asked for in several courses at once: a method to add, to change or to delete in each of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cohorts.models import Cohort
from courses.form_fields import LineField
from courses.methods.cohort_sync_form import CohortsField, chosen_cohorts
from courses.methods.form import LONGEST_GROUP_NAME, LONGEST_NAME, NO, YES, Draft
from courses.methods.meta_link_form import SourcesField, chosen_sources
from courses.models import Course, Group, Method, Role
from courses.participants.lists import is_among
from enrolhub.access.models import User
from enrolhub.web.folding import fold

#: What a method of several courses may follow, by its kind.
SOURCES = {Method.Kind.COHORT_SYNC.value: "cohort", Method.Kind.META_LINK.value: "source"}
NO_GROUP, NAMED_GROUP = "none", "named"


class ManyForm(forms.Form):
    """Which methods: those of one kind that follow the cohorts or courses chosen, ``chosen`` so far."""

    templates: ClassVar[Mapping[str, str]] = {
        "cohort": "courses/method_cohorts.html",
        "source": "courses/method_sources.html",
    }
    details: ClassVar[Sequence[str]] = ()
    cohort = CohortsField(label=gettext_lazy("Cohort"))
    source = SourcesField(label=gettext_lazy("Source course"))

    def __init__(
        self, kind: str, courses: Sequence[Course], account: User, data: QueryDict | None, *, is_sent: bool
    ) -> None:
        super().__init__(data if is_sent else None, initial=data.dict() if data else None)
        self.kind, self.courses, self.account, self.filled_in = kind, courses, account, data
        self.source_name = SOURCES[kind]
        for name in SOURCES.values():
            if name != self.source_name:
                del self.fields[name]
        if "source" in self.fields:
            self.fields["source"].account = account  # type: ignore[attr-defined]  # a SourcesField, by its class

    @property
    def chosen(self) -> Sequence[Cohort] | Sequence[Course]:
        codes = self.filled_in.getlist(self.source_name) if self.filled_in else []
        return chosen_cohorts(codes) if self.source_name == "cohort" else chosen_sources(self.account, codes)

    def present(self) -> list[Method]:
        """The methods of these courses that follow what was chosen."""
        sources = [each.pk for each in self.cleaned_data[self.source_name]]
        field = "source_cohort" if self.source_name == "cohort" else "source_course"
        methods = Method.objects.filter(
            is_among("course_id", [course.pk for course in self.courses]), kind=self.kind, **{f"{field}__in": sources}
        )
        related = ("role", "group", "source_cohort", "source_course", "course", "admits_cohort")
        return list(methods.select_related(*related).order_by("course__code", "pk"))


def group_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(NO_GROUP, pgettext_lazy("group", "None")), (NAMED_GROUP, gettext_lazy("A group of this name"))],
        initial=NO_GROUP,
        label=gettext_lazy("Add to group"),
    )


def name_of_group() -> LineField:
    return LineField(
        longest=LONGEST_GROUP_NAME,
        label=gettext_lazy("Name of the group"),
        help_text=gettext_lazy("A course that has no group of this name gets one."),
    )


def role_field() -> forms.Field:
    return forms.ModelChoiceField(
        Role.objects.all(), empty_label=None, to_field_name="short_name", label=gettext_lazy("Assign role")
    )


class ManyAddForm(ManyForm):
    """A method for each course and each source; courses that have it already keep theirs."""

    name = LineField(longest=LONGEST_NAME, label=gettext_lazy("Custom instance name"))
    enabled = forms.ChoiceField(
        choices=[(YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))],
        initial=YES,
        label=pgettext_lazy("method", "Active"),
        help_text=gettext_lazy("No: the method is prepared, nobody comes in by it."),
    )
    role = role_field()
    group = group_field()
    group_name = name_of_group()
    details = ("group_name",)
    field_order = ("name", "enabled", "cohort", "source", "role", "group", "group_name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = Role.ShortName.STUDENT

    def clean(self) -> dict[str, Any]:
        check_group(self)
        return self.cleaned_data

    def skipped(self) -> list[Method]:
        """The methods that courses have already, which stay as they are."""
        role = self.cleaned_data["role"]
        # A course may follow a cohort once a role, and another course but once.
        return [method for method in self.present() if self.source_name == "source" or method.role_id == role.pk]

    def drafts(self) -> list[Draft]:
        have = {(method.course_id, method.source_cohort_id or method.source_course_id) for method in self.skipped()}
        groups = groups_named(self.courses, self.cleaned_data)
        return [
            with_group(self._method(course, source), groups, self.cleaned_data)
            for course in self.courses
            for source in self.cleaned_data[self.source_name]
            if (course.pk, source.pk) not in have and source != course
        ]

    def _method(self, course: Course, source: Cohort | Course) -> Method:
        cleaned = self.cleaned_data
        return Method(
            course=course,
            kind=self.kind,
            name=cleaned["name"],
            enabled=cleaned["enabled"] == YES,
            role=cleaned["role"],
            source_cohort=source if isinstance(source, Cohort) else None,
            source_course=source if isinstance(source, Course) else None,
        )


class ManyChangeForm(ManyForm):
    """One thing to change on every method found."""

    ROLE, GROUP, NAME, ENABLE, DISABLE = "role", "group", "name", "enable", "disable"
    what = forms.ChoiceField(
        choices=[
            (ROLE, gettext_lazy("The role")),
            (GROUP, gettext_lazy("The group")),
            (NAME, gettext_lazy("The name")),
            (ENABLE, gettext_lazy("Enable")),
            (DISABLE, gettext_lazy("Disable")),
        ],
        initial=ROLE,
        label=gettext_lazy("What to change"),
    )
    role = role_field()
    group = group_field()
    group_name = name_of_group()
    name = LineField(longest=LONGEST_NAME, label=gettext_lazy("Custom instance name"))
    field_order = ("cohort", "source", "what", "role", "group", "group_name", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = Role.ShortName.STUDENT

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("what") == self.GROUP:
            check_group(self)
        if not self.errors:
            self._check_present()
        return self.cleaned_data

    def _check_present(self) -> None:
        methods = self.present()
        if not methods:
            self.add_error(self.source_name, _("None of these courses has such a method."))
        elif self.cleaned_data["what"] == self.ROLE:
            role = self.cleaned_data["role"]
            twins = {(m.course_id, m.source_cohort_id) for m in methods if m.role_id == role.pk}
            both = [m for m in methods if m.role_id != role.pk and (m.course_id, m.source_cohort_id) in twins]
            if both and self.source_name == "cohort":
                words = _("%(course)s has this cohort with that role already: delete one of the two there first.")
                self.add_error("role", words % {"course": both[0].course.code})

    def drafts(self) -> list[Draft]:
        return [draft for method in self.present() for draft in self._changed(method)]

    def _changed(self, method: Method) -> Iterator[Draft]:
        what, cleaned = self.cleaned_data["what"], self.cleaned_data
        if what == self.GROUP:
            yield with_group(method, groups_named(self.courses, cleaned), cleaned)
            return
        if what == self.ROLE:
            method.role, method.role_map = cleaned["role"], ""
        elif what == self.NAME:
            method.name = cleaned["name"]
        else:
            method.enabled = what == self.ENABLE
        yield Draft(method)


class ManyDeleteForm(ManyForm):
    """The methods found are to go."""

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.present():
            self.add_error(self.source_name, _("None of these courses has such a method."))
        return self.cleaned_data


def check_group(form: forms.Form) -> None:
    """A named group needs its name."""
    if form.cleaned_data.get("group") == NAMED_GROUP and form.cleaned_data.get("group_name") == "":
        form.add_error("group_name", _("Give the group a name."))


def groups_named(courses: Sequence[Course], cleaned: Mapping[str, Any]) -> dict[int, Group]:
    """The groups of that name, by course."""
    if cleaned["group"] != NAMED_GROUP:
        return {}
    key = fold(cleaned["group_name"])
    groups = Group.objects.filter(is_among("course_id", [course.pk for course in courses]), name_key=key)
    return {group.course_id: group for group in groups.order_by("-pk")}


def with_group(method: Method, groups: Mapping[int, Group], cleaned: Mapping[str, Any]) -> Draft:
    """The method with the group of that name in its course, or with a new one."""
    method.group = groups.get(method.course_id)
    is_new = cleaned["group"] == NAMED_GROUP and method.group is None
    return Draft(method, cleaned["group_name"] if is_new else "")
