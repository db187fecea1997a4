"""What the engine is asked for by a file of enrolments: the manual enrolments themselves, and the groups that come and end with them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from cohorts.bulk.file_run import FileKind, FileRow, name_sources
from cohorts.models import AskedRow
from courses.asked_relations import (
    ENROLMENTS,
    GROUPS,
    IS_MEMBER,
    AskedEnrolments,
    AskedGroupMembers,
    AskedMethodGroups,
)
from courses.bulk.lookups import GroupBook
from courses.bulk.rights import may_still_edit
from courses.models import Enrolment, Group, GroupMember, Method
from enrolhub.access.models import User
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Change, Run
from enrolhub.sync.relation import Relation
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Entry
from enrolhub.web.sheets.ranges import ranges_of

METHOD_GROUPS = f"group_members.{Method.Kind.MANUAL.value}"
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manual enrolment says."""

    role: str
    suspended_by: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __str__(self) -> str:
        return join_facts([self.role, self.suspended_by, _time_text(self.starts_at), _time_text(self.ends_at)])


def _time_text(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def present_enrolments(methods: Sequence[int]) -> dict[Pair, Facts]:
    """The enrolments of these manual methods, by course and person."""
    columns = ("method__course_id", "person_id", "role__short_name", "suspended_by", "starts_at", "ends_at")
    present = {}
    for part in ranges_of(methods):
        rows = Enrolment.objects.filter(method__in=part).order_by().values_list(*columns)
        for course, person, *facts in rows.iterator(chunk_size=5000):
            present[course, person] = Facts(*facts)
    return present


@dataclass(frozen=True, slots=True)
class Membership:
    """A place in a group that ends: given by hand, or by the manual method of this id."""

    group_code: str
    method: int | None


@dataclass
class Memberships:
    """The places in groups that a file of enrolments concerns."""

    joined: set[tuple[int, int, str]] = field(default_factory=set)
    ending: dict[Pair, list[Membership]] = field(default_factory=dict)


def read_memberships(entries: Sequence[Entry], groups: GroupBook) -> Memberships:
    """Who of the entries is in the groups named already, and which places end with those who are to leave."""
    found = Memberships()
    texts = {(entry["course"].pk, text) for entry in entries for text in entry["group"]}
    named = {group.pk for place in sorted(texts) if isinstance(group := groups.find(*place), Group)}
    columns = ("group__course_id", "person_id", "group__code")
    for part in ranges_of(sorted(named)):
        rows = GroupMember.objects.filter(group__in=part, method__isnull=True).order_by()
        found.joined.update(rows.values_list(*columns).iterator(chunk_size=5000))
    leaving = {(entry["course"].pk, entry["person"].id) for entry in entries if entry["facts"] is None}
    found.ending = _ending(leaving)
    return found


def _ending(leaving: set[Pair]) -> dict[Pair, list[Membership]]:
    """The places of those who leave: what the manual method gave ends now, what a hand gave with the last enrolment."""
    ending: dict[Pair, list[Membership]] = {}
    for pairs in ranges_of(sorted(leaving)):
        courses, people = ({pair[place] for pair in pairs} for place in (0, 1))
        others, among = _others(courses, people), set(pairs)
        rows = GroupMember.objects.filter(group__course__in=courses, person__in=people).order_by("group__code", "pk")
        columns = ("group__course_id", "person_id", "group__code", "method_id", "method__kind")
        for course, person, code, method, kind in rows.values_list(*columns):
            is_hand = method is None and (course, person) not in others
            if (course, person) in among and (is_hand or kind == Method.Kind.MANUAL):
                ending.setdefault((course, person), []).append(Membership(code, method))
    return ending


def _others(courses: Collection[int], people: Collection[int]) -> set[Pair]:
    """Who of these people is in which of these courses by another method too."""
    rows = Enrolment.objects.filter(method__course__in=courses, person__in=people).order_by()
    return set(rows.exclude(method__kind=Method.Kind.MANUAL).values_list("method__course_id", "person_id"))


def rows_of(
    entry: Entry, method: int, present: Facts | None, places: Memberships, codes: Sequence[str], source: str
) -> Iterator[FileRow]:
    """What one entry asks for. `codes` are those of its groups."""
    course, person, facts = entry["course"], entry["person"], entry["facts"]

    def row(relation: str, ref: int, item: str, before: str, after: str) -> FileRow:
        return FileRow(relation, ref, course.code, person.id, person.username, item, before, after, source)

    yield row(ENROLMENTS, method, "", str(present) if present else "", str(facts) if facts else "")
    if facts is None:
        for place in places.ending.get((course.pk, person.id), ()):
            relation, ref = (GROUPS, course.pk) if place.method is None else (METHOD_GROUPS, place.method)
            yield row(relation, ref, place.group_code, IS_MEMBER, "")
        return
    for code in sorted(set(codes)):
        before = IS_MEMBER if (course.pk, person.id, code) in places.joined else ""
        yield row(GROUPS, course.pk, code, before, IS_MEMBER)


def group_codes(entry: Entry, groups: GroupBook, created: Mapping[tuple[int, str], Group]) -> list[str]:
    """The codes of an entry's groups; of one that is still to be created its folded name, marked."""
    codes = []
    for text in entry["group"]:
        course, key = entry["course"].pk, fold(text)
        found = groups.find(course, text)
        group = found if isinstance(found, Group) else created.get((course, key))
        codes.append(group.code if group else f"+{key}")
    return codes


class FileEnrolments(AskedEnrolments):
    """Manual enrolments as a file asks for them: who leaves is said with the line, too."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        name_sources(changes, self.rows)
        super().depart(changes, at)


class EnrolmentsKind(FileKind):
    """Runs of files of enrolments."""

    name = "enrolments"

    def relations(self, run: Run) -> list[Relation]:
        rows = AskedRow.objects.filter(run=run)
        return [
            FileEnrolments(ENROLMENTS, rows, "removed_by_file"),
            AskedMethodGroups(Method.Kind.MANUAL.value, rows),
            AskedGroupMembers(rows),
        ]

    def still_may(self, account: User, run: Run) -> bool:
        return may_still_edit(account, run)
