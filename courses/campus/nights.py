"""The extract of the night that follows another: some leave, some arrive, some change group."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

from courses.campus.arrivals import Arrivals
from courses.campus.departures import Departures
from courses.campus.evolution import Evolution
from courses.campus.extracts import read_extract
from courses.campus.names import NameBook
from courses.campus.plan import PARIS, CampusError
from courses.campus.writing import EXCHANGE_LISTS, MANIFEST, Written, folder_in_making, row, write_list, write_manifest

# Lists that do not change from one night to the next.
_STEADY = ("annees.csv", "etapes.csv", "elements.csv", "groupes.csv")


def write_next_night(previous: Path, target: Path, *, extracted_at: datetime, churn: float, seed: int) -> None:
    """Write into ``target`` the extract that follows the one in ``previous``, from the files of ``previous`` alone.

    ``churn`` is the share, 0 to 0.5, of the pedagogical registrations that count which change: half of it leave, half
    arrive, over all courses. ``target`` appears whole, or not at all; it may not hold anything yet. The same files,
    moment, churn and seed give the same bytes. Raises CampusError when ``previous`` is no extract of a campus.
    """
    if not 0 <= churn <= 0.5:
        raise CampusError(f"churn: {churn} is not between 0 and 0.5")
    moment = extracted_at.astimezone(PARIS)
    dice = Random(f"{seed}/night/{moment.isoformat()}")
    extract = read_extract(previous)
    evolution = Evolution(extract, moment.date().isoformat(), dice)
    budget = extract.counted * churn / 2
    leaving = Departures(evolution).whole_people(budget)
    arriving = Arrivals(evolution, NameBook()).whole_people(budget)
    evolution.change_choices(round(budget) - leaving, round(budget) - arriving)
    evolution.change_groups(round(len(extract.places) * churn / 4))
    evolution.settle_accounts()
    with folder_in_making(target) as folder:
        files = dict(copied(previous, folder)) | {
            "annuaire.csv": write_list(folder, "annuaire.csv", [row(*cells) for cells in extract.directory]),
            "inscriptions_administratives.csv": write_list(
                folder, "inscriptions_administratives.csv", [";".join(cells) for cells in extract.administrative]
            ),
            "inscriptions_pedagogiques.csv": write_list(folder, "inscriptions_pedagogiques.csv", evolution.remaining_contracts()),
            "affectations_groupes.csv": write_list(folder, "affectations_groupes.csv", list(extract.places)),
        }
        write_manifest(folder, moment, extract.years, files)


def copied(previous: Path, folder: Path) -> Iterator[tuple[str, Written]]:
    """Copy the lists that stay as they are."""
    for name in _STEADY:
        lines = (previous / name).read_text(encoding="utf-8").split("\n")
        if lines[0] != EXCHANGE_LISTS[name]:
            raise CampusError(f"{previous / name}: its header is not the one that a campus has")
        yield name, write_list(folder, name, lines[1:-1])


def write_night_over(previous: Path, *, extracted_at: datetime, churn: float, seed: int) -> None:
    """Replace the extract in a folder by the one of the night after; the other files of the folder stay.

    The new manifest comes last: whoever reads in between sees lists that do not match it, hence a partial extract.
    """
    making = previous / f".{MANIFEST}.making"
    write_next_night(previous, making, extracted_at=extracted_at, churn=churn, seed=seed)
    try:
        for name in (*EXCHANGE_LISTS, MANIFEST):
            (making / name).replace(previous / name)
    except OSError as error:
        raise CampusError(f"{previous}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
