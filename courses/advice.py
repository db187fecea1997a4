"""Which enrolment method to choose: the summary table of the university's guide, and what it says against cohort synchronisation.

Codes only, from facts and answers, so that they can be told on any page; ``courses.pages.advised`` words them.
"""

from dataclasses import dataclass
from enum import StrEnum

from courses.models import Course, Method, Platform


class Reach(StrEnum):
    """The first question: in how many courses."""

    ONE = "one"
    SEVERAL = "several"


class Whom(StrEnum):
    """The second question: whole promotions, or people who make no cohort of administrative registrations."""

    PROMOTIONS = "promotions"
    PEOPLE = "people"


class Way(StrEnum):
    """What one can do about it."""

    COHORT_SYNC = "cohort_sync"
    CONVERT = "convert"
    VERIFY = "verify"
    ENROL_COHORT = "enrol_cohort"
    ENROL_FILE = "enrol_file"
    RENEW = "renew"
    MANY_METHODS = "many_methods"
    MANY_FILE = "many_file"


class Verdict(StrEnum):
    """What the guide says of a method in a course. Nothing is forbidden by it."""

    RECOMMENDED = "recommended"
    DISCOURAGED = "discouraged"


class Reason(StrEnum):
    """Why: an automatic course is fed every night anyway; late registrations, complementary spaces and FOAD are its exceptions."""

    AUTOMATIC = "automatic"
    LATE = "late"
    COMPLEMENTARY = "complementary"
    FOAD = "foad"


@dataclass(frozen=True)
class CourseNature:
    """What the advice must know of a course: how its platform is fed, and whether it was made automatically."""

    fed_by_registrations: bool
    created_automatically: bool

    @property
    def is_automatic(self) -> bool:
        """Whether pedagogical registrations feed it every night by themselves."""
        return self.fed_by_registrations and self.created_automatically


@dataclass(frozen=True)
class Advice:
    """What the guide says of one method in one course; ``better`` ways come in the order in which it names them."""

    verdict: Verdict
    reason: Reason
    better: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """The answer of the assistant: the ways it recommends, those it names besides, and the advice that made it so."""

    recommended: tuple[Way, ...]
    others: tuple[Way, ...] = ()
    advice: Advice | None = None


BETTER_ON_AUTOMATIC = (Way.VERIFY, Way.ENROL_COHORT)


def nature_of(course: Course) -> CourseNature:
    """The nature of a course, whose platform is read with it."""
    by_registrations = course.platform.feeding == Platform.Feeding.REGISTRATIONS
    return CourseNature(by_registrations, course.created_automatically)


def advice_for(course: Course, kind: str, *, late: bool = False) -> Advice | None:
    """What to say before a method of this kind is added to the course; None where the guide says nothing.

    ``late``: the pedagogical registrations of the students concerned come late.
    """
    return advise_cohort_sync(nature_of(course), late=late) if kind == Method.Kind.COHORT_SYNC else None


def advise_cohort_sync(nature: CourseNature, *, late: bool = False) -> Advice:
    """What the guide says of cohort synchronisation in such a course."""
    if not nature.fed_by_registrations:
        return Advice(Verdict.RECOMMENDED, Reason.FOAD)
    if not nature.created_automatically:
        return Advice(Verdict.RECOMMENDED, Reason.COMPLEMENTARY)
    if late:
        return Advice(Verdict.RECOMMENDED, Reason.LATE)
    return Advice(Verdict.DISCOURAGED, Reason.AUTOMATIC, BETTER_ON_AUTOMATIC)


def recommend(reach: Reach, whom: Whom, nature: CourseNature | None = None, *, late: bool = False) -> Recommendation:
    """The row of the summary table, as it stands for a course of this nature when there is but one and it is known."""
    if whom == Whom.PEOPLE:
        several = reach == Reach.SEVERAL
        return Recommendation((Way.MANY_FILE,) if several else (Way.ENROL_FILE,), () if several else (Way.RENEW,))
    if reach == Reach.SEVERAL:
        return Recommendation((Way.MANY_METHODS,))
    return recommend_for_promotions(nature, late=late)


def recommend_for_promotions(nature: CourseNature | None, *, late: bool = False) -> Recommendation:
    """Whole promotions in one course. Automatic enrolments can be turned into manual ones where there are some."""
    if nature is None:
        return Recommendation((Way.COHORT_SYNC, Way.CONVERT))
    advice = advise_cohort_sync(nature, late=late)
    if advice.verdict == Verdict.DISCOURAGED:
        return Recommendation(advice.better, (Way.CONVERT, Way.COHORT_SYNC), advice)
    others = (Way.VERIFY, Way.CONVERT) if nature.is_automatic else ()
    return Recommendation((Way.COHORT_SYNC,), others, advice)
