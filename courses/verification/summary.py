"""Registered against enrolled, in figures: by element, by étape of each element, by group."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from courses.explain.register_facts import STANDING, Assignment
from courses.verification.checked import Checked, Gap
from courses.verification.gaps import Verification

#: Étapes of an element that have a line of their own.
LISTED = 12
#: What the address says for everybody, those in order included.
EVERYBODY = "all"


@dataclass(frozen=True)
class Figures:
    """One line. ``promotion`` are the students of the étape, None where the line is of no étape.

    ``registered`` by a pedagogical registration that counts; ``enrolled`` those of them who are in the course, however.
    """

    label: str
    code: str
    registered: int
    enrolled: int
    promotion: int | None = None
    absent_url: str = ""
    without_url: str = ""

    @property
    def absent(self) -> int:
        return self.registered - self.enrolled

    @property
    def without(self) -> int | None:
        """The students of the étape without such a registration."""
        return None if self.promotion is None else max(self.promotion - self.registered, 0)


@dataclass(frozen=True)
class UnitFigures:
    """An element with its étapes: the largest, and all the others as one line, if any."""

    whole: Figures
    programmes: Sequence[Figures]
    others: Figures | None = None
    other_count: int = 0


def address_of(**parameters: str) -> str:
    """The list narrowed to what a figure counts."""
    return f"?{urlencode({name: value for name, value in parameters.items() if value})}#list"


def by_unit(verification: Verification, checked: Sequence[Checked]) -> list[UnitFigures]:
    """The elements of the course in the order of its links, each with the étapes of its students and promotions."""
    facts = verification.material.facts
    promotions = Counter(code for each in checked for code in promotion_of(verification, each))
    lines = []
    for unit in dict.fromkeys(unit.unit_code for unit in verification.material.units):
        counted = [each for each in checked if unit in each.units]
        whole = figures(facts.unit_label(unit) or unit, unit, counted, unit=unit)
        lines.append(shortened(whole, list(by_programme(verification, unit, counted, promotions))))
    return lines


def shortened(whole: Figures, programmes: Sequence[Figures]) -> UnitFigures:
    """The étapes as far as a table can be read; a course that everybody may take has a hundred of them."""
    if len(programmes) <= LISTED + 1:
        return UnitFigures(whole, programmes)
    rest = programmes[LISTED:]
    registered, enrolled = sum(line.registered for line in rest), sum(line.enrolled for line in rest)
    promotion = sum(line.promotion or 0 for line in rest)
    return UnitFigures(whole, programmes[:LISTED], Figures("", "", registered, enrolled, promotion), len(rest))


def by_programme(
    verification: Verification, unit: str, counted: Sequence[Checked], promotions: Counter[str]
) -> Iterator[Figures]:
    """The étapes of one element, the largest promotion first."""
    found: dict[str, list[Checked]] = {code: [] for code in promotions}
    for each in counted:
        for code in {row.programme_code for row in verification.followed(each.entry) if row.unit_code == unit}:
            found.setdefault(code, []).append(each)
    facts = verification.material.facts
    for code in sorted(found, key=lambda code: (-promotions[code], code)):
        yield figures(facts.programme_label(code), code, found[code], promotions[code], unit=unit, programme=code)


def promotion_of(verification: Verification, each: Checked) -> set[str]:
    """The étapes of the course on which the student is registered, paid or not."""
    material = verification.material
    if each.entry.student_number not in material.promotion:
        return set()
    rows = verification.registered(each.entry)
    return {row.programme_code for row in rows if row.state == STANDING and material.is_for(row)}


def figures(label: str, code: str, counted: Sequence[Checked], promotion: int | None = None, **where: str) -> Figures:
    without = {"gap": EVERYBODY, "without": where.get("unit", ""), "programme": where.get("programme", "")}
    return Figures(
        label,
        code,
        registered=len(counted),
        enrolled=sum(each.is_enrolled for each in counted),
        promotion=promotion,
        absent_url=address_of(gap=Gap.ABSENT, **where),
        without_url=address_of(**without),
    )


def by_group(verification: Verification, checked: Sequence[Checked]) -> list[Figures]:
    """The groups of the elements, in the order of their names; only those who follow the element are counted."""
    of_group: dict[Assignment, list[Checked]] = {group: [] for group in verification.material.groups}
    for each in checked:
        for group in each.groups:
            if group.unit_code in each.units:
                of_group[group].append(each)
    lines = [
        figures(group.name, group.code or group.number, of_group[group], group=key_of(group)) for group in of_group
    ]
    return sorted(lines, key=lambda line: (line.label, line.code))


def key_of(group: Assignment) -> str:
    """What the address calls a group: the code known outside, else its number."""
    return group.code or group.number
