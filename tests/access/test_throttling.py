"""Attempts at a secret are counted by several buckets; a full one makes wait and costs the others nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrolhub.access.models import Attempts
from enrolhub.access.throttling import FORGOTTEN, Bucket, give_back, take_attempt

pytestmark = pytest.mark.django_db
WINDOW = timedelta(minutes=15)
PERSON, COURSE = Bucket("person", 2), Bucket("course", 3)


def counts() -> dict[str, int]:
    return dict(Attempts.objects.values_list("bucket", "count"))


def test_each_attempt_counts_in_every_bucket_until_one_is_full() -> None:
    assert [take_attempt([PERSON, COURSE], WINDOW) for _ in range(2)] == [None, None]
    wait = take_attempt([PERSON, COURSE], WINDOW)
    assert wait is not None
    assert timedelta(0) < wait <= WINDOW
    assert counts() == {"person": 2, "course": 2}


def test_a_full_bucket_gives_back_what_the_others_had_counted() -> None:
    for _ in range(3):
        assert take_attempt([COURSE], WINDOW) is None
    assert take_attempt([PERSON, COURSE], WINDOW) is not None
    assert counts() == {"person": 0, "course": 3}


def test_a_right_secret_gives_its_attempt_back_and_never_more() -> None:
    take_attempt([PERSON], WINDOW)
    give_back([PERSON])
    give_back([PERSON])
    assert counts() == {"person": 0}


def test_after_the_window_one_may_try_again() -> None:
    for _ in range(2):
        take_attempt([PERSON], WINDOW)
    Attempts.objects.update(since=timezone.now() - WINDOW)
    assert take_attempt([PERSON], WINDOW) is None
    assert counts() == {"person": 1}


def test_counts_that_nobody_needs_are_forgotten() -> None:
    take_attempt([PERSON], WINDOW)
    Attempts.objects.update(since=timezone.now() - FORGOTTEN - WINDOW)
    take_attempt([COURSE], WINDOW)
    assert counts() == {"course": 1}
