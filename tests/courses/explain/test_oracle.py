"""A thousand pairs of a person and a course: every answer is what plain loops over the files say."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.utils import timezone
from time_machine import TimeMachineFixture

from cohorts.models import Person
from courses.explain.chain import Explanation, Way
from courses.explain.explaining import explain
from courses.models import Course, Enrolment, Method
from tests.courses.explain.campus import NOW, load, pairs_of, write_campus
from tests.courses.explain.oracle import Break, University

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
KINDS = {"cohort_sync": "cohort", "meta_link": "meta"}
#: Breaks that the sample must have met at least once, as the answer or on another chain.
MET = {
    "account_closed", "account_missing", "registration_missing", "registration_unpaid", "registration_cancelled",
    "registration_other_version", "registration_elsewhere", "cohort_other_programme", "not_a_student",
    "unit_registration_missing", "unit_not_followed", "not_in_group", "no_units", "course_without_year", "year_closed",
    "link_other_programme", "link_other_version", "method_off", "excluded", "not_in_hand_cohort", "not_enrolled_by_hand",
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time_machine: TimeMachineFixture) -> University:
    """The university after its two nights, with guards that hold only what would leave nobody."""
    time_machine.move_to(NOW, tick=True)
    for limit in ("SCOPE_SMALL_COUNT", "SCOPE_MEDIUM_PERCENT", "SCOPE_LARGE_PERCENT", "RUN_PERCENT"):
        monkeypatch.setattr(settings, f"GUARD_{limit}", 100)
    campus = write_campus(tmp_path / "campus")
    run = load(campus)
    assert run.state in ("applied", "applied_with_holds")
    return University(campus.folder, campus.second, campus.hands)


def name_of(method: Method) -> str:
    """A method as the oracle calls it."""
    source = method.source_cohort or method.source_course
    return f"{KINDS[method.kind]} {source.code}" if source else method.kind


def broken_of(way: Way) -> Break | None:
    return (way.broken.place.value, way.broken.code) if way.broken else None


def differences(files: University, found: Explanation) -> list[str]:
    """In what an answer differs from the oracle's."""
    course, person = found.course.code, found.person.username
    expected = {name for name, people in files.enrolled[course].items() if person in people}
    said = {name_of(way.method) for way in found.ways if way.is_enrolled}
    wrong = [f"{course} {person}: enrolled by {said}, not {expected}"] if said != expected else []
    for way in found.ways:
        if not way.method.is_synced:
            continue
        breaks = files.breaks(person, course)[name_of(way.method)]
        broken = broken_of(way)
        if (broken not in breaks) if breaks else broken:
            wrong.append(f"{course} {person} {name_of(way.method)}: {broken}, not {breaks}")
    if not expected:
        answer = found.conclusion.place.value, found.conclusion.code
        mender = found.conclusion.mender.value if found.conclusion.mender else ""
        if answer not in files.nearest(person, course) or mender != files.mender(answer[1]):
            wrong.append(f"{course} {person}: {answer} {mender}, not {files.nearest(person, course)}")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("count", [50, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_thousand_pairs(files: University, count: int) -> None:
    pairs = pairs_of(files, Random(4))
    assert len(pairs) == 1_000
    pairs = Random(5).sample(pairs, count)
    courses = Course.objects.select_related("platform").in_bulk(field_name="code")
    people, now = Person.objects.in_bulk(field_name="username"), timezone.now()
    wrong, met, inside = [], Counter[str](), 0
    for course, person in pairs:
        found = explain(courses[course], people[person], now)
        wrong += differences(files, found)
        met.update({found.conclusion.code, *(way.broken.code for way in found.ways if way.broken)})
        inside += found.is_enrolled
    assert wrong == []
    assert count < 1_000 or set(met) >= MET
    assert count / 4 < inside < count * 3 / 4
    check_that_the_oracle_sees(files)


def check_that_the_oracle_sees(files: University) -> None:
    """Somebody taken out behind the registers' back, or put in, is a difference."""
    course = next(code for code in files.spaces if len(files.in_database.get(code, ())) > 1)
    person, other = sorted(files.in_database[course])[:2]
    space, now = Course.objects.get(code=course), timezone.now()
    someone = Person.objects.get(username=person)
    assert differences(files, explain(space, someone, now)) == []
    Enrolment.objects.filter(method__course=space, person=someone).delete()
    assert differences(files, explain(space, someone, now)) != []
    files.in_database[course].discard(other)
    assert differences(files, explain(space, Person.objects.get(username=other), now)) != []
