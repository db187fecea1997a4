"""What the university offers: components, fields of study and, in the order in which a university grows, programmes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courses.campus.curriculum import Semester

_DATA = Path(__file__).parent / "data"
LONGEST_LABEL = 60
HEALTH = "health"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A small university opens with these, so that even a demo has every kind of programme.
_OPENING = (
    "DRT1A INF1A SVI1A PSY1A GEA1A CGE7A DRT2A INF2A ANG1A MEE4A SVI2A DRT3A INF3A GEA2A PSY2A ANG2A MEE5A "
    "STP1A INF4A DRT4A GEA3A MAT1A PSY3A SVI3A ECO1A DRT5A INF5A HIS1A ANG3A DRT3B DPR7A MEE4B STP2A INF3B"
).split()
# The share of a field's students at each level of a first and of a further « parcours ».
_SHARES = {
    "licence": {1: (11.0, 1.5), 2: (6.4, 1.5), 3: (4.4, 1.3), 4: (1.9, 1.2), 5: (1.8, 1.1)},
    "but": {1: (4.0, 1.0), 2: (2.4, 1.3), 3: (1.9, 1.1)},
    "master": {4: (1.7, 0.9), 5: (1.5, 0.8)},
    "degree": {7: (1.2, 0.5)},
    "doctorate": {8: (3.5, 1.0)},
}
_HEALTH_SHARES = {1: 4.5, 2: 4.0, 3: 3.8, 4: 3.5, 5: 3.3, 6: 3.2, 7: 1.0}


@dataclass(frozen=True, slots=True)
class Component:
    """A faculty, school or institute."""

    code: str
    letter: str
    label: str


@dataclass(slots=True)
class Discipline:
    """A field of study with the subjects taught in it."""

    code: str
    component: Component
    kind: str
    weight: float
    label: str
    core: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    years: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Programme:
    """A year of a diploma: an « étape », with its versions open this year."""

    discipline: Discipline
    level: int
    letter: str
    code: str
    label: str
    versions: tuple[str, ...]
    share: float
    size: int = 0
    semesters: tuple["Semester", ...] = ()

    @property
    def component(self) -> Component:
        """The component that runs the programme."""
        return self.discipline.component

    @property
    def kind(self) -> str:
        """The kind of its field: licence, but, master, degree, doctorate or health."""
        return self.discipline.kind


def read_components() -> dict[str, Component]:
    """The components by code."""
    lines = (_DATA / "components.txt").read_text(encoding="utf-8").splitlines()
    cells = ([cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#"))
    return {code: Component(code, letter, label) for code, letter, label in cells}


def read_disciplines() -> list[Discipline]:
    """The fields of study, the ones with most students first."""
    components = read_components()
    found: list[Discipline] = []
    for line in (_DATA / "disciplines.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            head, label = line[1:].split("] ", 1)
            code, component, kind, weight = head.split()
            found.append(Discipline(code, components[component], kind, float(weight), label))
        elif ": " in line and not line.startswith("#"):
            _read_subjects(found[-1], *line.split(": ", 1))
    return found


def _read_subjects(discipline: Discipline, label: str, text: str) -> None:
    parts = tuple(part.strip() for part in text.split(";"))
    if label == "years":
        discipline.years = {int(level): name for level, name in (part.split(" ", 1) for part in parts)}
    elif label == "core":
        discipline.core = parts
    else:
        discipline.more = parts


class Catalogue:
    """Gives programmes one after the other, as many as a university of some size needs."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._all = read_disciplines()
        self._by_code = {discipline.code: discipline for discipline in self._all}

    def health_programmes(self) -> Iterator[Programme]:
        """The years of the health diplomas, the main ones first."""
        health = [discipline for discipline in self._all if discipline.kind == HEALTH]
        years = sorted((level, rank) for rank, each in enumerate(health) for level in each.years)
        opening = [(2, 0), (2, 1), (3, 0), (2, 2), (3, 1), (1, 3)]
        for level, rank in [*opening, *(year for year in years if year not in opening)]:
            yield self._health(health[rank], level)

    def programmes(self) -> Iterator[Programme]:
        """Every other programme: those of a small university, then wave after wave of further ones."""
        seen = set(_OPENING)
        for name in _OPENING:
            yield self._programme(self._by_code[name[:3]], int(name[3]), name[4])
        for name in self._waves():
            if name not in seen:
                seen.add(name)
                yield self._programme(self._by_code[name[:3]], int(name[3]), name[4])

    def _waves(self) -> Iterator[str]:
        """Every programme there may be: first those a field has subjects and students for, then ever more variants."""
        others = [discipline for discipline in self._all if discipline.kind != HEALTH]
        for bounded in (True, False):
            for rank, letter in enumerate(_LETTERS):
                for discipline in others:
                    for level in _SHARES[discipline.kind]:
                        if rank <= _variants(discipline, level, bounded=bounded):
                            yield f"{discipline.code}{level}{letter}"

    def _programme(self, discipline: Discipline, level: int, letter: str) -> Programme:
        share = _SHARES[discipline.kind][level][letter != "A"]
        code = f"{discipline.code}{_year_in_code(level, letter)}"
        label = _label(discipline, level, _LETTERS.index(letter))
        return self._open(Programme(discipline, level, letter, code, label, (), share * discipline.weight))

    def _health(self, discipline: Discipline, level: int) -> Programme:
        code = f"{discipline.code}{_year_in_code(level, 'A')}"
        share = _HEALTH_SHARES[level] * discipline.weight
        return self._open(Programme(discipline, level, "A", code, discipline.years[level], (), share))

    def _open(self, programme: Programme) -> Programme:
        """Number the versions: the ones of the last two accreditations, when students of the older one remain."""
        newest = "1" if programme.level >= 7 else "241"
        both = newest == "241" and self._dice.random() < 0.22
        programme.versions = ("171", newest) if both else (newest,)
        return programme


def _variants(discipline: Discipline, level: int, *, bounded: bool) -> int:
    """How many « parcours » beside the first a level may have."""
    if discipline.kind in ("degree", "doctorate") or (discipline.kind, level) == ("but", 1):
        return 0
    if level < 3:
        return level
    return min(len(discipline.more) - 1, 1 + round(discipline.weight * 6)) if bounded else 25


def _year_in_code(level: int, letter: str) -> str:
    return {7: "1AU", 8: "1AD"}.get(level, f"{level}A{letter}")


def _label(discipline: Discipline, level: int, rank: int) -> str:
    """The label of a programme; a « parcours » is named after a subject, the long form giving way to a short one."""
    if discipline.kind in ("degree", "doctorate"):
        return discipline.label if discipline.kind == "degree" else f"{discipline.label} - 1re année"
    word, year = (
        ("BUT", level) if discipline.kind == "but" else (("Licence", level) if level <= 3 else ("Master", level - 3))
    )
    if rank == 0 and level <= 3:
        return f"{word} {year} {discipline.label}"
    if level == 1:
        return f"Licence 1 {discipline.label} - accès santé"[:LONGEST_LABEL]
    turn, place = divmod(rank if discipline.kind == "master" or level > 3 else rank - 1, len(discipline.more))
    variant = discipline.more[place] + (f" {turn + 1}" if turn else "")
    long = f"{word} {year} {discipline.label} - {variant}"
    return long if len(long) <= LONGEST_LABEL else f"{word} {year} {variant}"[:LONGEST_LABEL]
