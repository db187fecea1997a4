"""The frame of every `import_…` command: read, validate, write the rejected rows, apply, one JSON line, an exit code."""

import hashlib
import json
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.web.sheets.container import BYTE_LIMIT
from enrolhub.web.sheets.decoding import ENCODINGS
from enrolhub.web.sheets.problems import FileRefused, shorten
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.recognition import Reading
from enrolhub.web.sheets.rejects import write_rejected
from enrolhub.web.sheets.remarks import told_remarks
from enrolhub.web.sheets.tally import Tally

REFUSED, SOME_REJECTED = 2, 3
SEPARATOR_NAMES = {"semicolon": ";", "comma": ",", "tab": "\t"}


class FileImport(Protocol):
    """A file read and validated, nothing written yet."""

    sheet: Sheet
    notes: list[str]

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Write the accepted rows, or only count what that would change. Notes may be added on the way."""


class FileCommand(BaseCommand, ABC):
    """Exit codes: 0 every row accepted, 3 some or all rejected and the others applied, 2 refused whole, nothing written."""

    @abstractmethod
    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        """Read and validate; `how` holds the `reading` and the `author` for whatever reads the file.

        Raises FileRefused, or CommandError for an option that makes no sense.
        """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, XLSX or ODS file of at most 10 MiB and 50,000 rows")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--errors", metavar="OUT.csv", help="write the rejected rows there, each with its reason")
        parser.add_argument("--as", dest="username", help="load it with the rights of this account, and in its name")
        parser.add_argument("--encoding", choices=ENCODINGS, help="how a CSV file is encoded, if not as recognised")
        parser.add_argument("--separator", choices=SEPARATOR_NAMES, help="what separates its cells, likewise")

    def handle(self, *args: Any, **options: Any) -> None:
        author = find_account(options["username"])
        separator = SEPARATOR_NAMES.get(options["separator"])
        how = {"reading": Reading(encoding=options["encoding"], separator=separator), "author": author}
        try:
            data, name = read_file(options["file"])
            with progress(_("Reading and checking %(name)s") % {"name": name}):
                prepared = self.prepare(data, name, how, options)
            self.write_errors(prepared.sheet, options)
            with progress(_("Applying %(name)s") % {"name": name}):
                tally = prepared.carry_out(dry_run=options["dry_run"])
        except FileRefused as error:
            raise CommandError(f"{options['file']}: {error}", returncode=REFUSED) from error
        if not options["dry_run"]:
            record_load(author.username if author else "", name, data, tally)
        self.report(prepared, tally)
        if tally.rejected:
            sys.exit(SOME_REJECTED)

    def write_errors(self, sheet: Sheet, options: dict[str, Any]) -> None:
        """Before anything is applied: a place that cannot be written to stops the import."""
        if not options["errors"]:
            return
        try:
            if Path(options["errors"]).resolve() == Path(options["file"]).resolve():
                raise CommandError(_("The file of errors would overwrite the file itself."), returncode=REFUSED)
            with open(options["errors"], "w", encoding="utf-8", newline="") as file:
                write_rejected(sheet, file)
        except (OSError, ValueError) as error:  # a NUL in the path is no OSError
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{options['errors']}: {reason}", returncode=REFUSED) from error

    def report(self, prepared: FileImport, tally: Tally) -> None:
        """Complaints and notes on stderr, the figures on stdout."""
        sheet = prepared.sheet
        if sheet.unknown:
            names = ", ".join(shown(name) for name in sheet.unknown)
            self.stderr.write(_("Columns that are not known and were ignored: %(names)s") % {"names": names})
        for rejection in sorted(sheet.rejections, key=lambda rejection: rejection.line):
            self.stderr.write(str(rejection))
        for line in told_remarks(sheet):
            self.stderr.write(line)
        for note in prepared.notes:
            self.stderr.write(note)
        accounts = _(
            "%(name)s (%(encoding)s): %(lines)s lines = 1 header + %(accepted)s accepted + %(rejected)s rejected + %(blank)s blank"
        )
        figures = {
            "name": sheet.name,
            "encoding": sheet.encoding,
            "lines": sheet.line_count,
            "blank": sheet.blank_count,
        }
        self.stdout.write(accounts % {**figures, "accepted": tally.accepted, "rejected": tally.rejected})
        self.stdout.write(json.dumps(tally.as_dict()))


def shown(text: str) -> str:
    """A name from outside on one line of a terminal."""
    return shorten(text, 150)


def record_load(actor: str, name: str, data: bytes, tally: Tally) -> None:
    """Tell the audit trail of a file that was applied: who, which one, what came of it."""
    digest = hashlib.sha256(data).hexdigest()
    record_event(actor, "file_loaded", shown(name), count=tally.accepted, **tally.as_dict(), sha256=digest)


def find_account(username: str | None) -> User | None:
    """The account of `--as`; nobody is the operator at the shell. Raises CommandError."""
    if username is None:
        return None
    account = User.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise CommandError(_("No active account is called %(name)s.") % {"name": username}, returncode=REFUSED)
    return account


def read_file(path: str) -> tuple[bytes, str]:
    """The bytes of a file and its name; no more than one byte beyond the limit is read."""
    try:
        with open(path, "rb") as file:
            return file.read(BYTE_LIMIT + 1), Path(path).name
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=REFUSED) from error
    except ValueError as error:  # a NUL in the path
        raise CommandError(f"{path!r}: {error}", returncode=REFUSED) from error


@contextmanager
def progress(text: str) -> Iterator[None]:
    """A line that moves while the work goes on, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # takes 0.1 s, which a command without a terminal need not pay

    with Console(stderr=True).status(text):
        yield
