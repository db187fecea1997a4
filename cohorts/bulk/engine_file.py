"""A file whose rows go through the engine: looked at without a trace, rehearsed, applied, or confirmed as it was seen."""

import hashlib
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cohorts.bulk.file_run import MOVED, FilePlan, FileRow, digest_of, keep_rows, rehearse_file, run_file, start_file
from enrolhub.access.models import User
from enrolhub.sync.models import Change, Run
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.tally import Tally, tally_of

FIGURES = {
    Change.Action.ARRIVAL.value: "arrivals",
    Change.Action.DEPARTURE.value: "departures",
    Change.Action.ALTERATION.value: "alterations",
    "": "unchanged",
}


@dataclass(frozen=True)
class FilePreview:
    """What applying a file would do, seen without writing anything: its figures, those of each scope by code, its digest."""

    tally: Tally
    scopes: Mapping[str, Tally]
    digest: str


class EngineFile(ABC):
    """A file read and validated for an account (nobody is the operator at the shell). Rejections are in `sheet`."""

    kind: str
    counted: str
    sheet: Sheet
    notes: list[str]

    def __init__(self, data: bytes, author: User | None) -> None:
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.author = author

    @property
    def lane(self) -> str:
        """Among which files this one waits its turn."""
        return self.kind

    def keep(self, run: Run) -> int:
        """Keep with the run what is asked of it, once what that stands on is created; how many rows."""
        return keep_rows(run, self.make_rows())

    @abstractmethod
    def asked(self) -> Iterable[FileRow]:
        """The rows for the engine as far as they can be said before anything is created. Writes nothing."""

    @abstractmethod
    def make_rows(self) -> Iterable[FileRow]:
        """The same rows, once what they stand on is created. Belongs in a transaction."""

    @cached_property
    def rows(self) -> list[FileRow]:
        return list(self.asked())

    def source_of(self, line: int) -> str:
        """Where the ledger says a row comes from."""
        return f"{self.sheet.name}:{line}"

    def preview(self) -> FilePreview:
        """What applying the accepted rows would do, by what is in the database now. Nothing is stored."""
        tally = tally_of(self.sheet)
        scopes: dict[str, Counter[str]] = defaultdict(Counter)
        for row, action in self.outcomes():
            scopes[row.code][FIGURES[action]] += 1
        total: Counter[str] = sum(scopes.values(), Counter())
        for name in FIGURES.values():
            setattr(tally, name, total[name])
        return FilePreview(tally, {code: Tally(**counts) for code, counts in sorted(scopes.items())}, self.digest)

    def outcomes(self) -> Iterable[tuple[FileRow, str]]:
        """For each thing that the file names (a person of a scope, a method), its row and the action of the ledger."""
        for row in self.rows:
            if row.relation == self.counted:
                yield row, row.action

    def actions_by_line(self) -> dict[int, str]:
        """What becomes of the line of a row that is taken: the action of the ledger, empty when nothing changes.

        Of lines that say the same the first one stands for all.
        """
        return {int(row.source.rpartition(":")[2]): action for row, action in self.outcomes()}

    @cached_property
    def digest(self) -> str:
        return digest_of(self.rows)

    def plan(self) -> FilePlan:
        return FilePlan(self.kind, self.lane, self.sheet.name, self.sha256, self.digest, self.author, self.keep)

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Apply the accepted rows, or rehearse that. Raises FileRefused when another such file is being applied."""
        tally = tally_of(self.sheet)
        if self.rows:
            self.count(tally, rehearse_file(self.plan()) if dry_run else run_file(self.plan()))
        return tally

    def count(self, tally: Tally, run: Run) -> None:
        """Put into a tally what a run has done."""
        tally.arrivals, tally.departures = run.arrivals, run.departures
        tally.alterations, tally.unchanged = run.alterations, run.unchanged

    def confirm(self, digest: str) -> Run:
        """Apply what a preview of this digest showed, exactly that and once; many rows by a worker.

        Raises FileRefused when what would happen is no longer that, or another such file is being applied.
        """
        if not self.rows or self.digest != digest:
            raise FileRefused(MOVED)
        return start_file(self.plan())
