"""Whom a question is about: one person, by username, student or staff number, or mail."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from cohorts.bulk.people import UNKNOWN_PERSON, find_people
from cohorts.models import Person, StagedRegistration
from cohorts.queries import snapshot_read
from cohorts.register import register_of
from courses.models import Course, Enrolment, GroupMember
from courses.queries import groups_seen_by, people_findable_by
from enrolhub.access.models import User
from enrolhub.web.sheets.problems import Problem

#: Longer than any identifier; what is longer still names nobody.
LONGEST = 254


class PersonUnknown(Exception):
    """Nobody has the identifier, or several have; the message says which and what to do."""


def find_person(identifier: str) -> Person:
    """The person whom an identifier means, a username before anything else. Raises PersonUnknown."""
    text = identifier.strip()
    if not text or "\x00" in text or len(text) > LONGEST:
        raise PersonUnknown(_("“%(text)s” is no identifier.") % {"text": text.replace("\x00", "\\0")[:LONGEST]})
    person = Person.objects.filter(username=text).first()
    if person:
        return person
    found = find_people([text])[text]
    if not isinstance(found, Problem):
        return Person.objects.get(pk=found.id)
    raise PersonUnknown(registered_without_entry(text) or say_unknown(found))


def say_unknown(problem: Problem | None = None) -> str:
    """Why an identifier means nobody; nothing given, as if nobody had it: so is answered about whom one may not find."""
    problem = problem or Problem(UNKNOWN_PERSON)
    return " ".join(part for part in (str(problem.reason), str(problem.remedy)) if part)


def registered_without_entry(text: str) -> str:
    """What to say of a student number that APOGÉE knows and the directory does not; empty for any other text."""
    snapshot = snapshot_read()
    if snapshot is None or not (text.isascii() and text.isdigit()):
        return ""
    register = register_of(snapshot, 0)
    rows = StagedRegistration.objects.filter(file=register.file("inscriptions_administratives"))
    row = rows.filter(student_number=text.zfill(8)).order_by("line").first()
    if row is None:
        return ""
    words = _(
        "The student %(number)s is registered in APOGÉE (inscriptions_administratives.csv:%(line)s) but has no entry in the"
        " directory: the directory service can tell why there is no account."
    )
    return words % {"number": row.student_number, "line": row.line}


def people_to_ask_about(user: User | AnonymousUser, course: Course) -> QuerySet[Person]:
    """Whom somebody who may open the course may ask about: anybody whom their searches find, in the course or not.

    In a course of separate groups, not about the participants of the other groups.
    """
    seen = groups_seen_by(user, course)
    if seen is None:
        return people_findable_by(user)
    inside = Enrolment.objects.filter(method__course=course, person=OuterRef("pk"))
    shown = GroupMember.objects.filter(group__in=seen, person=OuterRef("pk"))
    return people_findable_by(user).filter(~Exists(inside) | Exists(shown))
