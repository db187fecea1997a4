"""The extract of the night that follows another: some leave, some arrive, some change group."""

from datetime import datetime
from pathlib import Path
from random import Random

from courses.campus.arrivals import Arrivals
from courses.campus.departures import Departures
from courses.campus.evolution import Evolution
from courses.campus.extracts import read_extract, read_lines
from courses.campus.names import NameBook
from courses.campus.plan import PARIS, CampusError
from courses.campus.writing import EXCHANGE_LISTS, folder_in_making, row, write_list, write_manifest

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
    dice = Random(f"{seed}/night/{moment.isoformat()}")  # noqa: S311 - invented people need no secrecy
    extract = read_extract(previous)
    evolution = Evolution(extract, moment.date().isoformat(), dice)
    pass_the_night(evolution, churn)
    administrative = [";".join(cells) for cells in extract.administrative]
    changed = {
        "annuaire.csv": [row(*cells) for cells in extract.directory],
        "inscriptions_administratives.csv": administrative,
        "inscriptions_pedagogiques.csv": evolution.remaining_contracts(),
        "affectations_groupes.csv": list(extract.places),
    }
    with folder_in_making(target) as folder:
        lists = {name: read_lines(previous, name) for name in _STEADY} | changed
        files = {name: write_list(folder, name, lists[name]) for name in EXCHANGE_LISTS}
        write_manifest(folder, moment, extract.years, files)


def pass_the_night(evolution: Evolution, churn: float) -> None:
    """Let people leave and arrive, whole first, then element by element until the night's share of changes is used up."""
    budget = evolution.extract.counted * churn / 2
    leaving = Departures(evolution).whole_people(budget)
    arriving = Arrivals(evolution, NameBook()).whole_people(budget)
    evolution.change_choices(round(budget) - leaving, round(budget) - arriving)
    evolution.change_groups(round(len(evolution.extract.places) * churn / 4))
    evolution.settle_accounts()
