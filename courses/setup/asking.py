"""A change of methods as somebody asks for it: its verb, in which courses, and the rows that it comes to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Max

from courses.actions import code_of_group
from courses.methods.form import Draft
from courses.models import Course, CourseUnit, Group, GroupKey, Method
from courses.setup.facts import facts_of, method_facts
from courses.setup.rows import GROUPS, KEYS, LINKED, METHODS, UNITS, UNLINKED, SetupRow, fresh_ids, item_of
from enrolhub.access.models import User
from enrolhub.web.folding import fold


class Verb(StrEnum):
    """What can be done to methods."""

    ADD = "add"
    CHANGE = "change"
    ENABLE = "enable"
    DISABLE = "disable"
    ORDER = "order"
    DELETE = "delete"
    UNITS = "units"


@dataclass(frozen=True)
class Setup:
    """A change of methods of one kind. ``units`` are, by course, all the elements that are to feed it from then on."""

    verb: Verb
    kind: str
    courses: Sequence[Course]
    author: User
    drafts: Sequence[Draft] = ()
    deleted: Sequence[Method] = ()
    units: Mapping[int, Sequence[CourseUnit]] = field(default_factory=dict)

    @property
    def course(self) -> Course | None:
        """The course, when there is but one."""
        return self.courses[0] if len(self.courses) == 1 else None

    def rows(self) -> list[SetupRow]:
        """What it comes to now. Belongs in a transaction; each time new methods get other ids."""
        fresh = [draft for draft in self.drafts if draft.method.pk is None]
        kept = [draft for draft in self.drafts if draft.method.pk is not None]
        return [
            *self._groups(),
            *self._changed_methods(kept),
            *self._new_methods(fresh),
            *self._deleted_methods(),
            *self._changed_units(),
        ]

    def _groups(self) -> Iterator[SetupRow]:
        """The new groups; each draft that gives one gets it, not saved yet."""
        wanted = [draft for draft in self.drafts if draft.new_group]
        courses = {draft.method.course_id for draft in wanted}
        taken = set(Group.objects.filter(course__in=courses).order_by().values_list("course_id", "code"))
        made: dict[tuple[int, str], Group] = {}
        for draft in wanted:
            course, key = draft.method.course_id, fold(draft.new_group)
            if (course, key) not in made:
                code = code_of_group(key, course, taken)
                taken.add((course, code))
                made[course, key] = Group(course_id=course, code=code, name=draft.new_group)
                yield SetupRow(GROUPS, course, 0, code, "", draft.new_group)
            draft.method.group = made[course, key]

    def _changed_methods(self, drafts: Sequence[Draft]) -> Iterator[SetupRow]:
        before = dict(_facts_by_id(draft.method.pk for draft in drafts))
        for draft in drafts:
            method = draft.method
            row = method_row(method, before.get(method.pk, ""), facts_of(method))
            if row.before != row.facts:
                yield row
            yield from self._changed_keys(draft, method.pk)

    def _new_methods(self, drafts: Sequence[Draft]) -> Iterator[SetupRow]:
        courses = {draft.method.course_id for draft in drafts}
        positions = Method.objects.filter(course__in=courses).order_by().values_list("course_id")
        last = dict(positions.annotate(last=Max("position")))
        for draft, pk in zip(drafts, fresh_ids(len(drafts)) if drafts else (), strict=True):
            course = draft.method.course_id
            last[course] = draft.method.position = last.get(course, -1) + 1
            yield method_row(draft.method, "", facts_of(draft.method), pk)
            yield from self._changed_keys(draft, pk)

    def _changed_keys(self, draft: Draft, pk: int) -> Iterator[SetupRow]:
        if draft.group_keys is None:
            return
        present = dict(GroupKey.objects.filter(method=pk).order_by().values_list("group__code", "key"))
        for code in sorted({*present, *draft.group_keys}):
            before, after = present.get(code, ""), draft.group_keys.get(code, "")
            if before != after:
                yield SetupRow(KEYS, pk, 0, code, before, after)

    def _deleted_methods(self) -> Iterator[SetupRow]:
        ids = [method.pk for method in self.deleted]
        keys = GroupKey.objects.filter(method__in=ids).order_by("method_id", "group__code")
        for pk, code, key in keys.values_list("method_id", "group__code", "key"):
            yield SetupRow(KEYS, pk, 0, code, key, "")
        before = dict(_facts_by_id(ids))
        for method in self.deleted:
            if method.pk in before:
                yield method_row(method, before[method.pk], "")

    def _changed_units(self) -> Iterator[SetupRow]:
        for course, units in sorted(self.units.items()):
            present = {item_of(unit) for unit in CourseUnit.objects.filter(course=course)}
            wanted = {item_of(unit) for unit in units}
            for item in sorted(present ^ wanted):
                states = (LINKED, UNLINKED) if item in present else (UNLINKED, LINKED)
                yield SetupRow(UNITS, course, 0, item, *states)


def method_row(method: Method, before: str, after: str, pk: int | None = None) -> SetupRow:
    """The row of a method; its item tells people of the ledger which one it is."""
    source = getattr(method.source_cohort or method.source_course, "code", "")
    item = f"{method.kind}:{source}" if source else method.kind
    return SetupRow(METHODS, method.course_id, pk or method.pk, item[:100], before, after)


def _facts_by_id(ids: Iterable[int]) -> Iterator[tuple[int, str]]:
    rows = Method.objects.filter(pk__in=list(ids)).order_by()
    yield from rows.values_list("pk", method_facts())
