"""Exchange folders: lists in CSV, their manifest, and a folder that appears whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from courses.campus.plan import CampusError, written_at

# The lists of a night's extract, in the order of the contract, with their columns.
EXCHANGE_LISTS: dict[str, str] = {
    "annuaire.csv": "uid;supannAliasLogin;supannEtuId;supannEmpId;sn;givenName;displayName;mail"
    ";eduPersonAffiliation;supannRessourceEtat",
    "annees.csv": "cod_anu;eta_anu_iae;lib_anu",
    "etapes.csv": "cod_etp;cod_vrs_vet;lib_etp;cod_cmp;lib_cmp",
    "inscriptions_administratives.csv": "cod_anu;cod_etu;cod_etp;cod_vrs_vet;eta_iae;eta_pmt_iae;dat_mod_iae",
    "elements.csv": "cod_elp;lib_elp;cod_pel;cod_cmp",
    "inscriptions_pedagogiques.csv": "cod_anu;cod_etu;cod_etp;cod_vrs_vet;cod_elp;tem_prc_ice;dat_mod_ice",
    "groupes.csv": "cod_anu;cod_elp;cod_gpe;cod_ext_gpe;lib_gpe",
    "affectations_groupes.csv": "cod_anu;cod_etu;cod_gpe",
}
# The bulk files that furnish the site around the extract.
BULK_FILES: dict[str, str] = {
    "espaces.csv": "code;titre;plateforme;composante;annee;creation;elements;visible",
    "enseignants.csv": "cours;identifiant;role;groupe;debut;fin;statut;operation",
    "cohortes.csv": "cohorte;nom;identifiant;operation",
    "methodes.csv": "operation;methode;cours;source;role;groupe;active;nom",
    "inscriptions_manuelles.csv": "cours;identifiant;role;groupe;debut;fin;statut;operation",
    "derniers_acces.csv": "cours;identifiant;dernier_acces",
}
MANIFEST = "manifest.json"
NIGHTS = "nights"
# A bulk file holds 50,000 rows at most; what is longer goes on in derniers_acces-2.csv and so on.
BULK_ROWS = 50_000
# In the name of a folder that is not whole yet; one that a killed process left is swept away by the next campus.
_MAKING = ".making-"

Progress = Callable[[str, int, int], None]


def unheard(_what: str, _done: int, _total: int) -> None:
    """The progress of a work that nobody watches."""


def row(*cells: str) -> str:
    """One line of a list, quoted where RFC 4180 asks for it."""
    return ";".join(quoted(cell) if '"' in cell or ";" in cell else cell for cell in cells)


def quoted(cell: str) -> str:
    """A cell between quotes, its own quotes doubled."""
    return '"' + cell.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Written:
    """What the manifest says of one list."""

    rows: int
    sha256: str


class ListFile:
    """A list being written: its header first, then lines that carry no line break of their own."""

    def __init__(self, path: Path, header: str) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()
        self._file = path.open("wb")
        self._put(header + "\n")

    def _put(self, text: str) -> None:
        data = text.encode()
        self._hash.update(data)
        self._file.write(data)

    def write(self, lines: list[str]) -> None:
        """Add lines; a large list is best given some thousands at a time."""
        if lines:
            self.rows += len(lines)
            self._put("\n".join(lines) + "\n")

    def __enter__(self) -> "ListFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def written(self) -> Written:
        """The count and hash of everything written so far."""
        return Written(self.rows, self._hash.hexdigest())


def write_list(folder: Path, name: str, lines: list[str]) -> Written:
    """Write one whole list of an exchange folder."""
    with ListFile(folder / name, EXCHANGE_LISTS[name]) as file:
        file.write(lines)
        return file.written()


def write_bulk_file(folder: Path, name: str, lines: list[str]) -> None:
    """Write a bulk file, in numbered parts when it is longer than what an import accepts."""
    header = BULK_FILES[name]
    stem = name.removesuffix(".csv")
    for part, start in enumerate(range(0, max(len(lines), 1), BULK_ROWS), start=1):
        path = folder / (name if part == 1 else f"{stem}-{part}.csv")
        with ListFile(path, header) as file:
            file.write(lines[start : start + BULK_ROWS])


def write_manifest(folder: Path, extracted_at: datetime, years: list[str], files: dict[str, Written]) -> None:
    """Write the proof of completeness of an extract: the last file of a folder."""
    listed = {name: {"rows": files[name].rows, "sha256": files[name].sha256} for name in EXCHANGE_LISTS}
    manifest = {"extracted_at": written_at(extracted_at), "academic_years": years, "files": listed}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8", newline="\n")


@contextmanager
def folder_in_making(target: Path, *, over_a_campus: bool = False) -> Iterator[Path]:
    """Give a hidden folder; what is in it takes the target's place at the end, or goes when anything fails.

    Raises CampusError when something else stands at ``target``, or when the disk refuses.
    """
    try:
        old = contents_to_replace(target, over_a_campus=over_a_campus)
        making = (target if target.exists() else target.parent) / f".{target.name}{_MAKING}{os.getpid()}"
        making.mkdir(parents=True)
        try:
            yield making
            put_in_place(making, target, old)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        raise CampusError(f"{target}: {error.strerror or error}") from error


def put_in_place(making: Path, target: Path, old: list[Path]) -> None:
    """Replace what a folder held by what was made, the manifest last; a folder that is not there yet appears whole."""
    if not target.exists():
        making.rename(target)
        return
    for path in old:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(making.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
        path.rename(target / path.name)


def contents_to_replace(target: Path, *, over_a_campus: bool) -> list[Path]:
    """What has to leave a folder before a campus is written there; refuses a folder that holds anything else."""
    if not target.exists():
        return []
    if not target.is_dir():
        raise CampusError(f"{target} is not a folder")
    found = sorted(target.iterdir())
    if found and not (over_a_campus and is_campus(found)):
        raise CampusError(f"{target} is not empty and does not hold a campus: nothing was written")
    return found


def is_campus(found: Iterable[Path]) -> bool:
    """Whether these are the files of a campus and nothing but them."""
    names = {path.name for path in found if _MAKING not in path.name}
    stems = {name.removesuffix(".csv") for name in BULK_FILES}
    parts = {name for name in names if name.endswith(".csv") and name.removesuffix(".csv").rsplit("-", 1)[0] in stems}
    known = {MANIFEST, NIGHTS, *EXCHANGE_LISTS} | parts
    return names <= known and {MANIFEST, "annuaire.csv"} <= names
