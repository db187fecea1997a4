"""Each student of a course or of its étapes: registered or not, in the course or not, and where the chain breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cohorts.models import Person, StagedPerson, StagedRegistration
from cohorts.models import StagedUnitRegistration as Following
from courses.explain.account import account_link
from courses.explain.chain import Link, Mender, Place, State
from courses.explain.course_facts import CourseFacts
from courses.explain.methods import decision_link, method_link
from courses.explain.register_facts import Assignment, RegisterFacts
from courses.explain.registrations import Student, database_links, route_of
from courses.models import CourseUnit
from courses.verification.checked import Checked, Gap
from courses.verification.material import Entry, Followed, Material, Registered

#: Whoever breaks at one of these places is registered: what is missing is in the course or in the account.
BEYOND_REGISTERS = frozenset({Place.ACCOUNT, Place.METHOD, Place.DECISION, Place.ENROLMENT})


#: For whom a pedagogical registration is: for this course, for a course of another group, for one of another étape.
HERE, OTHER_GROUP, ELSEWHERE = "here", "other_group", "elsewhere"


@dataclass(frozen=True)
class Verdict:
    """What one case comes to: the elements by which the registers let such a student in, and the first broken link."""

    units: tuple[str, ...]
    link: Link | None


#: What makes two students one case: all that a chain looks at, and nothing else.
Case = tuple[object, ...]


@dataclass(frozen=True)
class Verification:
    """Every student of a course, checked. Students in the same case are judged once: a course has dozens of cases."""

    material: Material
    _verdicts: dict[Case, Verdict] = field(default_factory=dict)

    @cached_property
    def checked(self) -> list[Checked]:
        """Everyone whom the registers or the course name as a student of it, in no order."""
        return [self.check(entry) for entry in self.material.entries if self.is_concerned(entry)]

    def is_concerned(self, entry: Entry) -> bool:
        """Whether this is a student of the course, of its elements or of its étapes; teachers are not.

        Who follows an element in another étape or another group than the links name is a student of another course.
        """
        if entry.pk in self.material.seats.students or entry.pk in self.material.seats.by_database:
            return True
        places = [self.place_of(entry, row) for row in self.followed(entry)]
        in_promotion = bool(entry.student_number) and entry.student_number in self.material.promotion
        return HERE in places or (in_promotion and OTHER_GROUP not in places)

    def place_of(self, entry: Entry, row: Followed) -> str:
        """Whether the links of the course are for this registration, but for what the registers say against it."""
        links = [unit for unit in self.material.units if unit.unit_code == row.unit_code and admits(unit, row)]
        if not links:
            return ELSEWHERE
        groups = {group.code for group in self.assigned(entry) if group.unit_code == row.unit_code}
        is_here = any(not unit.group_code or not groups or unit.group_code in groups for unit in links)
        return HERE if is_here else OTHER_GROUP

    def check(self, entry: Entry) -> Checked:
        material = self.material
        verdict = self.verdict_of(entry)
        groups = tuple(material.assigned.get(entry.student_number, ()))
        is_enrolled = entry.pk in material.seats.enrolled
        gap = self.gap_of(entry, verdict, groups, is_enrolled=is_enrolled)
        return Checked(
            entry,
            gap,
            self.link_of(gap, verdict, groups),
            self.programmes_of(entry),
            verdict.units,
            groups,
            is_enrolled,
        )

    def gap_of(self, entry: Entry, verdict: Verdict, groups: Sequence[Assignment], *, is_enrolled: bool) -> Gap:
        if is_enrolled and not verdict.units:
            return Gap.UNREGISTERED
        if is_enrolled:
            return Gap.NO_GROUP if self.without_group(verdict.units, groups) else Gap.NONE
        if verdict.units:
            return Gap.ABSENT
        if not self.followed(entry):
            return Gap.NO_REGISTRATION
        is_exempt = verdict.link is not None and verdict.link.code == "unit_not_followed"
        return Gap.EXEMPT if is_exempt else Gap.NOT_COUNTING

    def link_of(self, gap: Gap, verdict: Verdict, groups: Sequence[Assignment]) -> Link | None:
        """The broken link behind a gap; of somebody without a group, the link that a course may do without."""
        if gap == Gap.NO_GROUP:
            units = self.without_group(verdict.units, groups)
            return Link(Place.GROUP, State.MOOT, "no_group", {"units": units}, Mender.REGISTRAR)
        return None if gap == Gap.NONE else verdict.link

    def without_group(self, units: Sequence[str], groups: Sequence[Assignment]) -> list[str]:
        """The elements followed that have groups in APOGÉE, none of which the student is in."""
        inside = {group.unit_code for group in groups}
        return [unit for unit in units if unit in self.grouped_units and unit not in inside]

    @cached_property
    def grouped_units(self) -> frozenset[str]:
        return frozenset(group.unit_code for group in self.material.groups)

    def registered(self, entry: Entry) -> Sequence[Registered]:
        return self.material.registered.get(entry.student_number, ()) if entry.student_number else ()

    def followed(self, entry: Entry) -> Sequence[Followed]:
        return self.material.followed.get(entry.student_number, ()) if entry.student_number else ()

    def programmes_of(self, entry: Entry) -> tuple[str, ...]:
        """The étapes of a student's registrations, administrative ones first."""
        rows: list[Registered | Followed] = [*self.registered(entry), *self.followed(entry)]
        return tuple(dict.fromkeys(row.programme_code for row in rows))

    def verdict_of(self, entry: Entry) -> Verdict:
        """The verdict of the case. One that names no étape is that of any other étape of the component which no link names."""
        likeness = self.case_of(entry, self.alias_of(entry))
        if likeness in self._verdicts:
            return self._verdicts[likeness]
        case = self.case_of(entry, {})
        if case not in self._verdicts:
            verdict = self.judge(entry)
            self._verdicts[case if names_programme(verdict.link) else likeness] = verdict
            return verdict
        return self._verdicts[case]

    def alias_of(self, entry: Entry) -> Mapping[str, str]:
        """What stands for the étapes of one student: the order in which they are met, and whose registrar they are."""
        codes = self.programmes_of(entry)
        return {code: f"\x00{n} {self.components[code]}" for n, code in enumerate(codes) if code in self.components}

    @cached_property
    def components(self) -> Mapping[str, str]:
        """The component of each étape that no link of the course names."""
        named = {unit.programme_code for unit in self.material.units}
        programmes = self.material.facts.programmes
        return {code: row.component_label for code, row in programmes.items() if code not in named}

    def case_of(self, entry: Entry, alias: Mapping[str, str]) -> Case:
        seats = self.material.seats
        return (
            entry.account_state,
            entry.username in self.material.in_directory,
            bool(entry.student_number),
            tuple((alias.get(row[0], row[0]), *row[1:]) for row in self.registered(entry)),
            tuple((alias.get(row[1], row[1]), row[0], *row[2:]) for row in self.followed(entry)),
            tuple(group for group in self.assigned(entry) if group.code in self.deciding_groups),
            entry.pk in seats.by_database,
            entry.pk if entry.pk in seats.exclusions else bool(entry.pk),
        )

    @cached_property
    def deciding_groups(self) -> frozenset[str]:
        """The groups that alone feed the course."""
        return frozenset(unit.group_code for unit in self.material.units if unit.group_code)

    def assigned(self, entry: Entry) -> Sequence[Assignment]:
        return self.material.assigned.get(entry.student_number, ()) if entry.student_number else ()

    def judge(self, entry: Entry) -> Verdict:
        """Walk the chain of « Pourquoi ? » for one student, with no query."""
        student = self.student_of(entry)
        units = tuple(
            dict.fromkeys(
                unit.unit_code
                for unit in self.material.units
                for row in student.register.followings_of(unit.unit_code, self.material.course.academic_year)
                if not any(link.breaks for link in route_of(student, unit, row))
            )
        )
        return Verdict(units, self.first_break(entry, student))

    def first_break(self, entry: Entry, student: Student) -> Link | None:
        if not entry.pk:
            return Link(Place.ACCOUNT, State.BROKEN, "account_unknown", {}, Mender.DIRECTORY)
        return next((link for link in self.chain_of(entry, student) if link.breaks), None)

    def chain_of(self, entry: Entry, student: Student) -> Iterator[Link]:
        """The chain of « Base de données », link by link, as far as it is asked for."""
        material, course = self.material, self.facts_of(entry)
        is_enrolled = entry.pk in material.seats.by_database
        yield account_link(student.person, student.register, course)
        yield from database_links(student, material.course, material.units)
        yield method_link(material.method, student.register, is_enrolled=is_enrolled)
        yield decision_link(material.method, course, is_named=True)
        if not is_enrolled:
            yield Link(Place.ENROLMENT, State.BROKEN, "enrolment_pending", {}, Mender.NIGHT)

    def facts_of(self, entry: Entry) -> CourseFacts:
        """The course as far as a chain that is not shown link by link must know it."""
        material = self.material
        exclusion = material.seats.exclusions.get(entry.pk)
        excluded = {material.method.pk: exclusion} if exclusion else {}
        return CourseFacts(material.course, {}, {}, {}, excluded, {}, (), {}, {})

    @cached_property
    def some_entry(self) -> StagedPerson:
        """An entry of the directory, for a chain that only asks whether there is one."""
        return StagedPerson()

    def student_of(self, entry: Entry) -> Student:
        """The student as the chain takes one: the rows of the extract as they were landed, their lines left out."""
        year, number = self.material.course.academic_year, entry.student_number
        facts = self.material.facts
        person = Person(pk=entry.pk, username=entry.username, student_number=number, account_state=entry.account_state)
        closed = entry.account_state == Person.AccountState.INACTIVE
        known = not closed or entry.username in self.material.in_directory
        register = RegisterFacts(
            reading=facts.reading,
            register=facts.register,
            entry=self.some_entry if known else None,
            registrations=[_registration(year, number, row) for row in self.registered(entry)],
            followings=[_following(year, number, row) for row in self.followed(entry)],
            assignments=self.assigned(entry),
            programmes=facts.programmes,
            units=facts.units,
        )
        return Student(person, register)


def admits(unit: CourseUnit, row: Followed) -> bool:
    """Whether a link of the course is for the étape and version of a registration."""
    programmes, versions = ("", row.programme_code), ("", row.version_code)
    return unit.programme_code in programmes and unit.version_code in versions


def names_programme(link: Link | None) -> bool:
    """Whether what a link found is said of one étape."""
    return link is not None and "programme" in link.params


def _registration(year: str, number: str, row: Registered) -> StagedRegistration:
    return StagedRegistration(academic_year=year, student_number=number, **row._asdict())


def _following(year: str, number: str, row: Followed) -> Following:
    return Following(academic_year=year, student_number=number, **row._asdict())
