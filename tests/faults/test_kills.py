"""A run killed at any of its commits and at any file it opens ends in the same state, taken up by the sweeper.

Every trial kills a real process by a real SIGKILL; what is compared is all that lasts (tests/faults/state.py).
"""

from collections.abc import Callable

import pytest

from tests.faults.conftest import Told

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    ("story", "least"),
    [
        ("an_ordinary_night", 120),
        ("a_refused_night", 35),
        ("an_approval", 30),
        ("an_undo", 60),
        ("a_deed_by_hand", 15),
    ],
)
def test_a_run_killed_anywhere_ends_in_the_same_state(trials_of: Callable[..., Told], story: str, least: int) -> None:
    told = trials_of(story, "killed")
    assert (told.wrong(), told.endings()) == ([], {"SIGKILL"})
    assert told.labels() == told.points
    assert len(told.trials) >= least
    if "night" in story:
        assert {f"opening of {name}" for name in ("manifest.json", "annuaire.csv", "groupes.csv")} <= set(told.points)


def test_a_first_night_killed_at_every_third_point_fills_the_university_once(trials_of: Callable[..., Told]) -> None:
    told = trials_of("the_first_night", "killed", step=3)
    assert (told.wrong(), told.endings()) == ([], {"SIGKILL"})


def test_a_partial_night_killed_here_and_there_removes_nobody(trials_of: Callable[..., Told]) -> None:
    told = trials_of("a_partial_night", "killed", step=6)
    assert (told.wrong(), told.endings()) == ([], {"SIGKILL"})


def test_a_run_whose_every_conductor_is_killed_ends_in_the_same_state(trials_of: Callable[..., Told]) -> None:
    told = trials_of("an_ordinary_night", "killed_again", step=12)
    assert (told.wrong(), told.endings()) == ([], {"SIGKILL SIGKILL SIGKILL SIGKILL"})


def test_a_commit_whose_answer_is_lost_is_not_done_twice(trials_of: Callable[..., Told]) -> None:
    """The connection breaks when the commit is done, before its conductor hears so."""
    told = trials_of("an_ordinary_night", "answer_lost", step=8)
    assert (told.wrong(), told.endings()) == ([], {"0"})


def test_a_database_that_is_full_for_a_while(trials_of: Callable[..., Told]) -> None:
    """SQLite finds no more room in its file; PostgreSQL takes reads only. Then they do again."""
    told = trials_of("an_ordinary_night", "no_room", step=12)
    assert (told.wrong(), told.endings()) == ([], {"0"})
    assert any(trial["figures"]["resumed"] for trial in told.trials)
