"""A measurement counts by how fast the machine was around it, not by what it gave."""

from collections.abc import Callable, Iterable

from benchmarks.quiet import TRIES, WARMING, QuietTimes

Source = Callable[[], float]


def each_of(values: Iterable[float]) -> Source:
    following = iter(values)
    return lambda: next(following)


def times_at(paces: Iterable[float], patience: int = 2 * TRIES) -> QuietTimes:
    """With a fixed work that took 10 while nothing disturbed it, and then these times."""
    return QuietTimes(each_of([10.0] * WARMING + list(paces)), pause=0, patience=patience)


def test_in_a_quiet_moment_the_first_counts() -> None:
    quiet = times_at([10, 11])
    assert (quiet.time_of(each_of([50, 1])), quiet.measured, quiet.disturbed) == (50, 1, 0)


def test_what_was_disturbed_before_or_after_is_measured_again_whatever_it_was() -> None:
    quiet = times_at([15, 10, 10, 15, 10, 10])
    assert (quiet.time_of(each_of([7, 8, 90])), quiet.disturbed) == (90, 0)


def test_a_machine_that_gets_faster_is_the_new_measure() -> None:
    quiet = times_at([8, 8, 10, 10, 8, 9])
    assert [quiet.time_of(each_of([70])), quiet.time_of(each_of([50, 60]))] == [70, 60]


def test_without_a_quiet_moment_the_quietest_counts_and_is_told() -> None:
    paces = [20.0] * 2 * TRIES
    paces[6:8] = [14, 14]
    quiet = times_at(paces)
    assert (quiet.time_of(each_of(range(TRIES))), quiet.disturbed) == (3, 1)


def test_patience_is_for_all_measurements_together() -> None:
    quiet = times_at([20.0] * 8, patience=2)
    assert [quiet.time_of(each_of([1, 2, 3])), quiet.time_of(each_of([4, 5]))] == [1, 4]
    assert (quiet.measured, quiet.disturbed) == (2, 2)
