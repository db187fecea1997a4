"""The words of one course that its participant list can filter by: roles, groups and methods."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from courses.models import Course, Group, Method, Role
from enrolhub.web.folding import fold

ROLE_LABELS = dict(Role.ShortName.choices)
# How PARTICIPANTS.md and the exports name the kinds of methods; kinds of the site's own keep their names.
PUBLIC_KINDS: dict[str, str] = {name: name for name in Method.KINDS} | {
    Method.Kind.MANUAL.value: "manual",
    Method.Kind.SELF.value: "self",
    Method.Kind.DATABASE.value: "database",
    Method.Kind.COHORT_SYNC.value: "cohort",
    Method.Kind.META_LINK.value: "meta",
}


class GroupWord(NamedTuple):
    """A group of the course, as far as the list needs it."""

    pk: int
    code: str
    name: str


@dataclass(frozen=True)
class Vocabulary:
    """Roles by short name, the course's groups by code in alphabetical order, its methods by id written as text."""

    course: Course
    roles: dict[str, Role]
    groups: dict[str, GroupWord]
    methods: dict[str, Method]

    @cached_property
    def method_ids(self) -> list[int]:
        return [method.pk for method in self.methods.values()]

    @cached_property
    def disabled_method_ids(self) -> list[int]:
        return [method.pk for method in self.methods.values() if not method.enabled]

    @cached_property
    def group_ids(self) -> list[int]:
        return [group.pk for group in self.groups.values()]

    @cached_property
    def role_labels(self) -> dict[str, str]:
        """What each role is called, by short name, in the language of the moment."""
        return {name: str(ROLE_LABELS.get(name, name)) for name in self.roles}

    @cached_property
    def method_labels(self) -> dict[int, str]:
        """What each method is called, by id, in the language of the moment."""
        return {method.pk: str(method) for method in self.methods.values()}

    @cached_property
    def role_ranks(self) -> dict[int, int]:
        """The place of each role's id in the alphabetical order of the short names."""
        return {self.roles[name].pk: rank for rank, name in enumerate(sorted(self.roles))}

    @cached_property
    def group_ranks(self) -> dict[int, int]:
        """The place of each group's id in the alphabetical order of the names; groups of one name share theirs."""
        names = list(dict.fromkeys(alphabetical(group) for group in self.groups.values()))
        return {group.pk: names.index(alphabetical(group)) for group in self.groups.values()}

    @cached_property
    def role_names(self) -> dict[int, str]:
        return {role.pk: name for name, role in self.roles.items()}

    def methods_called(self, value: str) -> list[int]:
        """The methods that a value of ``method`` means: the one of that id, or all of that kind (maybe none)."""
        if value in self.methods:
            return [self.methods[value].pk]
        return [method.pk for method in self.methods.values() if PUBLIC_KINDS[method.kind] == value]


def alphabetical(group: GroupWord) -> tuple[str, str]:
    """What groups are ordered by: their names without accents and case, then as they are."""
    return fold(group.name), group.name


def vocabulary_of(course: Course) -> Vocabulary:
    """Read the words of the course: three queries."""
    rows = Group.objects.filter(course=course).order_by().values_list("pk", "code", "name")
    groups = sorted((GroupWord(*row) for row in rows), key=lambda group: (*alphabetical(group), group.code))
    return Vocabulary(
        course=course,
        roles={role.short_name: role for role in Role.objects.all()},
        groups={group.code: group for group in groups},
        methods={str(method.pk): method for method in Method.objects.filter(course=course).order_by("position", "pk")},
    )
