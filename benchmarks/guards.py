"""What guards cost a night: the time spent judging the extract, its rows and the plan. Runs as a process of its own."""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import django


class Stopwatch:
    """Adds up the time that functions take, each by its name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, module: Any, name: str) -> None:
        """Measure a function wherever this module calls it."""
        function: Callable[..., Any] = getattr(module, name)

        @wraps(function)
        def watched(*args: Any, **options: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - begun

        setattr(module, name, watched)


def watch_guards(watch: Stopwatch) -> None:
    """Everything of a night that only judges: it could be left out, and the rows written would be the same."""
    from cohorts import findings, snapshots, staging
    from enrolhub.sync import conduct

    for module, names in (
        (staging, ("reject_contradictions",)),
        (snapshots, ("count_parts", "weigh")),
        (conduct, ("judge_phase", "judge_whole_run", "supersede_holds")),
        (findings, ("note_rollover",)),
    ):
        for name in names:
            watch.watch(module, name)


def measure_guards(folder: Path) -> dict[str, float]:
    """Seconds of a night over this extract, of its guards together, and of each."""
    from courses.night import request_night
    from enrolhub.sync.attempts import attempt_run

    watch = Stopwatch()
    watch_guards(watch)
    begun = time.perf_counter()
    run = request_night(folder=folder)
    if run is None:
        raise RuntimeError("a night is under way already")
    run = attempt_run(run)
    night = time.perf_counter() - begun
    return {"night": night, "guards": sum(watch.seconds.values()), "held": run.held, **watch.seconds}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_guards(Path(sys.argv[1]))))
