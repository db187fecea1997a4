"""What a programme is made of: semesters, units (UE) and the elements (EC) that may have a course space."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from courses.campus.catalogue import HEALTH, LONGEST_LABEL, Discipline, Programme

_SEMESTER_SIGNS = "1234567890BCDE"
# Shared by all the programmes of a component in one semester: code, label, whether it is taught in a course.
# The languages are shared within the field of study only.
_SHARED: dict[int, tuple[tuple[str, str, bool], ...]] = {
    1: (("ANG", "Anglais S1", True), ("MTU", "Méthodologie du travail universitaire", True)),
    2: (("ANG", "Anglais S2", True), ("PIX", "Compétences numériques - Pix", True)),
    3: (("ANG", "Anglais S3", True), ("PPE", "Projet professionnel de l'étudiant", True)),
    4: (("ANG", "Anglais S4", True), ("ENG", "Engagement étudiant ; sport et culture", True)),
    5: (("ANG", "Anglais S5", True), ("INS", "Préparation à l'insertion professionnelle", True)),
    6: (("ANG", "Anglais S6", True), ("STG", "Stage", False)),
    7: (("ANG", "Anglais de spécialité S1", True), ("DOC", "Recherche documentaire", True)),
    8: (("ANG", "Anglais de spécialité S2", True), ("STG", "Stage", False)),
    9: (("ANG", "Anglais de spécialité S3", True), ("PRO", "Conduite de projet", True)),
    10: (("MEM", "Mémoire de recherche", False), ("STG", "Stage", False)),
}
_TURNS = ("{}", "{} 2", "{} - approfondissement", "{} : études de cas", "Atelier : {}", "{} 3", "{} : méthodes", "{} 4")
_LATE_TURNS = (
    "{}",
    "Séminaire : {}",
    "{} : recherche",
    "{} : enjeux actuels",
    "Projet : {}",
    "{} : étude de terrain",
    "{} 2",
)


@dataclass(slots=True, eq=False)
class Unit:
    """An element of APOGÉE; ``taught`` when a course space may hang on it."""

    code: str
    label: str
    period: str
    component: str
    taught: bool = False
    expected: float = 0.0
    courses: list[str] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """A UE with what it obliges to and, where there is a choice, the elements of which one is taken."""

    unit: Unit
    compulsory: tuple[Unit, ...]
    options: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Semester:
    """A semester of a programme; it is an element too."""

    unit: Unit
    blocks: tuple[Block, ...]


class Curriculum:
    """Gives programmes their elements, each element made once and shared where programmes share it."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self._titles: set[tuple[str, str]] = set()
        self._turns: Counter[tuple[str, bool]] = Counter()

    def furnish(self, programme: Programme) -> None:
        """Make the two semesters of a programme; a doctorate has none."""
        if programme.kind != "doctorate":
            numbers = semester_numbers(programme.level)
            programme.semesters = tuple(self._semester(programme, number) for number in numbers)

    def _semester(self, programme: Programme, number: int) -> Semester:
        code = self._code(programme, number, "S")
        label = f"Semestre {period_number(number)} - {programme.label}"[:LONGEST_LABEL].rstrip(" -")
        node = self._unit(code, label, number, programme.component.code)
        shared = self._shared_block(programme, number)
        if number == 10 and programme.kind != HEALTH:  # the last semester of a master is spent away
            return Semester(node, shared)
        return Semester(node, (self._core_block(programme, number), self._choice_block(programme, number), *shared))

    def _core_block(self, programme: Programme, number: int) -> Block:
        """The first UE: every « parcours » of a field has the same one."""
        return self._block(programme, number, 1, "UE1 Enseignements fondamentaux", 2, 0, letter="A")

    def _choice_block(self, programme: Programme, number: int) -> Block:
        options = 3 if programme.level <= 3 and programme.kind == "licence" else 0
        compulsory = 2 if options else 3
        return self._block(programme, number, 2, "UE2 Enseignements de spécialité", compulsory, options)

    def _block(
        self, programme: Programme, number: int, place: int, label: str, compulsory: int, options: int, letter: str = ""
    ) -> Block:
        def element(rank: int) -> Unit:
            code = self._code(programme, number, f"{place}{rank}", letter)
            return self.units.get(code) or self._element(programme, number, code)

        unit = self._unit(self._code(programme, number, f"U{place}", letter), label, number, programme.component.code)
        first = tuple(element(rank) for rank in range(1, compulsory + 1))
        return Block(unit, first, tuple(element(rank) for rank in range(compulsory + 1, compulsory + options + 1)))

    def _shared_block(self, programme: Programme, number: int) -> tuple[Block, ...]:
        if programme.kind in (HEALTH, "degree"):
            return ()
        component, sign = programme.component, _SEMESTER_SIGNS[number - 1]
        unit = self._unit(f"{component.letter}UET{sign}00", "UE3 Compétences transversales", number, component.code)
        taught = []
        for rank, (code, label, has_course) in enumerate(_SHARED[number], start=1):
            full = f"{component.letter}{code}{sign}0{rank}"
            if code == "ANG":
                full, label = self._language(programme, number, label)
            taught.append(self._unit(full, label, number, component.code, taught=has_course))
        return (Block(unit, tuple(taught)),)

    def _language(self, programme: Programme, number: int, label: str) -> tuple[str, str]:
        """A language is taught by field of study, not by component; who studies one takes another."""
        if programme.component.code == "LVE":
            label = f"Langue vivante B {label[-2:]}"
        return self._code(programme, number, "31", "A"), label

    def _element(self, programme: Programme, number: int, code: str) -> Unit:
        label = self._title(programme.discipline, programme.level)
        taught = programme.kind != HEALTH and programme.component.code != "CEM"  # these have theirs on Collégium
        return self._unit(code, label, number, programme.component.code, taught=taught)

    def _unit(self, code: str, label: str, number: int, component: str, *, taught: bool = False) -> Unit:
        if code not in self.units:
            self.units[code] = Unit(code, label, f"S{period_number(number)}", component, taught)
        return self.units[code]

    def _title(self, discipline: Discipline, level: int) -> str:
        """The next subject of a field at that level; when all have served once, the next turn of phrase."""
        late = level in (4, 5) and discipline.kind == "licence"
        subjects = discipline.more + discipline.core if late else discipline.core + discipline.more
        turns = _LATE_TURNS if late else _TURNS
        for taken in count(self._turns[discipline.code, late]):
            turn, place = divmod(taken, len(subjects))
            phrase = turns[turn] if turn < len(turns) else f"{{}} {turn - 3}"
            title = phrase.format(subjects[place])
            if (discipline.code, title) not in self._titles and len(title) <= LONGEST_LABEL:
                break
        self._turns[discipline.code, late] = taken + 1
        self._titles.add((discipline.code, title))
        return title

    def _code(self, programme: Programme, number: int, place: str, letter: str = "") -> str:
        """An element's code, in the manner of its faculty: sciences and law number their elements differently."""
        field_code, sign = programme.discipline.code, _SEMESTER_SIGNS[number - 1]
        letter = letter or programme.letter
        if programme.component.code in ("SCI", "IUT", "STA"):
            return f"{field_code}{sign}{letter}{place.replace('S', '00').replace('U1', '10').replace('U2', '20')}"
        return f"{field_code}{sign}{letter}{_LONG_PLACES.get(place) or f'{place[0]}E{place[1]}'}"


_LONG_PLACES = {"S": "SEM", "U1": "UE1", "U2": "UE2"}


def semester_numbers(level: int) -> tuple[int, int]:
    """The two semesters of a year of study; a one-year degree (level 7) has numbers of its own after the twelfth."""
    return 2 * level - 1, 2 * level


def period_number(number: int) -> int:
    """The period that APOGÉE prints, S1 to S10: a sixth year prints the last two, a one-year degree the first two."""
    return number if number <= 10 else number - 2 if number <= 12 else number - 12
