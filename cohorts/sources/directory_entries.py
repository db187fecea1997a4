"""From the entries of a directory to rows of the exchange lists: which attributes are asked for, what each becomes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings

from cohorts.models import Person
from cohorts.sources.protocol import COLUMNS, OPTIONAL_COLUMNS
from enrolhub.access.directory import Entry, attribute_of
from enrolhub.access.supann import ProgrammeFormat, account_state, split_composite
from enrolhub.web.folding import fold

DIRECTORY = "annuaire"
REGISTRATIONS = "inscriptions_administratives"
#: Asked for as well, and missing in many directories.
OPTIONAL = ("cn", "supannRessourceEtatDate")
OF_REGISTRATIONS = ("supannEtuInscription", "supannEtuEtape", "supannEtuAnneeInscription")
STATE_LETTERS = {"active": "A", "inactive": "I", "suspended": "S"}
#: What stays known of somebody whose closed entry was emptied, in the order of the list's columns.
REMEMBERED = {
    "uid": "directory_uid",
    "supannEtuId": "student_number",
    "supannEmpId": "staff_number",
    "sn": "last_name",
    "givenName": "first_name",
    "mail": "email",
    "eduPersonAffiliation": "affiliations",
    "supannListeRouge": "red_list",
}
NAMES_AT_ONCE = 500


def attributes_asked() -> list[str]:
    """Only what is needed, each once."""
    columns = [*COLUMNS[DIRECTORY], *OPTIONAL, *(OF_REGISTRATIONS if settings.LDAP_REGISTRATIONS else ())]
    return list(dict.fromkeys(name for column in columns if (name := attribute_of(column))))


@dataclass
class EntryReader:
    """Makes rows of entries, and counts how often each column was filled."""

    today: date
    filled: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS[DIRECTORY], 0))

    def values(self, entry: Entry, column: str) -> list[str]:
        """The values of an attribute in an order of ours: the directory knows none."""
        name = attribute_of(column)
        return sorted(value for value in entry.all(name) if value.strip()) if name else []

    def row(self, entry: Entry) -> list[str]:
        """The row of somebody whose account is where open accounts are."""
        cells = [self.cell(entry, column) for column in COLUMNS[DIRECTORY]]
        for column, cell in zip(COLUMNS[DIRECTORY], cells, strict=True):
            self.filled[column] += bool(cell)
        return cells

    def cell(self, entry: Entry, column: str) -> str:
        values = self.values(entry, column)
        if column == "supannRessourceEtat":
            return self.state(entry, values)
        if column in ("sn", "givenName"):
            return self.one_name(entry, values)
        if column == "displayName":
            return (values or self.values(entry, "cn") or [""])[0]
        if column == "eduPersonAffiliation":
            return "|".join(values)
        return values[0] if values else ""

    def one_name(self, entry: Entry, values: Sequence[str]) -> str:
        """Names are sets without order: the one that the person shows counts, the first in the alphabet where none is shown."""
        shown = fold(" ".join(self.values(entry, "displayName")))
        return next((value for value in values if fold(value) in shown), values[0] if values else "")

    def state(self, entry: Entry, values: Sequence[str]) -> str:
        dated = self.values(entry, "supannRessourceEtatDate")
        if not values and not dated:
            return ""
        grace = timedelta(days=settings.LDAP_GRACE_DAYS)
        states = {account_state(each, self.today, grace) for each in (values, dated) if each}
        worst = next(state for state in ("inactive", "suspended", "active") if state in states)
        return f"{{COMPTE}}{STATE_LETTERS[worst]}"

    def closed_rows(self, entries: Sequence[Entry]) -> Iterator[list[str]]:
        """Rows of accounts that were moved away: inactive, with what is known of them where the entry was emptied."""
        login, state = (COLUMNS[DIRECTORY].index(name) for name in ("supannAliasLogin", "supannRessourceEtat"))
        rows = [[self.cell(entry, column) for column in COLUMNS[DIRECTORY]] for entry in entries]
        known = remembered([row[login] for row in rows])
        for cells in rows:
            former = known.get(cells[login], {})
            row = [cell or former.get(column, "") for column, cell in zip(COLUMNS[DIRECTORY], cells, strict=True)]
            row[state] = "{COMPTE}I"
            yield row

    def never_filled(self, columns: Sequence[str]) -> list[str]:
        """Those of the columns that this site says it has, and that no entry fills."""
        return [
            column
            for column in columns
            if not self.filled[column] and column not in OPTIONAL_COLUMNS and attribute_of(column)
        ]

    def registrations(self, entry: Entry) -> Iterator[list[str]]:
        """The administrative registrations an entry tells of, of the years asked for."""
        numbers = self.values(entry, "supannEtuId")
        for year, programme in self.programmes(entry):
            if numbers and year in settings.LDAP_YEARS:
                yield [year, numbers[0], *read_programme(programme), "E", settings.APOGEE_PAYMENT_STATES[0], ""]

    def programmes(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Year and étape; the flat attribute has lost the years, so that it counts where there is only one."""
        composites = self.values(entry, "supannEtuInscription")
        for composite in composites:
            parts = split_composite(composite)
            if "etape" in parts:
                yield parts.get("anneeinsc", ""), parts["etape"]
        years = self.values(entry, "supannEtuAnneeInscription")
        if not composites and len(years) == 1:
            for value in self.values(entry, "supannEtuEtape"):
                yield years[0], value


def read_programme(value: str) -> tuple[str, str]:
    """Code and version of an étape; what cannot be read keeps no version, which rejects the row and protects the student."""
    shape = ProgrammeFormat(
        settings.LDAP_PROGRAMME_PREFIX, settings.LDAP_PROGRAMME_SEPARATOR, settings.LDAP_PROGRAMME_HAS_VERSION
    )
    try:
        code, version = shape.read(value)
    except ValueError:
        return value, ""
    return code, version or "1"


def remembered(logins: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """What is known of these people, by username and column."""
    wanted, known = sorted(set(logins)), {}
    for start in range(0, len(wanted), NAMES_AT_ONCE):
        people = Person.objects.filter(username__in=wanted[start : start + NAMES_AT_ONCE]).order_by()
        for username, *values in people.values_list("username", *REMEMBERED.values()):
            known[username] = dict(zip(REMEMBERED, values, strict=True))
    return known
