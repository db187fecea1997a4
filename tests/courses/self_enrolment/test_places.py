"""A hundred people ask for the last place at once, on whichever database: one gets it, nobody sees an error."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cohorts.models import Person
from courses.models import Course, Enrolment, Method
from courses.self_enrolment.enrolling import Applicant, EnrolmentRefused, TooManyAttempts, enrol_oneself
from enrolhub.access.models import User
from enrolhub.sync.models import Change, Run
from tests.factories import PersonFactory, UserFactory
from tests.open_course import KEY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
#: Requests at once; workers of a site are fewer, so that the others wait at its door.
REQUESTS, WORKERS = 100, 16


def ask_at_once(applicants: Sequence[Applicant], way: Method, key: str) -> Counter[str]:
    """What everybody is answered, each by a thread with a connection of its own; the first ones start together."""
    gate = Barrier(WORKERS)

    def ask(number: int) -> str:
        if number < WORKERS:
            gate.wait(60)
        try:
            enrol_oneself(applicants[number], way, key)
        except EnrolmentRefused as refused:
            return str(refused.refusal)
        except TooManyAttempts:
            return "too many"
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(WORKERS) as threads:
        return Counter(threads.map(ask, range(len(applicants))))


@pytest.fixture
def crowd(space: Course) -> list[Applicant]:
    people = [PersonFactory(username=f"etu{number}") for number in range(REQUESTS)]
    accounts = {user.username: user for user in (UserFactory.create(username=each.username) for each in people)}
    return [Applicant(each, accounts[each.username], "192.0.2.1") for each in people]


def test_one_of_a_hundred_gets_the_last_place(crowd: list[Applicant], way: Method) -> None:
    Method.objects.filter(pk=way.pk).update(capacity=1)
    assert ask_at_once(crowd, way, KEY) == {"in": 1, "full": REQUESTS - 1}
    run = Run.objects.get()
    [row] = Enrolment.objects.filter(method=way)
    assert (run.state, row.created_run_id, Change.objects.count()) == ("applied", run.pk, 1)


def test_one_person_asking_many_times_at_once_is_enrolled_once(student: User, way: Method) -> None:
    person = Person.objects.get(username="etu")
    Method.objects.filter(pk=way.pk).update(key="")
    way.refresh_from_db()
    answers = ask_at_once([Applicant(person, student, "192.0.2.1")] * WORKERS, way, "")
    assert answers == {"in": 1, "enrolled": WORKERS - 1}
    assert Enrolment.objects.filter(method=way).count() == 1


def test_wrong_keys_at_once_are_compared_no_oftener_than_allowed(student: User, way: Method) -> None:
    person = Person.objects.get(username="etu")
    answers = ask_at_once([Applicant(person, student, "192.0.2.1")] * (WORKERS * 2), way, "wrong-key")
    assert answers == {"key": 5, "too many": WORKERS * 2 - 5}
