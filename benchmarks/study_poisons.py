"""Extracts that went wrong, each in a way that registers and their exports have: what a poisoned night is given to read."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from courses.campus.writing import EXCHANGE_LISTS, MANIFEST

DIRECTORY, ADMINISTRATIVE, PEDAGOGICAL = "annuaire", "inscriptions_administratives", "inscriptions_pedagogiques"
GROUPS, PLACES = "groupes", "affectations_groupes"
YEARLY = (ADMINISTRATIVE, PEDAGOGICAL, GROUPS, PLACES)
#: Where the cells that are spoiled stand.
YEAR, STUDENT, PROGRAMME, VERSION = 0, 1, 2, 3
STATE, PAYMENT = 4, 5
UNIT, FOLLOWED = 4, 5
Row = list[str]


@dataclass
class Extract:
    """A copy of an extract that may be spoiled: lists are read when asked for, and their manifest is true unless said otherwise."""

    folder: Path
    dice: Random
    manifest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def copy(cls, source: Path, folder: Path, dice: Random) -> "Extract":
        folder.mkdir(parents=True)
        for name in EXCHANGE_LISTS:
            os.link(source / name, folder / name)
        return cls(folder, dice, json.loads((source / MANIFEST).read_text(encoding="utf-8")))

    def lines(self, name: str) -> list[str]:
        return (self.folder / f"{name}.csv").read_text(encoding="utf-8").split("\n")[1:-1]

    def rows(self, name: str) -> list[Row]:
        """The cells of a list that quotes none."""
        return [line.split(";") for line in self.lines(name)]

    def put(self, name: str, lines: Iterable[str], *, declared: bool = True) -> None:
        """Write a list; ``declared``: its manifest says what is now in it, as when the export itself went wrong."""
        kept = list(lines)
        text = "\n".join([EXCHANGE_LISTS[f"{name}.csv"], *kept]) + "\n"
        self.put_bytes(name, text.encode())
        if declared:
            digest = hashlib.sha256(text.encode()).hexdigest()
            self.manifest["files"][f"{name}.csv"] = {"rows": len(kept), "sha256": digest}

    def put_rows(self, name: str, rows: Iterable[Row]) -> None:
        self.put(name, (";".join(row) for row in rows))

    def put_bytes(self, name: str, content: bytes) -> None:
        """Replace a file; the one it was linked to stays as it is."""
        path = self.folder / f"{name}.csv"
        path.unlink()
        path.write_bytes(content)

    def content(self, name: str) -> bytes:
        return (self.folder / f"{name}.csv").read_bytes()

    def close(self) -> None:
        (self.folder / MANIFEST).write_text(json.dumps(self.manifest), encoding="utf-8")

    def a_component(self) -> set[str]:
        """The étapes of one component that has a good part of the registrations."""
        of = {line.split(";")[0]: line.split(";")[3] for line in self.lines("etapes") if '"' not in line}
        sizes: dict[str, int] = {}
        for row in self.rows(ADMINISTRATIVE):
            component = of.get(row[PROGRAMME], "")
            sizes[component] = sizes.get(component, 0) + 1
        chosen = self.dice.choice(sorted(name for name in sizes if name and sizes[name] > 50) or sorted(sizes))
        return {code for code, component in of.items() if component == chosen}

    def an_etape(self) -> set[str]:
        return {self.dice.choice(sorted({row[PROGRAMME] for row in self.rows(ADMINISTRATIVE)}))}


Spoil = Callable[[Extract], None]


@dataclass(frozen=True)
class Poison:
    """One way to go wrong. ``small``: below every limit by its size, so that only luck or a person would notice."""

    name: str
    spoil: Spoil
    small: bool = False


def cut_in_transfer(extract: Extract) -> None:
    name = extract.dice.choice([DIRECTORY, *YEARLY])
    content = extract.content(name)
    extract.put_bytes(name, content[: extract.dice.randrange(len(content) // 20, len(content))])


def cut_at_the_end(name: str, share: float) -> Spoil:
    """The export itself stopped early: its manifest counts what is left."""

    def spoil(extract: Extract) -> None:
        lines = extract.lines(name)
        extract.put(name, lines[: round(len(lines) * (1 - share))])

    return spoil


def lost_at_random(share: float) -> Spoil:
    def spoil(extract: Extract) -> None:
        extract.put(PEDAGOGICAL, (line for line in extract.lines(PEDAGOGICAL) if extract.dice.random() >= share))

    return spoil


def emptied(names: Sequence[str], choose: Callable[[Extract], set[str]]) -> Spoil:
    def spoil(extract: Extract) -> None:
        gone = choose(extract)
        for name in names:
            extract.put_rows(name, (row for row in extract.rows(name) if row[PROGRAMME] not in gone))

    return spoil


def component_gone_everywhere(extract: Extract) -> None:
    gone = extract.a_component()
    extract.put("etapes", (line for line in extract.lines("etapes") if line.split(";")[0] not in gone))
    for name in (ADMINISTRATIVE, PEDAGOGICAL):
        extract.put_rows(name, (row for row in extract.rows(name) if row[PROGRAMME] not in gone))


def in_year(difference: int, *, said: bool) -> Spoil:
    """Every row says another year; ``said``: so does the manifest."""

    def spoil(extract: Extract) -> None:
        year = str(int(extract.manifest["academic_years"][0]) + difference)
        for name in YEARLY:
            extract.put(name, (year + line[4:] for line in extract.lines(name)))
        if said:
            extract.manifest["academic_years"] = [year]

    return spoil


def shuffled(name: str, cell: int, share: float = 1) -> Spoil:
    """The cells of a column stand beside other rows than their own; ``share`` of the rows, at random."""

    def spoil(extract: Extract) -> None:
        rows = extract.rows(name)
        chosen = [row for row in rows if extract.dice.random() < share]
        cells = [row[cell] for row in chosen]
        extract.dice.shuffle(cells)
        for row, other in zip(chosen, cells, strict=True):
            row[cell] = other
        extract.put_rows(name, {";".join(row): row for row in rows}.values())

    return spoil


def codes_exchanged(extract: Extract) -> None:
    """Each element bears the code of another."""
    rows = extract.rows(PEDAGOGICAL)
    codes = sorted({row[UNIT] for row in rows})
    others = list(codes)
    extract.dice.shuffle(others)
    other = dict(zip(codes, others, strict=True))
    for row in rows:
        row[UNIT] = other[row[UNIT]]
    extract.put_rows(PEDAGOGICAL, rows)


def all_say(name: str, cell: int, value: str, *, of_a_component: bool = False) -> Spoil:
    def spoil(extract: Extract) -> None:
        chosen = extract.a_component() if of_a_component else None
        rows = extract.rows(name)
        for row in rows:
            if chosen is None or row[PROGRAMME] in chosen:
                row[cell] = value
        extract.put_rows(name, rows)

    return spoil


def accounts_closed(share: float) -> Spoil:
    def spoil(extract: Extract) -> None:
        lines = extract.lines(DIRECTORY)
        closed = (line.replace("{COMPTE}A", "{COMPTE}I") if extract.dice.random() < share else line for line in lines)
        extract.put(DIRECTORY, closed)

    return spoil


def numbers_lost(extract: Extract) -> None:
    """The directory no longer says who is which student."""
    extract.put(DIRECTORY, (";".join([*cells[:2], "", *cells[3:]]) for cells in extract.rows(DIRECTORY)))


def file_missing(extract: Extract) -> None:
    name = extract.dice.choice(list(EXCHANGE_LISTS))
    (extract.folder / name).unlink()


def header_only(extract: Extract) -> None:
    extract.put(extract.dice.choice([DIRECTORY, *YEARLY]), [])


def other_encoding(extract: Extract) -> None:
    text = extract.content(DIRECTORY).decode()
    extract.put_bytes(DIRECTORY, text.encode("cp1252", "replace"))


def column_renamed(extract: Extract) -> None:
    name, old = extract.dice.choice([(ADMINISTRATIVE, b"eta_iae"), (PEDAGOGICAL, b"tem_prc_ice"), (PLACES, b"cod_gpe")])
    extract.put_bytes(name, extract.content(name).replace(old, b"autre", 1))


def versions_renumbered(extract: Extract) -> None:
    rows = extract.rows(ADMINISTRATIVE)
    for row in rows:
        row[VERSION] = str(int(row[VERSION]) + 1) if row[VERSION].isdigit() else f"{row[VERSION]}X"
    extract.put_rows(ADMINISTRATIVE, rows)


BOTH = (ADMINISTRATIVE, PEDAGOGICAL)
POISONS: tuple[Poison, ...] = (
    Poison("cut in transfer", cut_in_transfer),
    Poison("pedagogical list cut at the end, 40 %", cut_at_the_end(PEDAGOGICAL, 0.4)),
    Poison("a component emptied, both lists", emptied(BOTH, Extract.a_component)),
    Poison("wrong year in the rows", in_year(-1, said=False)),
    Poison("students shuffled, pedagogical list", shuffled(PEDAGOGICAL, STUDENT)),
    Poison("administrative list cut at the end, 15 %", cut_at_the_end(ADMINISTRATIVE, 0.15)),
    Poison("element codes exchanged", codes_exchanged),
    Poison("nobody has paid", all_say(ADMINISTRATIVE, PAYMENT, "A")),
    Poison("a component emptied, pedagogical list", emptied((PEDAGOGICAL,), Extract.a_component)),
    Poison("all accounts closed", accounts_closed(1)),
    Poison("pedagogical list cut at the end, 9 %", cut_at_the_end(PEDAGOGICAL, 0.09)),
    Poison("last year's year everywhere", in_year(-1, said=True)),
    Poison("an étape emptied", emptied(BOTH, Extract.an_etape)),
    Poison("directory without student numbers", numbers_lost),
    Poison("students shuffled, administrative list", shuffled(ADMINISTRATIVE, STUDENT)),
    Poison("a file missing", file_missing),
    Poison("directory cut at the end, 30 %", cut_at_the_end(DIRECTORY, 0.3)),
    Poison("a component emptied, administrative list", emptied((ADMINISTRATIVE,), Extract.a_component)),
    Poison("next year everywhere", in_year(1, said=True)),
    Poison("a component's registrations cancelled", all_say(ADMINISTRATIVE, STATE, "A", of_a_component=True)),
    Poison("students shuffled, a tenth of the pedagogical rows", shuffled(PEDAGOGICAL, STUDENT, 0.1)),
    Poison("a component gone, étapes included", component_gone_everywhere),
    Poison("only a header", header_only),
    Poison("every element is kept from before", all_say(PEDAGOGICAL, FOLLOWED, "O")),
    Poison("another encoding", other_encoding),
    Poison("versions renumbered in one list", versions_renumbered),
    Poison("a column renamed", column_renamed),
    Poison("pedagogical list cut at the end, 6 %", cut_at_the_end(PEDAGOGICAL, 0.06)),
    Poison("a tenth of the accounts closed", accounts_closed(0.1)),
    Poison("groups: places cut at the end, 50 %", cut_at_the_end(PLACES, 0.5)),
    Poison("pedagogical list cut at the end, 3 %", cut_at_the_end(PEDAGOGICAL, 0.03), small=True),
    Poison("2 % of the pedagogical rows lost at random", lost_at_random(0.02), small=True),
    Poison("students shuffled, 2 % of the pedagogical rows", shuffled(PEDAGOGICAL, STUDENT, 0.02), small=True),
)


def poison(source: Path, folder: Path, number: int, seed: int) -> Poison:
    """Write into ``folder`` the extract of ``source`` spoiled by the poison of this number; the same arguments, the same bytes."""
    chosen = POISONS[number % len(POISONS)]
    extract = Extract.copy(source, folder, Random(f"{seed}/{number}/{chosen.name}"))
    chosen.spoil(extract)
    extract.close()
    return chosen
