"""The exchange folder: a manifest and CSV files (FORMATS §3). Read in blocks: memory stays flat whatever the size."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cohorts.sources.csv_reading import CsvReading
from cohorts.sources.protocol import (
    LISTS,
    Beat,
    ExtractRefused,
    ListInfo,
    ListReading,
    Problem,
    Sample,
    Source,
    refusing_unreadable,
)

KIND = "exchange_files"
MANIFEST = "manifest.json"
HASH_BLOCK = 1 << 20
#: More rows than any list has, and the most that our columns count.
MOST_ROWS = (1 << 31) - 1


class ExchangeFolder:
    """A folder read as one extract, of which ``wanted`` lists count. Raises ExtractRefused when its manifest cannot be used."""

    kind = KIND

    def __init__(self, folder: Path, wanted: Sequence[str] = LISTS) -> None:
        self.folder = folder
        self.wanted = wanted
        self.location = str(folder)
        manifest = read_manifest(folder)
        self.extracted_at = extraction_time(manifest)
        self.academic_years = manifest_years(manifest)
        self.declared = declared_files(manifest)

    @cached_property
    def _lists(self) -> Sequence[ListInfo]:
        return [self._describe(name) for name in self.wanted if (self.folder / f"{name}.csv").is_file()]

    def lists(self) -> Sequence[ListInfo]:
        return self._lists

    def problems(self) -> Sequence[Problem]:
        return [problem for name in self.wanted for problem in self._problems_of(f"{name}.csv")]

    def _problems_of(self, file: str) -> list[Problem]:
        if not (self.folder / file).is_file():
            return [Problem("file_missing", file=file)]
        if file not in self.declared:
            return [Problem("file_undeclared", file=file)]
        info = next(info for info in self._lists if info.file == file)
        if info.declared_sha256 and info.declared_sha256.lower() != info.sha256:
            return [Problem("hash_differs", file=file)]
        return []

    def read(self, info: ListInfo) -> ListReading:
        return CsvReading(self.folder / info.file, info.name, info.sha256)

    def _describe(self, name: str) -> ListInfo:
        path = self.folder / f"{name}.csv"
        declared = self.declared.get(path.name, {})
        digest, byte_count = hash_file(path)
        rows = declared.get("rows")
        return ListInfo(name, path.name, digest, byte_count, rows, str(declared.get("sha256") or ""))


@contextmanager
def opened_folder(folder: Path, wanted: Sequence[str], _beat: Beat) -> Iterator[Source]:
    """The folder as a configured source opens it."""
    yield ExchangeFolder(folder, wanted)


def sample_of_folder(folder: Path, wanted: Sequence[str], count: int) -> Sample:
    """What the manifest declares, and the first rows of the first list that is there. Raises ExtractRefused."""
    extract = ExchangeFolder(folder, wanted)
    infos = extract.lists()
    first = infos[0] if infos else None
    lines, columns = next(extract.read(first).blocks(), ([], [])) if first else ([], [])
    rows = [[column[place] for column in columns] for place in range(min(count, len(lines)))]
    return Sample({info.name: info.declared_rows for info in infos}, first.name if first else "", rows)


def hash_file(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size (bytes) of a file."""
    digest, size = hashlib.sha256(), 0
    with refusing_unreadable(path.name), path.open("rb") as file:
        while block := file.read(HASH_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def read_manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ExtractRefused(Problem("manifest_missing", file=MANIFEST, params={"folder": str(folder)}))
    try:
        with refusing_unreadable(MANIFEST):
            manifest = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ExtractRefused(Problem("manifest_undecodable", file=MANIFEST, params={"byte": error.start})) from error
    except json.JSONDecodeError as error:
        raise ExtractRefused(
            Problem("manifest_malformed", file=MANIFEST, line=error.lineno, column=str(error.colno))
        ) from error
    except RecursionError as error:
        raise ExtractRefused(Problem("manifest_malformed", file=MANIFEST)) from error
    if not isinstance(manifest, dict):
        raise ExtractRefused(Problem("manifest_malformed", file=MANIFEST, line=1, column="1"))
    return manifest


def extraction_time(manifest: Mapping[str, Any]) -> datetime:
    """The instant of the extraction (UTC); a time without its offset says nothing certain and is refused."""
    text = manifest.get("extracted_at")
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise bad_value("extracted_at", text)


def bad_value(column: str, value: object) -> ExtractRefused:
    """A value of the manifest that cannot be; characters that no database keeps are shown as such."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in str(value)[:100])
    name = "".join(letter if letter.isprintable() else "\ufffd" for letter in column[:100])
    return ExtractRefused(Problem("manifest_bad_value", file=MANIFEST, column=name, params={"value": shown}))


def manifest_years(manifest: Mapping[str, Any]) -> list[str]:
    years = manifest.get("academic_years")
    valid = isinstance(years, list) and years and all(is_year(year) for year in years)
    if not valid:
        raise bad_value("academic_years", years)
    return sorted({str(year) for year in years or ()})


def is_year(value: object) -> bool:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return len(text) == 4 and text.isascii() and text.isdigit()


def declared_files(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise bad_value("files", files)
    for name, declared in files.items():
        rows = declared.get("rows") if isinstance(declared, dict) else None
        if not isinstance(rows, int) or isinstance(rows, bool) or not 0 <= rows <= MOST_ROWS:
            raise bad_value(f"files.{name}.rows", rows)
    return files
