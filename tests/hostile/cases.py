"""A case of the corpus: where it comes from, the file, and the answer it is to get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refused:
    """The whole file is refused, for this cause, with these parameters among others."""

    cause: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """The file is read. Rejected lines, each with its column (empty: the whole row) and cause; how many rows are taken;
    the causes of what is told of them; the headings that are ignored."""

    rejected: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    taken: int = 1
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """`entry` is the number in RELIABILITY.md; `what` says what is wrong, in a few words that no other case has."""

    entry: str
    what: str
    make: Callable[[], bytes]
    answer: Refused | Rows
    name: str = "f.csv"

    def __str__(self) -> str:
        return f"{self.entry} {self.what}"


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def raw(content: bytes) -> Callable[[], bytes]:
    return lambda: content
