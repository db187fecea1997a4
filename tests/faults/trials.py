"""`python -m tests.faults.trials STORY DEED VENDOR PLACE FOLDER [STEP]`: one run, struck at its points in turn.

Each trial begins on a copy of the same database: a process conducts the run as a worker does and meets the deed at one
point; another one takes up what it left, by the sweeper. The processes are forked from this one, which never has a
connection of its own, and what they end in is compared with the end of a run that nothing struck.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import DatabaseError, InterfaceError, OperationalError, connection  # noqa: E402
from django.db.models.functions import Now  # noqa: E402

from courses.tasks import conduct, run_nightly, sweep_runs  # noqa: E402
from enrolhub.sync import attempts, lease  # noqa: E402
from enrolhub.sync.models import Run  # noqa: E402
from tests.faults.breaking import Deed, Points, kill, stop, watch  # noqa: E402
from tests.faults.copies import Copies  # noqa: E402
from tests.faults.state import digest_of, half_written, whole_state  # noqa: E402
from tests.faults.stories import build, write_in_small_parts  # noqa: E402

CONDUCTORS, FAILED = 10, 70
#: Trials made side by side; a server is restarted for one alone.
BRANCHES = {"server_restarted": 1, "all_at_once": 1, "asked_at_once": 1}
#: A deed that waits for an answer strikes where the database gives one; some need a transaction that is open.
EVERY = ("commit", "statement", "opening", "end")
POINTS = {
    **dict.fromkeys(("answer_lost", "no_room", "stopped"), ("commit", "statement")),
    **dict.fromkeys(("cut_off", "server_restarted", "stopped_within"), ("commit",)),
}
Work = Callable[[], Any]


@dataclass
class Trial:
    """What became of one run that was struck: how the struck process ended, and in what the others differ from the whole run."""

    point: int
    label: str
    ending: str = ""
    half_written: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    differing: dict[str, list[str]] = field(default_factory=dict)


def forked(database: str, work: Work, answer: Path) -> int:
    """Do the work in a process of its own, on this database; its answer goes to the file. The number of the process."""
    number = os.fork()
    if number:
        return number
    with ending_this_process():
        connection.settings_dict["NAME"] = database
        found = work()
        connection.close()
        answer.write_text(json.dumps(found), encoding="utf-8")
    raise AssertionError("This process has ended.")


@contextmanager
def ending_this_process() -> Iterator[None]:
    """End a forked process when its work is done, without what its parent would do at its own end."""
    code = FAILED
    try:
        yield
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def ending_of(number: int) -> str:
    """How a process ended, once it has: « SIGKILL », « 0 »."""
    status = os.waitpid(number, 0)[1]
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else str(os.WEXITSTATUS(status))


def pause(seconds: float) -> None:
    Event().wait(seconds)


@dataclass
class Series:
    """One story, its end when nothing strikes it, and its trials."""

    story: str
    copies: Copies
    folder: Path
    run: int = 0
    labels: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return f"{self.story}_template"

    @property
    def extract(self) -> Path:
        return self.folder / "extract"

    def answered(self, name: str, database: str, work: Work) -> Any:
        """What the work answers. RuntimeError when its process did not end well."""
        answer = self.folder / f"{name}.json"
        ending = ending_of(forked(database, work, answer))
        if ending != "0":
            raise RuntimeError(f"{self.story}, {name}: the process ended with {ending}")
        return json.loads(answer.read_text(encoding="utf-8"))

    def prepare(self) -> None:
        template = self.copies.name_of(self.template)
        self.run = self.answered("build", template, lambda: build(self.story, self.extract))
        with self.copies.copied(self.template, f"{self.story}_whole") as database:
            self.labels = self.answered("whole", database, lambda: self.conducted(Points()))
            self.expected = self.answered("state", database, whole_state)

    def conducted(self, points: Points) -> list[str]:
        """Conduct the run as a worker does; the last point is after its end, before the broker is told."""
        watch(points, self.extract)
        try:
            conduct(self.run)
        except (DatabaseError, InterfaceError):
            traceback.print_exc()
        points.reach("end of the task")
        return points.labels

    def end_leases(self) -> None:
        """A minute passes in which nobody writes."""
        past = Now() - timedelta(minutes=2)
        Run.objects.filter(state__in=Run.LIVE).update(requested_at=past)
        Run.objects.filter(state__in=Run.LIVE, lease_until__isnull=False).update(lease_until=past)

    def taken_up(self) -> dict[str, Any]:
        """What is found after the deed, and the state once the sweeper has come."""
        broken = half_written(self.run)
        self.end_leases()
        sweep_runs()
        resumed = Run.objects.get(pk=self.run).resumed
        return {"half_written": broken, "resumed": resumed, "state": whole_state()}

    def compared(self, trial: Trial, found: dict[str, Any]) -> Trial:
        trial.half_written = found.get("half_written", [])
        for part, was in self.expected.items():
            if found["state"][part] != was:
                trial.differing[part] = [was, found["state"][part]]
        return trial

    def trial(self, point: int) -> Trial:
        return Trial(point, self.labels[point - 1])

    def struck(self, point: int, branch: int, deed: Deed, *, after: bool = False) -> Trial:
        """One conductor meets the deed; then the sweeper comes."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            points = Points(point, deed, after=after)
            trial.ending = ending_of(forked(database, lambda: self.conducted(points), self.folder / name))
            found = self.answered(name, database, self.taken_up)
        trial.figures = {"resumed": found["resumed"]}
        return self.compared(trial, found)

    def killed(self, point: int, branch: int) -> Trial:
        return self.struck(point, branch, kill)

    def answer_lost(self, point: int, branch: int) -> Trial:
        """The commit is done, and its conductor does not learn of it."""

        def cut() -> None:
            raise OperationalError("server closed the connection unexpectedly")

        return self.struck(point, branch, cut, after=True)

    def no_room(self, point: int, branch: int) -> Trial:
        """From this commit on the database takes nothing more; when the sweeper comes, it does again."""
        return self.struck(point, branch, close_database_for_writing, after=True)

    def cut_off(self, point: int, branch: int) -> Trial:
        """PostgreSQL ends the session in the middle of a transaction."""
        return self.struck(point, branch, partial(end_own_session, self.copies))

    def server_restarted(self, point: int, branch: int) -> Trial:
        """The server is stopped and started in the middle of a transaction, by whoever watches for the wish."""
        return self.struck(point, branch, partial(wish, self.folder / "wish"))

    def killed_again(self, point: int, branch: int) -> Trial:
        """Whoever takes the run up is killed as well, three times, each time a little later."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            endings = []
            for late in (point, 3, 6, 9):
                points = Points(late, kill)
                endings.append(ending_of(forked(database, partial(self.conducted, points), self.folder / name)))
                self.answered(name, database, self.end_leases)
            trial.ending = " ".join(endings)
            return self.compared(trial, self.answered(name, database, self.taken_up))

    def stopped(self, point: int, branch: int) -> Trial:
        """A conductor is frozen between two writes, another one ends its run; then it is woken, and must write nothing."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            points = Points(point, stop, after=True)
            number = forked(database, lambda: self.conducted(points), self.folder / name)
            assert os.WIFSTOPPED(os.waitpid(number, os.WUNTRACED)[1])
            self.compared(trial, self.answered(name, database, self.taken_up))
            os.kill(number, signal.SIGCONT)
            trial.ending = ending_of(number)
            return self.compared(trial, {"state": self.answered(name, database, whole_state)})

    def stopped_within(self, point: int, branch: int) -> Trial:
        """The same in the middle of a transaction, whose locks nobody else can release: the sweeper comes until it can."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            number = forked(database, lambda: self.conducted_in_haste(Points(point, stop)), self.folder / name)
            assert os.WIFSTOPPED(os.waitpid(number, os.WUNTRACED)[1])
            trial.figures = self.answered(name, database, self.swept_patiently)
            os.kill(number, signal.SIGCONT)
            trial.ending = ending_of(number)
            return self.compared(trial, {"state": self.answered(name, database, whole_state)})

    def conducted_in_haste(self, points: Points) -> list[str]:
        lease.LEASE, lease.RENEWED, lease.IDLE = (timedelta(seconds=seconds) for seconds in (2, 0.1, 1))
        return self.conducted(points)

    def swept_patiently(self) -> dict[str, Any]:
        """Sweep until the run has ended, or until it is plain that its frozen conductor keeps everybody out."""
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 1}
        if connection.vendor == "postgresql":
            del connection.settings_dict["OPTIONS"]["timeout"]
        attempts.WAITING_TOO_LONG = timedelta(seconds=2)
        sweeps = 2 if connection.vendor == "sqlite" else 60
        for _ in range(sweeps):
            sweep_runs()
            if not Run.objects.get(pk=self.run).is_live:
                return {"taken_over": True}
            pause(0.5)
        return {"taken_over": False}

    def all_at_once(self, point: int, branch: int) -> Trial:
        """The same message reaches ten workers at the same moment."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            trial.ending = self.together(name, database, lambda: conduct(self.run))
            state = self.answered(name, database, lambda: {"state": whole_state(), "fence": self.fence()})
            trial.figures = {"fence": state["fence"]}
            return self.compared(trial, state)

    def asked_at_once(self, point: int, branch: int) -> Trial:
        """Ten clocks ask for the scheduled night at the same moment, and again when it is over."""
        trial, name = self.trial(point), f"{self.story}_{branch}"
        with self.copies.copied(self.template, name) as database:
            self.answered(name, database, lambda: Run.objects.filter(pk=self.run).delete()[0])
            trial.ending = self.together(name, database, run_nightly)
            trial.ending += f" {self.together(name, database, run_nightly)}"
            return self.compared(trial, {"state": self.answered(name, database, whole_state)})

    def together(self, name: str, database: str, work: Work) -> str:
        """Do the same in many processes at once; how they ended."""
        reading, writing = os.pipe()
        rival = partial(self.work_at_signal, work, reading, writing)
        numbers = [forked(database, rival, self.folder / f"{name}_{each}") for each in range(CONDUCTORS)]
        os.close(writing)
        os.close(reading)
        return " ".join(sorted({ending_of(number) for number in numbers}))

    def work_at_signal(self, work: Work, reading: int, writing: int) -> None:
        """Begin once every other process has closed its end of the pipe."""
        settings.ENROLHUB_SOURCES_DIR = self.extract
        connection.ensure_connection()
        os.close(writing)
        os.read(reading, 1)
        work()

    def fence(self) -> int:
        return Run.objects.get(pk=self.run).fence

    def try_all(self, deed: str, points: Sequence[int]) -> list[Trial]:
        """Strike at each of the points, a few at a time, each in a branch of its own."""
        branches, count = [], BRANCHES.get(deed, 2)
        for branch in range(count):
            number = os.fork()
            if not number:
                self.follow(deed, branch, points[branch::count])
            branches.append(number)
        if any(ending_of(number) != "0" for number in branches):
            raise RuntimeError(f"{self.story}: a branch of trials did not end well")
        found = [json.loads(line) for path in self.folder.glob("branch_*") for line in path.read_text().splitlines()]
        return sorted((Trial(**fields) for fields in found), key=lambda trial: trial.point)

    def follow(self, deed: str, branch: int, points: Sequence[int]) -> None:
        """Make the trials of a branch and end this process."""
        with ending_this_process(), (self.folder / f"branch_{branch}").open("w", encoding="utf-8") as lines:
            for point in points:
                lines.write(json.dumps(asdict(getattr(self, deed)(point, branch))) + "\n")


def close_database_for_writing() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA max_page_count = 1")  # SQLite takes the number of pages that there are
        else:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


def end_own_session(copies: Copies) -> None:
    copies.end_session(connection.connection.info.backend_pid)


def wish(path: Path) -> None:
    """Ask for something that another process does, and wait until it is done."""
    path.touch()
    while path.exists():
        pause(0.02)


def main(story: str, deed: str, vendor: str, place: str, folder: str, step: str = "1") -> None:
    write_in_small_parts()
    copies = Copies(vendor, place, outlive_crashes=deed == "server_restarted")
    series = Series(story, copies, Path(folder))
    series.prepare()
    kinds = POINTS.get(deed, EVERY)
    points = [number for number, label in enumerate(series.labels, 1) if label.startswith(kinds)][:: int(step)]
    trials = series.try_all(deed, points)
    told = {"expected": digest_of(series.expected), "points": series.labels, "trials": [asdict(t) for t in trials]}
    (series.folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
