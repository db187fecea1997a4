"""The lists every source yields, and how a source says what is wrong with them (FORMATS §3)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

#: The columns of each list, in the order in which sources yield their cells.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "annuaire": (
        "uid", "supannAliasLogin", "supannEtuId", "supannEmpId", "sn", "givenName", "displayName", "mail",
        "eduPersonAffiliation", "supannRessourceEtat", "supannListeRouge",
    ),
    "annees": ("cod_anu", "eta_anu_iae", "lib_anu"),
    "etapes": ("cod_etp", "cod_vrs_vet", "lib_etp", "cod_cmp", "lib_cmp"),
    "inscriptions_administratives": (
        "cod_anu", "cod_etu", "cod_etp", "cod_vrs_vet", "eta_iae", "eta_pmt_iae", "dat_mod_iae",
    ),
    "elements": ("cod_elp", "lib_elp", "cod_pel", "cod_cmp"),
    "inscriptions_pedagogiques": (
        "cod_anu", "cod_etu", "cod_etp", "cod_vrs_vet", "cod_elp", "tem_prc_ice", "dat_mod_ice",
    ),
    "groupes": ("cod_anu", "cod_elp", "cod_gpe", "cod_ext_gpe", "lib_gpe"),
    "affectations_groupes": ("cod_anu", "cod_etu", "cod_gpe"),
}  # fmt: skip
LISTS = tuple(COLUMNS)
#: Columns that an extract may leave out: their cells are then empty.
OPTIONAL_COLUMNS = frozenset({"supannListeRouge"})
#: Expected in the very first extract; later, every list that had rows in the last complete one is (DESIGN §8).
FIRST_EXPECTED = ("annuaire", "annees", "etapes", "inscriptions_administratives")

#: Records, some thousands together: their physical lines (the header is line 1), and their cells, column by column, in the
#: order of ``COLUMNS``. No object for each record: a list has hundreds of thousands.
Block = tuple[Sequence[int], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Problem:
    """Something wrong with an extract, as precisely as it is known. Stored as a code, worded when shown."""

    code: str
    file: str = ""
    line: int | None = None
    column: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class ExtractRefused(Exception):
    """Nothing of the extract may be used."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@contextmanager
def refusing_unreadable(file: str) -> Iterator[None]:
    """A file that the system does not let us read refuses the extract."""
    try:
        yield
    except OSError as error:
        params = {"error": error.strerror or type(error).__name__}
        raise ExtractRefused(Problem("file_unreadable", file=file, params=params)) from error


@dataclass(frozen=True)
class ListInfo:
    """One list of an extract before it is read: what its manifest declares and what its content is known by."""

    name: str
    file: str
    sha256: str
    byte_count: int
    declared_rows: int | None
    declared_sha256: str


class ListReading(Protocol):
    """The reading of one list. Counts are complete when the blocks are exhausted."""

    line_count: int
    blank_count: int

    def blocks(self) -> Iterator[Block]:
        """The records of the list, some thousands at a time. Raises ExtractRefused, naming the place."""

    def misshapen(self) -> Sequence[tuple[int, int]]:
        """Records that do not have the header's number of cells: line, number of cells."""


class Source(Protocol):
    """One register, or a folder of extracts of several: one extract with one verdict."""

    @property
    def kind(self) -> str:
        """Which of the configured sources it is: ``exchange_files``, ``directory_ldap``, ``apogee_sql``."""

    @property
    def location(self) -> str: ...

    @property
    def extracted_at(self) -> datetime: ...

    @property
    def academic_years(self) -> Sequence[str]: ...

    def lists(self) -> Sequence[ListInfo]:
        """The lists that are there."""

    def problems(self) -> Sequence[Problem]:
        """Why the extract is not complete, as far as its envelope shows."""

    def read(self, info: ListInfo) -> ListReading: ...


#: Told which list is being read and how many of its rows are; whoever reads for long calls it every few seconds.
Beat = Callable[[str, int], None]


@dataclass(frozen=True)
class Sample:
    """What a source gives at once, to look at: how many rows its lists have, as far as that is known, and the first of one."""

    counts: Mapping[str, int | None]
    list_name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ConfiguredSource:
    """A source as the settings name it, and the lists it answers for.

    ``opened`` reads all of it, ``tried`` reaches it and takes a few rows; both raise ExtractRefused.
    """

    kind: str
    location: str
    lists: tuple[str, ...]
    opened: Callable[[Beat], AbstractContextManager[Source]]
    tried: Callable[[int], Sample]
