"""A PostgreSQL database with tables of the shape of APOGÉE's, filled from exchange lists, whoever made these."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection as site_connection

from tests.servers.postgres import running_postgres

DDL = Path(__file__).with_name("apogee.sql").read_text(encoding="utf-8")
Row = Mapping[str, str]
Lists = Mapping[str, Iterable[Row]]
#: Columns of a table that a list gives, each under its own name.
PLAIN: Mapping[str, tuple[str, str]] = {
    "annee_uni": ("annees", "cod_anu eta_anu_iae lib_anu"),
    "element_pedagogi": ("elements", "cod_elp lib_elp cod_pel cod_cmp"),
}


@contextmanager
def running_apogee() -> Iterator[str]:
    """The address of a database of its own: on the server that the site's tests use, or on a private one."""
    name = f"apogee_{os.getpid()}"
    if site_connection.vendor != "postgresql":
        with running_postgres() as server:
            yield server
        return
    site = site_connection.settings_dict
    server = f"postgresql://{site['USER']}@{site['HOST']}:{site['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Apogee:
    """APOGÉE's tables in a schema of their own."""

    def __init__(self, server: str, schema: str) -> None:
        self.schema = schema
        self.server = server
        self.numbers: dict[str, int] = {}
        with self.connect() as connection:
            connection.execute(f'CREATE SCHEMA "{schema}"')
            connection.execute(f'SET search_path TO "{schema}"')
            connection.execute(DDL)

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.server, autocommit=True)

    def execute(self, sql: str, *values: object) -> None:
        """One statement in the schema."""
        with self.connect() as connection:
            connection.execute(f'SET search_path TO "{self.schema}"')
            connection.execute(sql, values)

    def settings(self, **changed: Any) -> dict[str, Any]:
        """What the site has to be told to read these tables."""
        return {"APOGEE_DATABASE_URL": self.server, "APOGEE_SCHEMA": self.schema} | changed

    def drop(self) -> None:
        self.execute(f'DROP SCHEMA "{self.schema}" CASCADE')

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Whole rows of a table, in the order of its columns."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f'SET search_path TO "{self.schema}"')
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([None if value == "" else value for value in row])

    def person(self, number: str) -> int:
        """The internal number of a student; made when there is none yet."""
        if number not in self.numbers:
            self.numbers[number] = 500_000 + len(self.numbers)
            self.insert("individu", [(self.numbers[number], int(number), "Nom")])
        return self.numbers[number]

    def fill(self, lists: Lists) -> None:
        """What the lists say, as tables."""
        self.add_people(lists)
        for table, (name, columns) in PLAIN.items():
            self.insert(table, [[row[column] for column in columns.split()] for row in lists[name]])
        self.add_programmes(list(lists["etapes"]))
        self.add_registrations(lists["inscriptions_administratives"])
        contracts = list(lists["inscriptions_pedagogiques"])
        self.insert("ind_contrat_elp", (self.contract(row) for row in contracts))
        follow = {
            (row["cod_anu"], self.person(row["cod_etu"]), row["cod_etp"], row["cod_vrs_vet"]) for row in contracts
        }
        self.insert("ins_pedagogi_etp", ((*key, "N") for key in sorted(follow)))
        self.add_groups(list(lists["groupes"]))
        places = lists["affectations_groupes"]
        self.insert(
            "ind_affecte_gpe", ((row["cod_anu"], self.person(row["cod_etu"]), row["cod_gpe"]) for row in places)
        )

    def add_people(self, lists: Lists) -> None:
        names = ("inscriptions_administratives", "inscriptions_pedagogiques", "affectations_groupes")
        numbers = sorted({row["cod_etu"] for name in names for row in lists[name]} - self.numbers.keys())
        self.numbers |= {number: 500_000 + place for place, number in enumerate(numbers, len(self.numbers))}
        self.insert("individu", ((self.numbers[number], int(number), "Nom") for number in numbers))

    def add_programmes(self, rows: Sequence[Row]) -> None:
        self.insert("composante", sorted({(row["cod_cmp"], row["lib_cmp"], "UFR") for row in rows}))
        self.insert("etape", sorted({row["cod_etp"]: row["lib_etp"] for row in rows}.items()))
        versions = [(row["cod_etp"], row["cod_vrs_vet"], row["lib_etp"], row["cod_cmp"]) for row in rows]
        self.insert("version_etape", versions)
        # Two diplomas share each version: it must come once all the same.
        of = [(dip, 1, code, version, "2020", "") for code, version, _, _ in versions for dip in ("DIP1", "DIP2")]
        self.insert("vdi_fractionner_vet", of)

    def add_registrations(self, rows: Iterable[Row]) -> None:
        seen: dict[tuple[object, ...], int] = {}
        made = []
        for row in rows:
            key = (row["cod_anu"], self.person(row["cod_etu"]), row["cod_etp"], row["cod_vrs_vet"])
            seen[key] = seen.get(key, 0) + 1
            states = (row["eta_iae"], row["eta_pmt_iae"], "O", "CGE", row["dat_mod_iae"])
            made.append((*key, seen[key], *states))
        self.insert("ins_adm_etp", made)

    def contract(self, row: Row) -> tuple[object, ...]:
        key = (row["cod_anu"], self.person(row["cod_etu"]), row["cod_etp"], row["cod_vrs_vet"], row["cod_elp"])
        return (*key, "LSE1", row["tem_prc_ice"], row["dat_mod_ice"])

    def add_groups(self, rows: Sequence[Row]) -> None:
        self.insert(
            "groupe",
            [(row["cod_gpe"], row["cod_ext_gpe"], row["lib_gpe"], row["cod_anu"], row["cod_anu"]) for row in rows],
        )
        self.insert(
            "gpe_obj (cod_gpe, typ_obj_gpo, cod_elp)", [(row["cod_gpe"], "ELP", row["cod_elp"]) for row in rows]
        )


def lists_in(folder: Path) -> dict[str, list[Row]]:
    """The lists of an exchange folder."""
    found: dict[str, list[Row]] = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file, delimiter=";"))
    return found
