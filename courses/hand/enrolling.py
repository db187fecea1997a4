"""Enrolling people into the manual method of a course: previewed, confirmed, a run by hand like any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from cohorts.relations import YES
from courses.hand.chosen import Chosen
from courses.hand.confirming import CourseBusy, CourseMoved, carry_out
from courses.hand.enrolment_verbs import text_of
from courses.hand.new_groups import making
from courses.hand.preview import ActionPreview
from courses.hand.proposal import HAND_GROUPS, NOTHING, Part, Proposal, verdict_of
from courses.models import Course, Enrolment, Group, GroupMember, Method, Role
from courses.rules import roles_given_by
from enrolhub.access.models import User
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Run

VERB = "enrol"


class EnrolmentRefused(ValueError):
    """What is asked for cannot be done for anybody; the message says why and what to do."""


@dataclass(frozen=True)
class Terms:
    """What enrolments by hand say. A group that is not saved yet is made by the run."""

    role: Role
    group: Group | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class EnrolOutcome:
    """What came of a confirmation: the run that does it, or with ``moved`` or ``busy`` nothing, and the preview of now."""

    run: Run | None
    preview: ActionPreview
    moved: bool = False
    busy: bool = False


def preview_enrolling(
    course: Course,
    people: Sequence[int],
    *,
    role: Role,
    group: Group | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    author: User,
) -> ActionPreview:
    """What enrolling these people (ids) would do. Raises EnrolmentRefused."""
    return _preview(course, people, Terms(role, group, starts_at, ends_at), author)


def _preview(course: Course, people: Sequence[int], terms: Terms, author: User) -> ActionPreview:
    return ActionPreview(propose_enrolling(Chosen(course, tuple(dict.fromkeys(people)), author), terms))


def enrol_people(  # noqa: PLR0913 - an enrolment has so many facts
    course: Course,
    people: Sequence[int],
    *,
    role: Role,
    group: Group | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    author: User,
    digest: str | None,
) -> EnrolOutcome:
    """Enrol these people (ids) as a preview of this digest showed it; without one, as the course is now.

    Raises EnrolmentRefused. Above ``enrolhub.sync.start.AT_ONCE`` people the run is waiting for a worker.
    """
    terms = Terms(role, group, starts_at, ends_at)
    preview = _preview(course, people, terms, author)
    try:
        run = carry_out(preview.proposal, VERB, digest or preview.digest)
    except CourseMoved:
        return EnrolOutcome(None, _preview(course, people, terms, author), moved=True)
    except CourseBusy:
        return EnrolOutcome(None, preview, busy=True)
    return EnrolOutcome(run, preview)


def propose_enrolling(chosen: Chosen, terms: Terms) -> Proposal:
    """Enrol by hand whoever is not yet, and put them into the group."""
    method, group = check_enrolling(chosen, terms), terms.group
    seats = Enrolment.objects.filter(person=OuterRef("pk"))
    verdicts = [
        ("enrolled_already", Q(Exists(seats.filter(method=method)))),
        ("here_otherwise", Q(Exists(seats.filter(method__in=chosen.method_ids)))),
    ]
    verdict = verdict_of(verdicts)
    arriving = chosen.people.annotate(verdict=verdict).filter(verdict__gt=0)
    facts = join_facts([terms.role.short_name, "", text_of(terms.starts_at), text_of(terms.ends_at)])
    rows = {"asked_member": F("pk"), "asked_before": NOTHING}
    enrolments = arriving.annotate(
        asked_relation=Value(Method.Kind.MANUAL.value),
        asked_ref=Value(method.pk),
        asked_item=NOTHING,
        asked_facts=Value(facts),
        **rows,
    )
    parts = [Part(enrolments, person="pk")]
    if group:
        by_hand = GroupMember.objects.filter(group=group.pk, method__isnull=True, person=OuterRef("pk"))
        joining = arriving.exclude(Exists(by_hand)).annotate(
            asked_relation=Value(HAND_GROUPS),
            asked_ref=Value(chosen.course.pk),
            asked_item=Value(group.code),
            asked_facts=YES,
            **rows,
        )
        parts = [*making(group), *parts, Part(joining, person="pk")]
    codes = [code for code, _condition in verdicts]
    return Proposal(chosen, codes, verdict, ~Q(Exact(F("first"), Value(0))), parts)


def check_enrolling(chosen: Chosen, terms: Terms) -> Method:
    """The manual method of the course, when what is asked for makes sense. Raises EnrolmentRefused."""
    method = next((each for each in chosen.methods.values() if each.kind == Method.Kind.MANUAL), None)
    if method is None:
        raise EnrolmentRefused(_("The course has no manual enrolment method. Add it to the course first."))
    if not roles_given_by(chosen.author, chosen.course).filter(pk=terms.role.pk).exists():
        raise EnrolmentRefused(_("You may not give the role “%(role)s” in this course.") % {"role": terms.role})
    if terms.group and terms.group.course_id != chosen.course.pk:
        raise EnrolmentRefused(_("The group “%(group)s” belongs to another course.") % {"group": terms.group})
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise EnrolmentRefused(_("The end must be after the start. Correct one of them."))
    return method
