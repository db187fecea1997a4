"""TD and TP groups: which elements have some, and which group a student goes to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from courses.campus.curriculum import Unit
from courses.campus.plan import Plan
from courses.campus.writing import row

_DIGITS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PRACTICAL = ("SCI", "IUT", "STA", "PSY")
MOST_GROUPS = 99


@dataclass(frozen=True, slots=True)
class Group:
    """A teaching group of one element."""

    number: str
    unit_code: str
    code: str
    label: str


def make_groups(plan: Plan, units: Iterable[Unit]) -> list[Group]:
    """Open groups on the elements that fill a room; each element learns the numbers of its own."""
    dice = plan.dice("groups")
    serial = 40_000
    groups: list[Group] = []
    ranks: Counter[str] = Counter()
    for unit in units:
        kinds = kinds_for(unit, dice)
        prefix = unit.code[:4]
        for kind, seats in kinds:
            unit.groups.append([])
            for place in range(1, min(-(-int(unit.expected) // seats), MOST_GROUPS) + 1):
                serial += 1 + int(dice.random() * 3)
                code = f"{kind}{place}{prefix}{short_sign(ranks[prefix])}"
                groups.append(Group(str(serial), unit.code, code, f"{kind} groupe {place}"))
                unit.groups[-1].append(str(serial))
        ranks[prefix] += bool(kinds)
    return groups


def kinds_for(unit: Unit, dice: Random) -> list[tuple[str, int]]:
    """The kinds of groups of an element, each with the seats of its room; the shared elements have no practical work."""
    if not unit.courses or unit.expected < 18 or dice.random() < 0.12:
        return []
    kinds = [("TD", 34)] if unit.expected > 42 or dice.random() < 0.5 else []
    practical = unit.component in _PRACTICAL and unit.code[3].isdigit() and dice.random() < 0.35
    return [*kinds, ("TP", 18)] if practical else kinds


def short_sign(rank: int) -> str:
    """One character, two from the thirty-sixth: what tells apart the elements of a field and semester in a group's code."""
    return _DIGITS[rank] if rank < 35 else _DIGITS[rank // 35 - 1] + _DIGITS[rank % 35]


def group_lines(groups: Iterable[Group], year: int) -> list[str]:
    """The lines of groupes.csv."""
    return [row(str(year), group.unit_code, group.number, group.code, group.label) for group in groups]
