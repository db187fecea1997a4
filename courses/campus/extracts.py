"""A night's extract read back from its folder: what a following night starts from."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from courses.campus.plan import CampusError
from courses.campus.writing import EXCHANGE_LISTS, MANIFEST

# Elements that only hold others: nobody drops one of these alone.
_HOLDERS = ("Semestre", "UE")


@dataclass(slots=True)
class Extract:
    """The rows of one extract; the two long lists stay as lines.

    A registration is named by the first four cells of its line: year, student, programme, version. ``contracts_of``
    gives the places, in ``contracts``, of the elements of each; those in ``counting`` are valid, paid, and of a
    student whose account is open.
    """

    years: list[str]
    directory: list[list[str]]
    administrative: list[list[str]]
    contracts: list[str]
    places: dict[str, None]
    contracts_of: dict[str, list[int]] = field(default_factory=dict)
    registrations_of: dict[str, list[str]] = field(default_factory=dict)
    counting: set[str] = field(default_factory=set)
    open_accounts: set[str] = field(default_factory=set)
    counted: int = 0
    periods: dict[str, str] = field(default_factory=dict)
    holders: set[str] = field(default_factory=set)
    groups: dict[str, list[list[str]]] = field(default_factory=dict)


def read_extract(folder: Path) -> Extract:
    """Read an extract that ``make_campus`` or ``write_next_night`` wrote; CampusError when one of its files is not readable."""
    try:
        years = [str(year) for year in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["academic_years"]]
        extract = Extract(
            years,
            read_rows(folder, "annuaire.csv"),
            read_rows(folder, "inscriptions_administratives.csv"),
            read_lines(folder, "inscriptions_pedagogiques.csv"),
            dict.fromkeys(read_lines(folder, "affectations_groupes.csv")),
        )
        _learn_elements(folder, extract)
        _find_counting(extract)
        _index_contracts(extract)
    except OSError as error:
        raise CampusError(f"{error.filename}: {error.strerror}") from error
    except CampusError:
        raise
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise CampusError(f"{folder} does not hold the extract of a campus: {error!r}") from error
    return extract


def read_lines(folder: Path, name: str) -> list[str]:
    """The lines of a list, as they are, without its header."""
    header, *lines = (folder / name).read_text(encoding="utf-8").split("\n")
    if header != EXCHANGE_LISTS[name]:
        raise CampusError(f"{folder / name}: its header is not the one that a campus has")
    return lines[:-1]


def read_rows(folder: Path, name: str) -> list[list[str]]:
    """The rows of a list, without its header."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";", strict=True)
    if ";".join(header) != EXCHANGE_LISTS[name] or any(len(cells) != len(header) for cells in rows):
        raise CampusError(f"{folder / name}: its header or its rows are not those that a campus has")
    return rows


def _learn_elements(folder: Path, extract: Extract) -> None:
    """Learn the period of each element, which ones hold others, and the groups of each by kind (TD, TP)."""
    for code, label, period, _component in read_rows(folder, "elements.csv"):
        extract.periods[code] = period
        if label.startswith(_HOLDERS):
            extract.holders.add(code)
    kinds: dict[tuple[str, str], list[str]] = {}
    for _year, unit, number, _code, label in read_rows(folder, "groupes.csv"):
        kinds.setdefault((unit, label[:2]), []).append(number)
    for (unit, _kind), numbers in kinds.items():
        extract.groups.setdefault(unit, []).append(numbers)


def _find_counting(extract: Extract) -> None:
    """Find the administrative registrations that let their elements count."""
    extract.open_accounts = {
        cells[2] for cells in extract.directory if cells[2] and not cells[9].startswith("{COMPTE}I")
    }
    for cells in extract.administrative:
        registration = ";".join(cells[:4])
        extract.registrations_of.setdefault(cells[1], []).append(registration)
        if cells[4] == "E" and cells[5] == "P" and cells[1].zfill(8) in extract.open_accounts:
            extract.counting.add(registration)


def _index_contracts(extract: Extract) -> None:
    """Find the elements of each registration, and how many of them count in all."""
    counting, contracts_of = extract.counting, extract.contracts_of
    for place, line in enumerate(extract.contracts):
        registration, _element, state, _date = line.rsplit(";", 3)
        if registration in contracts_of:
            contracts_of[registration].append(place)
        else:
            contracts_of[registration] = [place]
        if state == "N" and registration in counting:
            extract.counted += 1
