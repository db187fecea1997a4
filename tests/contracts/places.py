"""One invented university, kept in each of the places where a university keeps its registers."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_django import Settings

from cohorts.landing import land_configured
from cohorts.models import Snapshot
from cohorts.sources.configured import configured_sources
from cohorts.sources.protocol import LISTS, ConfiguredSource
from cohorts.sources.rows import STAGED_FIELDS
from cohorts.staging import STAGED_MODELS
from enrolhub.sync.lease import take_lease
from enrolhub.sync.models import Run
from tests.directories import Directory
from tests.registers import Registers, student_number
from tests.servers.apogee import Apogee

DIRECTORY = "annuaire"
APOGEE_LISTS = tuple(name for name in LISTS if name != DIRECTORY)
schemas = itertools.count(1)
Rows = list[tuple[str, ...]]


def university(folder: Path) -> Registers:
    """Small, and everything a register may say is said once: odd names, closed accounts, registrations that do not count."""
    registers = Registers(folder, crowd=6)
    registers.add("annees", cod_anu="2025", eta_anu_iae="F", lib_anu="2025/2026")
    shown = {"uid": "p00041207", "sn": "Hébert", "givenName": "Ronan", "displayName": "Ronan Hébert"}
    registers.person("hebert", **shown, supannEmpId="00041207", eduPersonAffiliation="employee|faculty")
    registers.person("e20", number=student_number(20), sn='Le Goupil; "dit" *(\\)', givenName="Maëlle 🌻", state="S")
    registers.person("e21", number=student_number(21), state="I")
    registers.register(20, eta_iae="A")
    registers.register(21, eta_pmt_iae="A", dat_mod_iae="2026-10-02")
    registers.register(1, programme="L2INF")
    registers.follow(1, "INF201", programme="L2INF")
    registers.follow(2, "INF201", tem_prc_ice="O", dat_mod_ice="2026-09-30")
    registers.group("10", 1, 2, code="TD1")
    registers.group("11", 3)
    return registers


@dataclass
class FolderPlace:
    """The exchange folder."""

    registers: Registers
    settings: Settings
    kind: str = "exchange_files"
    lists: Sequence[str] = LISTS

    def write(self) -> None:
        self.settings.ENROLHUB_SOURCES_DIR = self.registers.write()

    def break_reach(self) -> None:
        (self.registers.folder / "manifest.json").unlink()


@dataclass
class DirectoryPlace:
    """The LDAP directory."""

    registers: Registers
    settings: Settings
    directory: Directory
    kind: str = "directory_ldap"
    lists: Sequence[str] = (DIRECTORY,)

    def write(self) -> None:
        self.directory.add(self.registers.lists[DIRECTORY])
        tell(self.settings, self.directory.settings())

    def break_reach(self) -> None:
        self.settings.LDAP_URL = "ldaps://localhost:1"


@dataclass
class ApogeePlace:
    """APOGÉE's tables."""

    registers: Registers
    settings: Settings
    apogee: Apogee
    kind: str = "apogee_sql"
    lists: Sequence[str] = field(default=APOGEE_LISTS)

    def write(self) -> None:
        self.apogee.fill(self.registers.lists)
        tell(self.settings, self.apogee.settings())

    def break_reach(self) -> None:
        self.settings.APOGEE_DATABASE_URL = "postgresql://enrolhub@127.0.0.1:1/nowhere"


Place = FolderPlace | DirectoryPlace | ApogeePlace


def tell(settings: Settings, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


@contextmanager
def schema_in(server: str) -> Iterator[Apogee]:
    """Empty tables of APOGÉE's shape, gone afterwards."""
    apogee = Apogee(server, f"apogee{next(schemas)}")
    try:
        yield apogee
    finally:
        apogee.drop()


def source_of_kind(kind: str) -> ConfiguredSource:
    """The configured source of this kind, as the settings have it now."""
    return next(source for source in configured_sources() if source.kind == kind)


def land(kind: str) -> Snapshot:
    """What a source is worth, and its rows landed."""
    run = Run.objects.create(kind="night", lane=f"night:{Run.objects.count()}")
    return land_configured(take_lease(run.pk), source_of_kind(kind), alone=False)


def staged_rows(snapshot: Snapshot) -> dict[str, Rows]:
    """The rows of each list as they were landed, in an order of their own."""
    return {
        file.list_name: sorted(
            STAGED_MODELS[file.list_name]._default_manager.filter(file=file).values_list(*STAGED_FIELDS[file.list_name])
        )
        for file in snapshot.files.all()
    }


def problems(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(problem["code"], problem["file"]) for problem in snapshot.problems]
