"""Several conductors of one run: frozen ones that wake up, ten at once, nights asked for at the same moment. One of them writes."""

from collections.abc import Callable

import pytest
from django.db import connection

from tests.faults.conftest import Told

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def test_a_stopped_conductor_that_wakes_up_writes_nothing(trials_of: Callable[..., Told]) -> None:
    """Frozen after any commit by SIGSTOP; another one ends its run; SIGCONT: it finds its fence stale."""
    told = trials_of("an_ordinary_night", "stopped", step=10)
    assert (told.wrong(), told.endings()) == ([], {"0"})


def test_a_conductor_stopped_in_the_middle_of_a_transaction(trials_of: Callable[..., Told]) -> None:
    """PostgreSQL ends its session, and the run is taken over. SQLite's one writer keeps everybody out until it wakes up."""
    told = trials_of("an_ordinary_night", "stopped_within", step=20)
    assert (told.wrong(), told.endings()) == ([], {"0"})
    over = {trial["figures"]["taken_over"] for trial in told.trials}
    assert over == {connection.vendor == "postgresql"}


def test_a_run_delivered_to_ten_workers_at_once_is_conducted_once(trials_of: Callable[..., Told]) -> None:
    told = trials_of("an_ordinary_night", "all_at_once", step=40)
    assert (told.wrong(), told.endings()) == ([], {"0"})
    assert {trial["figures"]["fence"] for trial in told.trials} == {1}


def test_nights_asked_for_at_the_same_moment_are_one(trials_of: Callable[..., Told]) -> None:
    """Ten clocks at once, and ten more when the night is over: one night a business date."""
    told = trials_of("an_ordinary_night", "asked_at_once", step=80)
    assert (told.wrong(), told.endings()) == ([], {"0 0"})
