"""The advice on methods in words, with the ways to follow it: for the assistant, and for the form of a method."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.advice import Advice, Reason, Verdict, Way, advice_for
from courses.models import Course, Method
from courses.rules import can_edit_participants
from enrolhub.access.models import User
from enrolhub.access.rules import is_staff_cemu
from enrolhub.web.navigation import place_url, url_or_none

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
    """A way in words; without a ``url`` it is not this account's to go, and ``refusal`` says why.

    With ``fields`` its form is opened by sending them.
    """

    words: WayWords
    url: str
    refusal: Words = ""
    fields: Sequence[tuple[str, str]] = ()


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
        _("Whom the registers enrol today stays until an end date, whatever they say later."),
        _("Turn them into manual enrolments"),
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
        _("Renew them"),
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
#: The place where files are loaded.
IMPORTS = "imports"
#: The verbs on everybody of a course whom these kinds of method have enrolled.
VERBS: Mapping[Way, tuple[str, tuple[str, ...]]] = {
    Way.CONVERT: ("convert", ("database",)),
    Way.RENEW: ("renew", ("manual", "self")),
}


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
        is_ours = bool(is_staff_cemu(user))
        address = url_or_none("courses:many_courses") if way == Way.MANY_METHODS else place_url(IMPORTS, user)
        return ToldWay(words, address) if is_ours and address else ToldWay(words, "", FOR_CEMU)
    if course is None:
        return ToldWay(words, "", CHOOSE_COURSE)
    if way != Way.VERIFY and not can_edit_participants(user, course):
        return ToldWay(words, "", NOT_YOURS)
    if way in VERBS:
        return by_verb(words, course, *VERBS[way])
    return ToldWay(words, ADDRESSES[way](course.code))


def by_verb(words: WayWords, course: Course, verb: str, kinds: Sequence[str]) -> ToldWay:
    """A verb on everybody whom these kinds of method have enrolled: its form asks the rest, and shows what will happen."""
    query = urlencode([("method", kind) for kind in kinds])
    return ToldWay(
        words, reverse("courses:action", args=[course.code, verb]), fields=(("everyone", "1"), ("query", query))
    )


#: Where each way begins in one course.
ADDRESSES: Mapping[Way, Callable[[str], str]] = {
    Way.COHORT_SYNC: lambda code: reverse("courses:method_add", args=[code, Method.Kind.COHORT_SYNC.value]),
    Way.VERIFY: lambda code: reverse("courses:verification", args=[code]),
    Way.ENROL_FILE: lambda code: reverse("courses:course_import", args=[code]),
    Way.ENROL_COHORT: lambda code: f"{reverse('courses:enrol', args=[code])}?who=cohort",
}
