"""Names of people who never were."""

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from enrolhub.web.folding import fold

_DATA = Path(__file__).parent / "data" / "names.txt"
# APOGÉE's own lengths: what the registrar's screen accepts.
LONGEST_FAMILY, LONGEST_FIRST = 30, 20


@dataclass(frozen=True, slots=True)
class Name:
    """A family name and a first name, as the directory shows them."""

    family: str
    first: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Names that go together."""

    share: int
    lists: dict[str, tuple[str, ...]]


class NameBook:
    """Draws names; common ones come more often, so that namesakes happen as they do in life."""

    def __init__(self) -> None:
        self._origins = read_origins(_DATA.read_text(encoding="utf-8"))
        self._shares = list(accumulate(origin.share for origin in self._origins))
        self._french = self._origins[0].lists

    def draw(self, dice: Random, *, elder: bool = False) -> Name:
        """One name; ``elder`` for somebody who is of an age to teach."""
        origin = dice.choices(self._origins, cum_weights=self._shares)[0]
        family = self._family(dice, origin)
        first = common(dice, origin.lists["elder" if elder and dice.random() < 0.85 else "first"])
        return Name(family, first)

    def _family(self, dice: Random, origin: Origin) -> str:
        chance = dice.random()
        family = common(dice, origin.lists["family"])
        if chance < 0.02 and "double" in origin.lists:
            return common(dice, origin.lists["double"])
        if chance < 0.06:
            other = common(dice, self._french["family"])
            joined = f"{family}-{other}" if chance < 0.045 else f"{family} {other}"
            return joined if other != family and len(joined) <= LONGEST_FAMILY and " " not in family else family
        return family


def common(dice: Random, names: tuple[str, ...]) -> str:
    """One of the names, those at the head of the list more often."""
    return names[int(len(names) * dice.random() ** 1.12)]


def read_origins(text: str) -> list[Origin]:
    """Read the blocks of ``data/names.txt``."""
    origins: list[Origin] = []
    for line in text.splitlines():
        if line.startswith("["):
            origins.append(Origin(int(line.strip("[]").split()[1]), {}))
        elif ": " in line and not line.startswith("#"):
            label, names = line.split(": ", 1)
            origins[-1].lists[label] = tuple(name.strip() for name in names.split(","))
    return origins


def plain(text: str) -> str:
    """A name as a login or a mail address writes it: ``Aït-Ahmed`` gives ``ait-ahmed``, ``Le Goff`` gives ``le-goff``."""
    folded = fold(text).replace(" ", "-").replace("'", "")
    return "".join(letter for letter in folded if letter.isascii() and (letter.isalnum() or letter == "-"))
