"""The advice on methods: the summary table of the guide, row by row, and what it says against cohort synchronisation."""

import pytest

from courses.advice import (
    Advice,
    CourseNature,
    Reach,
    Reason,
    Verdict,
    Way,
    Whom,
    advice_for,
    advise_cohort_sync,
    recommend,
)
from courses.models import Course, Method, Platform

AUTOMATIC = CourseNature(fed_by_registrations=True, created_automatically=True)
COMPLEMENTARY = CourseNature(fed_by_registrations=True, created_automatically=False)
FOAD = CourseNature(fed_by_registrations=False, created_automatically=True)


@pytest.mark.parametrize(
    ("reach", "whom", "recommended", "others"),
    [
        ("one", "promotions", ("cohort_sync", "convert"), ()),
        ("one", "people", ("enrol_file",), ("renew",)),
        ("several", "promotions", ("many_methods",), ()),
        ("several", "people", ("many_file",), ()),
    ],
)
def test_the_summary_table(reach: str, whom: str, recommended: tuple[str, ...], others: tuple[str, ...]) -> None:
    answer = recommend(Reach(reach), Whom(whom))
    assert (answer.recommended, answer.others, answer.advice) == (recommended, others, None)


@pytest.mark.parametrize("nature", [AUTOMATIC, COMPLEMENTARY, FOAD])
@pytest.mark.parametrize("whom", list(Whom))
def test_several_courses_are_answered_without_looking_at_one(nature: CourseNature, whom: Whom) -> None:
    assert recommend(Reach.SEVERAL, whom, nature) == recommend(Reach.SEVERAL, whom)


@pytest.mark.parametrize(
    ("nature", "late", "verdict", "reason"),
    [
        (AUTOMATIC, False, "discouraged", "automatic"),
        (AUTOMATIC, True, "recommended", "late"),
        (COMPLEMENTARY, False, "recommended", "complementary"),
        (FOAD, False, "recommended", "foad"),
        (CourseNature(False, False), False, "recommended", "foad"),
    ],
)
def test_cohort_synchronisation(nature: CourseNature, late: bool, verdict: str, reason: str) -> None:
    advice = advise_cohort_sync(nature, late=late)
    assert (advice.verdict, advice.reason) == (verdict, reason)


def test_an_automatic_course_is_offered_the_two_better_ways_and_forbidden_nothing() -> None:
    answer = recommend(Reach.ONE, Whom.PROMOTIONS, AUTOMATIC)
    assert answer.recommended == (Way.VERIFY, Way.ENROL_COHORT)
    assert Way.COHORT_SYNC in answer.others
    assert answer.advice == Advice(Verdict.DISCOURAGED, Reason.AUTOMATIC, (Way.VERIFY, Way.ENROL_COHORT))


@pytest.mark.parametrize(
    ("nature", "late", "others"),
    [(AUTOMATIC, True, (Way.VERIFY, Way.CONVERT)), (COMPLEMENTARY, False, ()), (FOAD, False, ())],
)
def test_where_the_guide_recommends_it(nature: CourseNature, late: bool, others: tuple[Way, ...]) -> None:
    answer = recommend(Reach.ONE, Whom.PROMOTIONS, nature, late=late)
    assert (answer.recommended, answer.others) == ((Way.COHORT_SYNC,), others)


@pytest.mark.parametrize("kind", list(Method.Kind))
def test_only_cohort_synchronisation_is_spoken_of_before_a_method_is_added(kind: Method.Kind) -> None:
    course = Course(platform=Platform(feeding=Platform.Feeding.REGISTRATIONS), created_automatically=True)
    advice = advice_for(course, kind)
    assert (advice is not None) == (kind == Method.Kind.COHORT_SYNC)
