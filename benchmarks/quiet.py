"""Measuring between two moments at which the machine was as fast as it ever was.

Whoever shares the host slows the same work by half, for seconds or minutes, and no load of this machine shows it. So a fixed
piece of work is timed before and after each measurement: whether one counts is told by that work's time, never by its own.
"""

import gc
import time
from collections.abc import Callable

#: A measurement counts when the fixed work was no slower than this, against its best time so far.
SLACK = 1.15
#: So often one measurement is made again, after a pause of so many seconds each; and so often all of them together.
TRIES, PAUSE, PATIENCE = 40, 0.5, 600
WARMING = 20


def pace() -> float:
    """Milliseconds of the fixed work: what a page does most, making texts and dictionaries, and leaving them."""
    gc.disable()  # what else lives in the process must not count
    start = time.perf_counter()
    made = {f"a{number}": str(number).upper().replace("1", "b") for number in range(40_000)}
    sorted(made)
    taken = (time.perf_counter() - start) * 1000
    gc.enable()
    return taken


class QuietTimes:
    """Times measurements; ``disturbed`` of them found no quiet moment, and are those of the quietest there was."""

    def __init__(self, pace: Callable[[], float] = pace, pause: float = PAUSE, patience: int = PATIENCE) -> None:
        self._pace, self._pause, self._patience = pace, pause, patience
        self._best = min(pace() for _ in range(WARMING))
        self.measured = 0
        self.disturbed = 0

    def time_of(self, measure: Callable[[], float]) -> float:
        """What ``measure`` gives between two quiet moments."""
        self.measured += 1
        quietest: tuple[float, float] | None = None
        for again in range(TRIES):
            if again and not self._patience:
                break
            if again:
                self._patience -= 1
                time.sleep(self._pause)
            before = self._pace()
            taken = measure()
            around = max(before, self._pace())
            self._best = min(self._best, before, around)
            quietest = min(quietest or (around, taken), (around, taken))
            if around <= self._best * SLACK:
                return taken
        assert quietest
        self.disturbed += 1
        return quietest[1]
