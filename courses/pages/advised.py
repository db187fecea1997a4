"""The advice on methods in words, with the ways to follow it: for the assistant, and for the form of a method."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.advice import Advice, Reason, Verdict, Way, advice_for
from courses.models import Course, Method
from courses.rules import can_edit_participants
from enrolhub.access.models import User
from enrolhub.access.rules import is_staff_cemu
from enrolhub.web.navigation import url_or_none

Words = str | Promise
TEMPLATE = "courses/_advice.html"


@dataclass(frozen=True)
class WayWords:
    """What a way is, what it does, and what its button says."""

    icon: str
    title: Words
    text: Words
    label: Words


@dataclass(frozen=True)
class ToldWay:
    """A way in words; without a ``url`` it is not this account's to go, and ``refusal`` says why."""

    words: WayWords
    url: str
    refusal: Words = ""


@dataclass(frozen=True)
class ToldAdvice:
    """What the guide says of a method in a course, with the better ways."""

    is_against: bool
    title: Words
    text: Words
    ways: list[ToldWay]


WAYS: Mapping[Way, WayWords] = {
    Way.COHORT_SYNC: WayWords(
        "arrow-repeat",
        _("Synchronise cohorts of administrative registrations"),
        _(
            "Their members come in at once, then follow the cohort every night: who leaves the diploma leaves the course."
        ),
        _("Add cohort synchronisation"),
    ),
    Way.CONVERT: WayWords(
        "person-check",
        _("Turn automatic enrolments into manual ones"),
        _(
            "Whom the registers enrol today stays until an end date, whatever they say later. Choose the people in the list."
        ),
        _("Choose the people"),
    ),
    Way.VERIFY: WayWords(
        "list-check",
        _("Check the pedagogical registrations, down to the groups"),
        _("Who is missing has a broken link in APOGÉE as a rule; once it is mended there, the night does the rest."),
        _("Check the registrations"),
    ),
    Way.ENROL_COHORT: WayWords(
        "person-plus",
        _("Enrol the people of the cohort by hand, with an end date"),
        _(
            "They come in once, and leave by themselves at the end: time enough for the registrar’s office to register them."
        ),
        _("Enrol the cohort by hand"),
    ),
    Way.ENROL_FILE: WayWords(
        "file-earmark-arrow-up",
        _("Enrol people from a file, in one course"),
        _("A CSV file with one person a line; each line is checked and shown before anything is recorded."),
        _("Load a file"),
    ),
    Way.RENEW: WayWords(
        "calendar-check",
        _("Renew enrolments by hand or by oneself"),
        _("Those who are in the course already get a new end date."),
        _("Choose the enrolments"),
    ),
    Way.MANY_METHODS: WayWords(
        "diagram-3",
        _("Create, change or delete methods in many courses at once"),
        _("Cohort synchronisations and meta-course links, in all the courses that a filter finds, with one preview."),
        _("Choose the courses"),
    ),
    Way.MANY_FILE: WayWords(
        "file-earmark-arrow-up",
        _("Enrol people from a file, in several courses"),
        _("A CSV file with one person and one course a line: teachers, for instance."),
        _("Load a file"),
    ),
}
#: What the guide says of cohort synchronisation, by the reason.
REASONS: Mapping[Reason, tuple[Words, Words]] = {
    Reason.AUTOMATIC: (
        _("Not recommended in this course"),
        _(
            "This course was created automatically: pedagogical registrations fill it every night. Synchronising a cohort"
            " as well would bring in whoever does not follow it, without a group. Two ways are better."
        ),
    ),
    Reason.LATE: (
        _("Recommended while pedagogical registrations are late"),
        _(
            "The cohort lets students in from their administrative registration on. Remove the method once the pedagogical"
            " registrations are there."
        ),
    ),
    Reason.COMPLEMENTARY: (
        _("Recommended in a complementary space"),
        _(
            "No pedagogical registration feeds this course: the cohort brings in a whole promotion and keeps it up to date."
        ),
    ),
    Reason.FOAD: (
        _("Recommended on this platform"),
        _("Its courses, distance learning among them, are fed by cohorts of administrative registrations."),
    ),
}
NOT_YOURS: Words = _("You may not change this course: ask one of its teachers, or the CEMU.")
FOR_CEMU: Words = _("This is done by the CEMU: write to it with the courses and the cohorts.")
CHOOSE_COURSE: Words = _("Choose the course first.")
#: Where files are loaded on the web, in one course and anywhere.
FILE_OF_COURSE, FILE_ANYWHERE, MANY_COURSES = "courses:import_course", "courses:imports", "courses:many_courses"


def tell_advice(course: Course, kind: str, user: User) -> ToldAdvice | None:
    """What to say before a method of this kind is added to the course; None where the guide says nothing."""
    advice = advice_for(course, kind)
    return worded(advice, course, user) if advice else None


def worded(advice: Advice, course: Course | None, user: User) -> ToldAdvice:
    """An advice in words."""
    title, text = REASONS[advice.reason]
    return ToldAdvice(advice.verdict == Verdict.DISCOURAGED, title, text, told_ways(advice.better, course, user))


def told_ways(ways: Iterable[Way], course: Course | None, user: User) -> list[ToldWay]:
    """These ways for an account, in a course or in many."""
    return [told(way, course, user) for way in ways]


def told(way: Way, course: Course | None, user: User) -> ToldWay:
    words = WAYS[way]
    if way in (Way.MANY_METHODS, Way.MANY_FILE):
        address = url_or_none(MANY_COURSES if way == Way.MANY_METHODS else FILE_ANYWHERE)
        is_open = bool(is_staff_cemu(user)) and address
        return ToldWay(words, address or "") if is_open else ToldWay(words, "", FOR_CEMU)
    if course is None:
        return ToldWay(words, "", CHOOSE_COURSE)
    if way != Way.VERIFY and not can_edit_participants(user, course):
        return ToldWay(words, "", NOT_YOURS)
    address = ADDRESSES[way](course.code)
    return ToldWay(words, address or "", "" if address else FOR_CEMU)


def participants_by(code: str, *kinds: str) -> str | None:
    """The participants whom these kinds of method have enrolled."""
    list_url = url_or_none("courses:participants", code)
    return f"{list_url}?{urlencode([('method', kind) for kind in kinds])}"


def enrol_cohort(code: str) -> str:
    """The form of enrolling by hand, with a cohort to be chosen."""
    return f"{url_or_none('courses:enrol', code)}?who=cohort"


ADDRESSES: Mapping[Way, Callable[[str], str | None]] = {
    Way.COHORT_SYNC: lambda code: url_or_none("courses:method_add", code, Method.Kind.COHORT_SYNC.value),
    Way.CONVERT: lambda code: participants_by(code, "database"),
    Way.VERIFY: lambda code: url_or_none("courses:verification", code),
    Way.ENROL_COHORT: enrol_cohort,
    Way.ENROL_FILE: lambda code: url_or_none(FILE_OF_COURSE, code),
    Way.RENEW: lambda code: participants_by(code, "manual", "self"),
}
