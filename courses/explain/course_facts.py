"""What the site knows of one person in one course and in the courses that feed it by links, in a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, QuerySet

from cohorts.models import CohortMember, Person
from cohorts.register import MEMBERSHIPS, PEOPLE, casts_doubt
from courses.models import Course, CourseUnit, Enrolment, Exclusion, GroupMember, Method
from enrolhub.sync.models import Change, Hold, Scope

#: Changes of one person read at most; the ledger page of the course has them all.
LATEST = 1_000
COHORT_RELATIONS = (MEMBERSHIPS, "cohort_members.hand")
#: A change by its relation and what that calls the scope.
ScopeKey = tuple[str, int]
Row = TypeVar("Row", Method, CourseUnit)


@dataclass(frozen=True)
class CourseFacts:
    """Everything by ids: methods and elements by course, the person's rows by method or cohort, changes newest first.

    ``taken`` counts the people of the methods that have so many places and no more.
    """

    course: Course
    methods: Mapping[int, Sequence[Method]]
    units: Mapping[int, Sequence[CourseUnit]]
    enrolments: Mapping[int, Enrolment]
    exclusions: Mapping[int, Exclusion]
    memberships: Mapping[int, CohortMember]
    places: Sequence[GroupMember]
    changes: Mapping[ScopeKey, Sequence[Change]]
    taken: Mapping[int, int]

    def changes_of(self, relation: str, ref: int) -> Sequence[Change]:
        return self.changes.get((relation, ref), ())

    def cohort_changes(self, cohort_id: int) -> Sequence[Change]:
        found = [change for relation in COHORT_RELATIONS for change in self.changes_of(relation, cohort_id)]
        return sorted(found, key=lambda change: -change.pk)

    def hold_of_doubt(self) -> Hold | None:
        """What keeps the person in a cohort that the registers may have lost, and with it in the courses (decision 122)."""
        holds = [hold_of(changes) for (relation, _ref), changes in self.changes.items() if relation == MEMBERSHIPS]
        return next((hold for hold in holds if hold and casts_doubt(hold.scope)), None)


def read_course(course: Course, person: Person) -> CourseFacts:
    """What there is between the course and the person."""
    own = list(methods_of([course.pk]))
    sources = sorted({method.source_course_id for method in own if method.source_course_id})
    methods = [*own, *methods_of(sources).exclude(kind=Method.Kind.META_LINK)]
    ids = [method.pk for method in methods]
    named = {cohort for method in methods for cohort in (method.source_cohort_id, method.admits_cohort_id)}
    cohorts = sorted(cohort for cohort in named if cohort)
    enrolments = Enrolment.objects.filter(method__in=ids, person=person).select_related("role", "created_by")
    exclusions = Exclusion.objects.filter(method__in=ids, person=person).select_related("created_by")
    places = GroupMember.objects.filter(group__course=course, person=person).select_related("group")
    units = CourseUnit.objects.filter(course__in=[course.pk, *sources]).select_related("course").order_by("pk")
    return CourseFacts(
        course=course,
        methods=_by_course(methods),
        units=_by_course(units),
        enrolments={row.method_id: row for row in enrolments},
        exclusions={row.method_id: row for row in exclusions},
        memberships={row.cohort_id: row for row in CohortMember.objects.filter(cohort__in=cohorts, person=person)},
        places=list(places.order_by("group__name_key", "group__code")),
        changes=changes_between(person, course, ids, cohorts),
        taken=places_taken([method.pk for method in methods if method.capacity is not None]),
    )


def methods_of(courses: Sequence[int]) -> QuerySet[Method]:
    """The methods of these courses in their order, with what they follow."""
    related = ("role", "group", "source_cohort", "source_course", "admits_cohort", "course__platform")
    return Method.objects.filter(course__in=courses).select_related(*related).order_by("course", "position", "pk")


def _by_course(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.course_id, []).append(row)
    return found


def places_taken(methods: Sequence[int]) -> dict[int, int]:
    """How many people each of these methods has enrolled."""
    rows = Enrolment.objects.filter(method__in=methods).order_by().values_list("method")
    return dict(rows.annotate(number=Count("pk")))


def changes_between(
    person: Person, course: Course, methods: Sequence[int], cohorts: Sequence[int]
) -> dict[ScopeKey, list[Change]]:
    """The latest real changes of the person's account, cohorts, and enrolments and groups that concern the course."""
    kinds = Method.KINDS
    concerned = {(kind, pk) for kind in kinds for pk in methods}
    concerned |= {(f"group_members.{kind}", pk) for kind in kinds for pk in methods}
    concerned |= {(relation, pk) for relation in COHORT_RELATIONS for pk in cohorts}
    concerned |= {(PEOPLE, 0), ("group_members.hand", course.pk)}
    found: dict[ScopeKey, list[Change]] = {}
    for change in changes_of_person(person):
        key = change.scope.phase.relation, change.scope.ref
        if key in concerned or key[0] == MEMBERSHIPS:
            found.setdefault(key, []).append(change)
    return found


def changes_of_person(person: Person) -> list[Change]:
    """The latest changes of one person, newest first, each with its scope and run; what dry runs planned is left out.

    First the person's changes, then their scopes: joined in one statement, all scopes of all nights would be read through.
    """
    changes = sorted(Change.objects.filter(person=person.username).order_by(), key=lambda change: -change.pk)[:LATEST]
    related = ("hold", "phase__run__author", "phase__run__undoes")
    scopes = Scope.objects.select_related(*related).in_bulk([change.scope_id for change in changes])
    for change in changes:
        change.scope = scopes[change.scope_id]
    return [change for change in changes if not change.scope.phase.run.dry_run]


def took_effect(change: Change) -> bool:
    """Whether the change was applied, as its scope says."""
    scope = change.scope
    return bool(scope.departed_at if change.action == Change.Action.DEPARTURE else scope.arrived_at)


def hold_of(changes: Sequence[Change]) -> Hold | None:
    """What keeps the departure that the last change proposes: a hold that waits, or that was decided against it."""
    last = changes[0] if changes else None
    if last is None or last.action != Change.Action.DEPARTURE or took_effect(last):
        return None
    hold: Hold | None = getattr(last.scope, "hold", None)
    return hold if hold and hold.state in (Hold.State.WAITING, Hold.State.REJECTED) else None
