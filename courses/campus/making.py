"""Writes a whole university into a folder."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from courses.campus.accesses import Clock
from courses.campus.catalogue import Programme
from courses.campus.groups import group_lines, make_groups
from courses.campus.methods import hand_cohorts, manual_enrolments, method_lines
from courses.campus.names import NameBook
from courses.campus.nights import write_next_night
from courses.campus.plan import Plan
from courses.campus.registrations import write_registrations
from courses.campus.spaces import COLLEGIUM, Offer, Space, make_offer
from courses.campus.staff import Employee, directory_lines, make_staff, share_teaching
from courses.campus.students import Student, make_students, registration_lines
from courses.campus.writing import (
    EXCHANGE_LISTS,
    NIGHTS,
    ListFile,
    Progress,
    Written,
    folder_in_making,
    row,
    unheard,
    write_bulk_file,
    write_list,
    write_manifest,
)


def make_campus(
    plan: Plan, target: Path, *, nights: int = 0, churn: float = 0.02, progress: Progress = unheard
) -> None:
    """Write the campus of a plan into ``target``, with the extracts of the following nights under ``nights/01`` and so on.

    An older campus there is replaced once the new one is whole. The same arguments give the same bytes. Raises
    CampusError when the folder holds something else or cannot be written.
    """
    with folder_in_making(target, over_a_campus=True) as folder:
        write_first_night(plan, folder, progress)
        previous = folder
        for night in range(1, nights + 1):
            following = folder / NIGHTS / f"{night:02d}"
            moment = plan.extracted_at + timedelta(days=night)
            write_next_night(previous, following, extracted_at=moment, churn=churn, seed=plan.seed)
            progress("nights", night, nights)
            previous = following


def write_first_night(plan: Plan, folder: Path, progress: Progress) -> None:
    """Write the extract of the first night and the bulk files around it."""
    names = NameBook()
    offer = make_offer(plan)
    groups = make_groups(plan, offer.units.values())
    students = make_students(plan, offer.programmes, names)
    staff = make_staff(plan, names, offer.spaces)
    lists = {
        "annuaire.csv": directory_lines(plan, students, staff, names),
        "annees.csv": year_lines(plan.year),
        "etapes.csv": programme_lines(offer.programmes),
        "inscriptions_administratives.csv": registration_lines(students, plan.year),
        "elements.csv": unit_lines(offer),
        "groupes.csv": group_lines(groups, plan.year),
    }
    files = {name: write_list(folder, name, lines) for name, lines in lists.items()}
    contracts, accesses = write_contracts(plan, folder, students, progress)
    write_manifest(folder, plan.extracted_at, [str(plan.year)], files | contracts)
    write_bulk_files(plan, folder, offer.spaces, students, staff, accesses)


def write_bulk_files(
    plan: Plan,
    folder: Path,
    spaces: Sequence[Space],
    students: Sequence[Student],
    staff: Sequence[Employee],
    accesses: Sequence[str],
) -> None:
    """Write what furnishes the site; ``accesses`` are the last accesses that pedagogical registrations led to."""
    clock = Clock(plan, plan.dice("accesses"))
    teachers, came = share_teaching(plan, staff, students).lines(spaces, clock)
    taken = {tuple(line.split(";", 2)[:2]) for line in teachers}
    by_hand, came_too = manual_enrolments(plan, students, spaces, clock, taken)
    everyone = [*accesses, *came, *came_too, *collegium_accesses(students, spaces, clock)]
    write_bulk_file(folder, "espaces.csv", [space.line(plan.year) for space in spaces])
    write_bulk_file(folder, "enseignants.csv", teachers)
    write_bulk_file(folder, "cohortes.csv", hand_cohorts(plan, students, staff))
    write_bulk_file(folder, "methodes.csv", method_lines(plan, spaces))
    write_bulk_file(folder, "inscriptions_manuelles.csv", by_hand)
    write_bulk_file(folder, "derniers_acces.csv", once_each(everyone))


def write_contracts(
    plan: Plan, folder: Path, students: Sequence[Student], progress: Progress
) -> tuple[dict[str, Written], list[str]]:
    """Write the two long lists; returns what the manifest says of them, and the last accesses of the students."""
    elements_name, places_name = "inscriptions_pedagogiques.csv", "affectations_groupes.csv"
    with (
        ListFile(folder / elements_name, EXCHANGE_LISTS[elements_name]) as elements,
        ListFile(folder / places_name, EXCHANGE_LISTS[places_name]) as places,
    ):
        accesses = write_registrations(plan, students, elements, places, progress)
        return {elements_name: elements.written(), places_name: places.written()}, accesses


def year_lines(year: int) -> list[str]:
    """The lines of annees.csv: last year closed, this year open."""
    return [
        row(str(each), state, f"Année universitaire {each}-{each + 1}")
        for each, state in ((year - 1, "F"), (year, "O"))
    ]


def programme_lines(programmes: Sequence[Programme]) -> list[str]:
    """The lines of etapes.csv, one for each version open."""
    return sorted(
        row(each.code, version, each.label, each.component.code, each.component.label)
        for each in programmes
        for version in each.versions
    )


def unit_lines(offer: Offer) -> list[str]:
    """The lines of elements.csv."""
    return sorted(row(unit.code, unit.label, unit.period, unit.component) for unit in offer.units.values())


def collegium_accesses(students: Sequence[Student], spaces: Sequence[Space], clock: Clock) -> list[str]:
    """Last accesses of the students whom cohorts bring to the spaces of Collégium."""
    members: dict[int, list[Student]] = {}
    for student in students:
        for registration in student.registrations:
            if registration.counts and student.reads:
                members.setdefault(id(registration.programme), []).append(student)
    return [
        row(space.code, student.number, clock.moment(student.zeal))
        for space in spaces
        if space.platform == COLLEGIUM
        for programme in space.sources[:1]
        for student in members.get(id(programme), [])
        if clock.opened(student.zeal, even=False)
    ]


def once_each(accesses: Sequence[str]) -> list[str]:
    """One last access for each course and person."""
    return list({line.rsplit(";", 1)[0]: line for line in accesses}.values())
