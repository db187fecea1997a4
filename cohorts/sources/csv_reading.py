"""One CSV list, read strictly: what could hide lost rows refuses the file and names the place.

An unclosed quote swallows the rest of a file without an error, so records are held against physical lines: within a
list no field contains a line break, hence each record is exactly one line.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import IO

from cohorts.sources.protocol import COLUMNS, OPTIONAL_COLUMNS, Block, ExtractRefused, Problem, refusing_unreadable

#: Bytes read at once, and the longest line that is still believed.
BLOCK = 1 << 20
DELIMITER = ";"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Places = Sequence[int | None]


class CsvReading:
    """The records of a list in the contract's column order, of a file of this SHA-256. ``blocks`` may be exhausted once."""

    def __init__(self, path: Path, list_name: str, sha256: str) -> None:
        self.path = path
        self.sha256 = sha256
        self._digest = hashlib.sha256()
        self.columns = COLUMNS[list_name]
        self.line_count = 0
        self.blank_count = 0
        self._misshapen: list[tuple[int, int]] = []

    def misshapen(self) -> Sequence[tuple[int, int]]:
        return self._misshapen

    def blocks(self) -> Iterator[Block]:
        with refusing_unreadable(self.path.name), self.path.open("rb") as file:
            read = self._read_blocks(file)
            first = next(read, [])
            places, width = self._read_header(first[:1])
            self.line_count = 1
            yield self._block_of(first[1:], places, width)
            for lines in read:
                yield self._block_of(lines, places, width)
        # Rows are known by the hash of their file, which was taken before: another content must never stand under it.
        if self._digest.hexdigest() != self.sha256:
            raise ExtractRefused(Problem("file_changed", file=self.path.name))

    def _block_of(self, lines: list[str], places: Places, width: int) -> Block:
        """The records of these lines, the contract's columns of them; those of another width are kept aside."""
        first = self.line_count + 1
        text = DELIMITER.join(lines)
        if '"' not in text and set(map(str.count, lines, repeat(DELIMITER))) == {width - 1}:
            self.line_count += len(lines)
            cells = text.split(DELIMITER)
            return range(first, first + len(lines)), [
                [""] * len(lines) if place is None else cells[place::width] for place in places
            ]
        good = list(self._well_shaped(lines, width))
        self.line_count += len(lines)
        return [number for number, _ in good], [
            ["" if place is None else cells[place] for _, cells in good] for place in places
        ]

    def _well_shaped(self, lines: list[str], width: int) -> Iterator[tuple[int, list[str]]]:
        first = self.line_count + 1
        for number, cells in enumerate(self._split(lines), first):
            if len(cells) == width:
                yield number, cells
            elif not cells or cells == [""]:
                self.blank_count += 1
            else:
                self._misshapen.append((number, len(cells)))

    def _split(self, lines: list[str]) -> list[list[str]]:
        reader = csv.reader(lines, delimiter=DELIMITER, strict=True)
        records: list[list[str]] = []
        try:
            for cells in reader:
                records.append(cells)
                if reader.line_num != len(records):
                    break
        except csv.Error as error:
            raise self._refusal(_code_of(error), self.line_count + len(records) + 1) from error
        if len(records) != len(lines):
            line = self.line_count + max(len(records), 1)
            raise self._refusal("quote_open", line)
        return records

    def _read_header(self, lines: list[str]) -> tuple[Places, int]:
        """Where the contract's columns stand (None: an optional one that is left out), and how many there are in all."""
        names = [name.strip() for name in self._split(lines)[0]] if lines else []
        lowered = [name.lower() for name in names]
        for column in self.columns:
            if column.lower() not in lowered and column not in OPTIONAL_COLUMNS:
                raise ExtractRefused(Problem("column_missing", file=self.path.name, line=1, column=column))
            if lowered.count(column.lower()) > 1:
                raise ExtractRefused(Problem("column_twice", file=self.path.name, line=1, column=column))
        found = [column.lower() for column in self.columns]
        return [lowered.index(name) if name in lowered else None for name in found], len(names)

    def _read_blocks(self, file: IO[bytes]) -> Iterator[list[str]]:
        """The physical lines of the file, decoded, without their ends, a block at a time."""
        rest, decoded = b"", 0
        start = self._read(file, len(BYTE_ORDER_MARK))
        rest = b"" if start == BYTE_ORDER_MARK else start
        while block := self._read(file, BLOCK):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                lines = self._decode(whole, decoded)
                decoded += len(lines)
                yield lines
            elif len(rest) > BLOCK:
                raise self._refusal("line_too_long", decoded + 1)
        if rest:
            yield self._decode(rest, decoded)

    def _read(self, file: IO[bytes], size: int) -> bytes:
        data = file.read(size)
        self._digest.update(data)
        return data

    def _decode(self, data: bytes, lines_before: int) -> list[str]:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = lines_before + data.count(b"\n", 0, error.start) + 1
            column = error.start - data.rfind(b"\n", 0, error.start)
            raise self._refusal("undecodable", line, column=str(column)) from error
        if "\0" in text:
            raise self._refusal("nul", lines_before + text.count("\n", 0, text.index("\0")) + 1)
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
            if any("\r" in line for line in lines):
                broken = next(number for number, line in enumerate(lines, 1) if "\r" in line)
                raise self._refusal("stray_line_end", lines_before + broken)
        return lines

    def _refusal(self, code: str, line: int, *, column: str = "", **params: str) -> ExtractRefused:
        return ExtractRefused(Problem(code, file=self.path.name, line=line, column=column, params=params))


def _code_of(error: csv.Error) -> str:
    if "end of data" in str(error):
        return "quote_open"
    return "line_too_long" if "field limit" in str(error) else "quote_misplaced"
