"""The links between a course and the APOGÉE elements that feed it, as one form: a line for each, and some for new ones."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import StagedGroup, StagedProgramme, StagedUnit
from cohorts.queries import snapshot_read
from cohorts.register import Register, register_of
from cohorts.sources.apogee_tree import element_of
from courses.form_fields import LineField
from courses.models import Course, CourseUnit

FRESH_LINES = 3
MOST_LINES = 100
CODES = ("unit_code", "programme_code", "version_code", "group_code")


class UnitLine(forms.Form):
    """One link: an element, for everybody or for an étape, one version of it, or one group only."""

    unit_code = LineField(longest=20, label=gettext_lazy("Element"))
    programme_code = LineField(longest=20, label=gettext_lazy("Étape only"))
    version_code = LineField(longest=10, label=gettext_lazy("Version (VET)"))
    group_code = LineField(longest=20, label=gettext_lazy("Group only"))

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data.get(name, "") for name in CODES)

    def clean(self) -> dict[str, Any]:
        unit, programme, version, group = self.values
        if not unit and (programme or version or group):
            self.add_error("unit_code", _("Write the code of the element, or empty the whole line."))
        if version and not programme:
            self.add_error("programme_code", _("A version belongs to an étape: write the étape too."))
        for name in CODES:
            if "/" in self.cleaned_data.get(name, ""):
                self.add_error(name, _("A code has no slash."))
        return self.cleaned_data


class UnitsForm:
    """All the lines. Those that are emptied go; those that say something new are looked up in the extract in force."""

    def __init__(self, course: Course, data: QueryDict | None) -> None:
        self.course = course
        self.is_bound = data is not None
        present = [] if data is not None else list(CourseUnit.objects.filter(course=course).order_by(*CODES))
        count = count_of(data) if data is not None else len(present) + FRESH_LINES
        self.lines = [
            UnitLine(data, prefix=f"line-{number}", initial=_initial(present, number)) for number in range(count)
        ]
        self.problem = ""

    @cached_property
    def known(self) -> set[tuple[str, ...]]:
        return set(CourseUnit.objects.filter(course=self.course).values_list(*CODES))

    def is_valid(self) -> bool:
        if any(line.errors for line in self.lines):
            return False
        seen: set[tuple[str, ...]] = set()
        register = register_in_force()
        for line in self.lines:
            if not line.values[0]:
                continue
            if line.values in seen:
                line.add_error("unit_code", _("This link is there twice. Empty one of the lines."))
            elif line.values not in self.known and register:
                check_line(line, register, self.course.academic_year)
            seen.add(line.values)
        return not any(line.errors for line in self.lines)

    def units(self) -> Sequence[CourseUnit]:
        """The links that the valid form wants, not saved."""
        filled = [line.values for line in self.lines if line.values[0]]
        return [CourseUnit(course=self.course, **dict(zip(CODES, values, strict=True))) for values in filled]

    @property
    def errors(self) -> list[UnitLine]:
        return [line for line in self.lines if self.is_bound and line.errors]


def _initial(present: Sequence[CourseUnit], number: int) -> dict[str, str]:
    unit = present[number] if number < len(present) else None
    return {name: getattr(unit, name) for name in CODES} if unit else {}


def count_of(data: QueryDict) -> int:
    """How many lines were sent."""
    count = 0
    while count < MOST_LINES and f"line-{count}-unit_code" in data:
        count += 1
    return count


def register_in_force() -> Register | None:
    snapshot = snapshot_read()
    return register_of(snapshot, 0) if snapshot else None


def check_line(line: UnitLine, register: Register, year: str) -> None:
    """Say of a new link what the extract in force does not know."""
    unit, programme, version, group = line.values
    if not StagedUnit.objects.filter(file=register.file("elements"), unit_code=element_of(unit)).exists():
        line.add_error("unit_code", _("The last extract has no element of this code. Check it."))
    programmes = StagedProgramme.objects.filter(file=register.file("etapes"), programme_code=programme)
    if programme and not programmes.exists():
        line.add_error("programme_code", _("The last extract has no étape of this code. Check it."))
    elif version and not programmes.filter(version_code=version).exists():
        line.add_error("version_code", _("The last extract has no such version of this étape. Check it."))
    groups = StagedGroup.objects.filter(file=register.file("groupes"), academic_year=year, unit_code=unit)
    if group and not groups.filter(group_code=group).exists():
        line.add_error("group_code", _("The last extract has no such group of this element. Check it."))
