"""Course spaces on the two platforms, and the programmes that it takes to fill them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from courses.campus.catalogue import HEALTH, Catalogue, Component, Discipline, Programme
from courses.campus.curriculum import Curriculum, Unit
from courses.campus.plan import CampusError, Plan
from courses.campus.writing import row

ECAMPUS, COLLEGIUM = "ecampus", "collegium"
# Spaces opened by hand on Ecampus: what comes before the field in the code and in the title.
_BY_HAND = (
    ("TUT", "Tutorat"),
    ("STA", "Stages"),
    ("MEN", "Espace de la mention"),
    ("DEL", "Vie étudiante"),
    ("RES", "Ressources"),
)


@dataclass(slots=True, eq=False)
class Space:
    """A course space; ``units`` feed it on Ecampus, ``sources`` (programmes) on Collégium."""

    code: str
    title: str
    platform: str
    component: Component | str
    automatic: bool
    visible: bool
    units: list[Unit] = field(default_factory=list)
    sources: list[Programme] = field(default_factory=list)
    discipline: Discipline | None = None

    @property
    def expected(self) -> float:
        """How many students are expected in it."""
        return sum(unit.expected for unit in self.units) + sum(programme.size for programme in self.sources)

    @property
    def component_code(self) -> str:
        """The code of the component that runs the space."""
        return self.component if isinstance(self.component, str) else self.component.code

    def line(self, year: int) -> str:
        """The space as a line of espaces.csv."""
        creation, seen = ("auto" if self.automatic else "manuelle"), ("oui" if self.visible else "non")
        units = "|".join(unit.code for unit in self.units)
        return row(self.code, self.title, self.platform, self.component_code, str(year), creation, units, seen)


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that is taught: programmes, their elements, the spaces."""

    programmes: list[Programme]
    units: dict[str, Unit]
    spaces: list[Space]


def make_offer(plan: Plan) -> Offer:
    """Open just enough programmes to hang the wished number of spaces on, and open the spaces."""
    on_collegium, by_hand, joined, doubled = space_counts(plan.courses)
    automatic = plan.courses - on_collegium - by_hand
    catalogue, curriculum, dice = Catalogue(plan.dice("catalogue")), Curriculum(), plan.dice("spaces")
    programmes = open_programmes(catalogue, curriculum, automatic - doubled + joined)
    health = open_health(catalogue, curriculum, on_collegium)
    spread_students(programmes + health, plan.students)
    spaces = automatic_spaces(curriculum, dice, automatic, joined, doubled)
    spaces += spaces_by_hand([each for each in programmes if each.kind != "doctorate"], by_hand, dice)
    fed = health + [programme for programme in programmes if programme.component.code == "CEM"]
    spaces += collegium_spaces(fed or programmes, on_collegium, dice)
    return Offer(programmes + health, curriculum.units, spaces)


def space_counts(courses: int) -> tuple[int, int, int, int]:
    """Of so many spaces: how many on Collégium, how many opened by hand, how many elements join another's space, how many have two."""
    on_collegium = round(courses * 0.12) or int(courses > 2)
    return on_collegium, round(courses * 0.03), round(courses * 0.03), round(courses * 0.02)


def open_programmes(catalogue: Catalogue, curriculum: Curriculum, elements: int) -> list[Programme]:
    """Programmes until there are as many elements worth a space as asked; a few elements more have none."""
    found: list[Programme] = []
    offered = catalogue.programmes()
    while sum(unit.taught for unit in curriculum.units.values()) < elements * 1.03:
        programme = next(offered, None)
        if programme is None:
            raise CampusError("--courses: the catalogue does not hold that many courses")
        curriculum.furnish(programme)
        found.append(programme)
    return found


def open_health(catalogue: Catalogue, curriculum: Curriculum, on_collegium: int) -> list[Programme]:
    """The health programmes that a Collégium of that many spaces needs."""
    wanted = 0 if not on_collegium else max(1, round(on_collegium / 5))
    found = [programme for programme, _ in zip(catalogue.health_programmes(), range(wanted), strict=False)]
    for programme in found:
        curriculum.furnish(programme)
    return found


def spread_students(programmes: list[Programme], students: int) -> None:
    """Give each programme its size, to the unit, and each element the number of students to expect."""
    total = sum(programme.share for programme in programmes)
    exact = [programme.share * students / total for programme in programmes]
    for programme, size in zip(programmes, exact, strict=True):
        programme.size = int(size)
    by_rest = sorted(range(len(exact)), key=lambda rank: (int(exact[rank]) - exact[rank], rank))
    for rank in by_rest[: students - sum(programme.size for programme in programmes)]:
        programmes[rank].size += 1
    for block, programme in ((block, each) for each in programmes for term in each.semesters for block in term.blocks):
        for unit in block.compulsory:
            unit.expected += programme.size * 0.9
        for unit in block.options:
            unit.expected += programme.size * 0.9 / len(block.options)


def automatic_spaces(curriculum: Curriculum, dice: Random, wanted: int, joined: int, doubled: int) -> list[Space]:
    """One space for most elements; some elements share a space, some feed a second one."""
    taught = [unit for unit in curriculum.units.values() if unit.taught]
    left_out = set(dice.sample(range(len(taught)), max(len(taught) - (wanted - doubled + joined), 0)))
    taught = [unit for rank, unit in enumerate(taught) if rank not in left_out or unit.expected > 800]
    taught = taught[: wanted - doubled + joined]
    spaces: list[Space] = []
    for rank, unit in enumerate(taught):
        sought = dice.random() < 2 * (joined - rank + len(spaces)) / (len(taught) - rank)
        host = host_for(unit, spaces, dice) if sought else None
        spaces.append(space_on(unit, dice)) if host is None else take_in(host, unit)
    seconds = dice.sample(spaces, min(max(wanted - len(spaces), 0), len(spaces)))
    spaces += [second_space(space, dice) for space in seconds]
    for space in spaces:
        for unit in space.units:
            unit.courses.append(space.code)
    return spaces


def host_for(unit: Unit, spaces: list[Space], dice: Random) -> Space | None:
    """A space that this element may share: the same teaching in another field, or another one of its own UE."""
    hosts = [space for space in spaces[-400:] if may_share(space, unit)]
    return dice.choice(hosts) if hosts else None


def may_share(space: Space, unit: Unit) -> bool:
    """Whether a space may take in one more element: no more than three, of the same component and period."""
    first = space.units[0]
    if (first.component, first.period) != (unit.component, unit.period) or len(space.units) > 2:
        return False
    same_ue = first.code[:-1].rstrip("E") == unit.code[:-1].rstrip("E") and len(space.units) == 1
    return first.label == unit.label or (same_ue and len(f"{space.title} / {unit.label}") < 80)


def take_in(space: Space, unit: Unit) -> None:
    """Let an element share a space, whose title then says so."""
    if unit.label != space.units[0].label:
        space.title = f"{space.title} / {unit.label}"
    space.units.append(unit)


def space_on(unit: Unit, dice: Random) -> Space:
    """The space that the night opens for an element; many of the second semester stay hidden until it begins."""
    shown = 0.72 if int(unit.period[1:]) % 2 == 0 else 0.97
    return Space(unit.code, unit.label, ECAMPUS, unit.component, True, dice.random() < shown, [unit])


def second_space(space: Space, dice: Random) -> Space:
    """A further space on the elements of another: its practical work, its distance version."""
    suffix, word = dice.choice((("TP", "travaux pratiques"), ("FOAD", "à distance"), ("TUT", "tutorat")))
    title = f"{space.title} - {word}"
    return Space(f"{space.code}-{suffix}", title, ECAMPUS, space.component, False, True, list(space.units))


def spaces_by_hand(programmes: list[Programme], wanted: int, dice: Random) -> list[Space]:
    """Ecampus spaces that somebody opened: no element feeds them."""
    fields = {programme.discipline.code: programme.discipline for programme in programmes}
    spaces: list[Space] = []
    for rank in range(wanted):
        turn, place = divmod(rank, len(fields))
        discipline = list(fields.values())[place]
        repeat, kind = divmod(turn, len(_BY_HAND))
        prefix, word = _BY_HAND[kind]
        code, title = f"{prefix}-{discipline.code}", f"{word} {discipline.label}"
        if repeat:
            code, title = f"{code}-{repeat + 1}", f"{title} ({repeat + 1})"
        space = Space(code, title, ECAMPUS, discipline.component, False, dice.random() < 0.95)
        space.discipline = discipline
        spaces.append(space)
    return spaces


def collegium_spaces(programmes: list[Programme], wanted: int, dice: Random) -> list[Space]:
    """Collégium spaces: each is fed by the cohort of one programme or two, none by elements."""
    titles = {programme.code: collegium_titles(programme) for programme in programmes}
    spaces: list[Space] = []
    for rank in range(wanted):
        turn, place = divmod(rank, len(programmes))
        programme = programmes[place]
        space = Space(
            f"CSN-{programme.code[:4]}-{turn + 1:02d}",
            next(titles[programme.code]),
            COLLEGIUM,
            programme.component,
            False,
            True,
        )
        space.visible = dice.random() < 0.92
        space.sources = [programme, *neighbours(programme, programmes, dice)]
        space.discipline = programme.discipline
        spaces.append(space)
    return spaces


def collegium_titles(programme: Programme) -> Iterator[str]:
    """Titles for a programme's spaces: its subjects, then the same ones in further parts."""
    yield f"{programme.label} : informations générales"
    subjects = [unit.label for term in programme.semesters for block in term.blocks for unit in block.compulsory]
    part = 1
    while True:
        yield from (subject if part == 1 else f"{subject} - partie {part}" for subject in subjects or [programme.label])
        part += 1


def neighbours(programme: Programme, programmes: list[Programme], dice: Random) -> list[Programme]:
    """Now and then the following year of the same field shares a space."""
    if programme.kind != HEALTH or dice.random() > 0.12:
        return []
    return [
        each for each in programmes if each.discipline is programme.discipline and each.level == programme.level + 1
    ]
