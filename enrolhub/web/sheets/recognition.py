"""How a file is read: recognised from its header, shown to whoever loads it, and corrected where that was wrong."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from enrolhub.web.folding import fold
from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.cells import FormulaCell
from enrolhub.web.sheets.problems import FileRefused

COLUMN_LIMIT = 200
SEPARATORS = (";", ",", "\t")
ERROR_COLUMN = "erreur"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: the name the code uses, its heading in French and in English, and whether it must be there."""

    name: str
    french: str
    english: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. As an answer all of it is stated; as a wish, what is None is recognised.

    `encoding` is one of `decoding.ENCODINGS` and `separator` one of `SEPARATORS`, both empty for a workbook;
    `columns` has, for each heading in order, the name of the known column that it holds, empty for one that is ignored.
    """

    encoding: str | None = None
    separator: str | None = None
    columns: tuple[str, ...] | None = None


RECOGNISE = Reading()


def heading_key(text: str) -> str:
    """A heading without case, accents, invisible characters, and with one kind of blank."""
    return fold(text).replace(" ", "_").replace("-", "_")


def split_line(line: str, separator: str, number: int) -> list[str]:
    """The cells of one physical line. A quote left open or followed by text refuses the file, for the rest of it is in doubt."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error as error:
        cause = refusals.OPEN_QUOTE if "unexpected end of data" in str(error) else refusals.STRAY_QUOTE
        raise FileRefused(cause, line=number) from error


_QUOTED_RIGHT = {
    separator: re.compile(rf"(?:{cell})(?:{separator}(?:{cell}))*")
    for separator in SEPARATORS
    for cell in [rf'"(?:[^"]|"")*"|[^"{separator}]*']
}


def has_inner_quote(line: str, separator: str) -> bool:
    """Whether a quote stands in a cell that does not begin with one: nobody can tell what it opens or closes."""
    return '"' in line and not _QUOTED_RIGHT[separator].fullmatch(line)


def known_headings(columns: Sequence[Column]) -> dict[str, str]:
    """Heading, folded → name of the column."""
    return {heading_key(title): column.name for column in columns for title in (column.french, column.english)}


def separator_of(line: str, number: int, columns: Sequence[Column]) -> str:
    """The separator under which a header names most expected columns; the first of SEPARATORS among equals."""
    known = known_headings(columns)
    scores: dict[str, int] = {}
    refusal: FileRefused | None = None
    for separator in SEPARATORS:
        try:
            cells = split_line(line, separator, number)
        except FileRefused as error:
            refusal = error
            continue
        scores[separator] = sum(heading_key(cell) in known for cell in cells)
    best = max(scores, key=lambda separator: scores[separator], default="")
    if best and scores[best]:
        return best
    raise refusal or no_header(number, columns)


def no_header(number: int, columns: Sequence[Column]) -> FileRefused:
    expected = ", ".join(column.french for column in columns)
    return FileRefused(refusals.NO_HEADER, line=number, expected=expected)


def check_header(header: Sequence[str], number: int) -> None:
    """Raises FileRefused for a header that nobody wrote by hand."""
    if len(header) > COLUMN_LIMIT:
        raise FileRefused(refusals.TOO_MANY_COLUMNS, line=number, count=len(header), limit=COLUMN_LIMIT)
    for index, cell in enumerate(header, 1):
        if isinstance(cell, FormulaCell):
            raise FileRefused(refusals.FORMULA_HEADER, line=number, column=index)


def recognise_columns(header: Sequence[str], number: int, columns: Sequence[Column]) -> tuple[str, ...]:
    """For each heading the known column that it names, or nothing. Raises FileRefused: a column is there twice."""
    known = known_headings(columns)
    seen: dict[str, int] = {}
    names = []
    for index, title in enumerate(header):
        key = heading_key(title)
        name = known.get(key, key)
        if name and name in seen:
            places = {"first": seen[name] + 1, "second": index + 1}
            raise FileRefused(refusals.COLUMN_TWICE, line=number, column=title.strip(), **places)
        seen[name] = index
        names.append(known.get(key, ""))
    return tuple(names)


def check_columns(names: Sequence[str], header: Sequence[str], columns: Sequence[Column]) -> None:
    """Raises FileRefused when what each column is said to hold makes no sense."""
    stated = [name for name in names if name]
    if len(names) != len(header) or not set(stated) <= {column.name for column in columns}:
        raise FileRefused(refusals.WRONG_READING, what=", ".join(stated)[:100])
    for name in stated:
        if stated.count(name) > 1:
            first = names.index(name)
            places = {"first": first + 1, "second": names.index(name, first + 1) + 1}
            raise FileRefused(refusals.COLUMN_TWICE, line=1, column=name, **places)


def missing_columns(names: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The French headings of the columns that must be there and are not."""
    return [column.french for column in columns if column.required and column.name not in names]


def unknown_headings(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """The headings of columns that are ignored; our own column of errors is not worth a word."""
    titles = [title.strip() for title, name in zip(header, names, strict=True) if not name]
    return [title for title in titles if heading_key(title) not in ("", ERROR_COLUMN)]
