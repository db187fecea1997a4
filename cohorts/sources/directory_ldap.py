"""The university's LDAP directory as a source: who is who, and whose account is open.

Absence counts only when every page came: any result but success, a missing last page or a referral makes the extract partial.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from cohorts.sources.directory_entries import DIRECTORY, REGISTRATIONS, EntryReader, attributes_asked
from cohorts.sources.protocol import COLUMNS, Beat, ExtractRefused, Problem, Sample, Source
from cohorts.sources.spool import SpooledExtract, private_folder
from enrolhub.access.directory import DirectoryFault, Entry, Search, attribute_of, opened, people_filter

KIND = "directory_ldap"
LIST_FILE = f"{DIRECTORY}.csv"
ESSENTIAL = ("supannAliasLogin", "supannEtuId")
PARIS = ZoneInfo("Europe/Paris")


def lists_given() -> tuple[str, ...]:
    """The lists that the directory answers for: APOGÉE, where it is read, knows registrations better."""
    with_registrations = settings.LDAP_REGISTRATIONS and not settings.APOGEE_DATABASE_URL
    return (DIRECTORY, REGISTRATIONS) if with_registrations else (DIRECTORY,)


@contextmanager
def opened_directory(beat: Beat) -> Iterator[Source]:
    """Everything read. Raises ExtractRefused when nothing of it can be used."""
    with private_folder() as folder:
        years = sorted(set(settings.LDAP_YEARS)) if REGISTRATIONS in lists_given() else []
        extract = SpooledExtract(KIND, settings.LDAP_URL, timezone.now(), folder, years)
        try:
            DirectoryReading(extract, beat).read()
        except DirectoryFault as fault:
            raise refusal_of(fault) from fault
        yield extract


def refusal_of(fault: DirectoryFault) -> ExtractRefused:
    return ExtractRefused(Problem(fault.code, file=LIST_FILE, params=fault.params))


class DirectoryReading:
    """One reading of the directory into an extract."""

    def __init__(self, extract: SpooledExtract, beat: Beat) -> None:
        self.extract = extract
        self.beat = beat
        self.deadline = time.monotonic() + settings.LDAP_READ_SECONDS
        self.reader = EntryReader(extract.extracted_at.astimezone(PARIS).date())
        self.count = 0
        self.tells_registrations = REGISTRATIONS in lists_given()

    def read(self) -> None:
        """Closed accounts first: somebody whose account is opened again meanwhile is met twice rather than never."""
        if self.tells_registrations and not settings.LDAP_YEARS:
            raise DirectoryFault("directory_years_missing")
        registrations: list[list[str]] = []
        with opened(settings.LDAP_BIND_DN, settings.LDAP_PASSWORD) as connection:
            rows: list[list[str]] = []
            for base in settings.LDAP_CLOSED_BASES:
                for page in self.pages(Search(connection, base, people_filter(), attributes_asked(), self.deadline)):
                    rows += self.reader.closed_rows(page)
            people = Search(connection, settings.LDAP_BASE, people_filter(), attributes_asked(), self.deadline)
            for page in self.pages(people):
                rows += map(self.reader.row, page)
                if self.tells_registrations:
                    registrations += [row for entry in page for row in self.reader.registrations(entry)]
        self.refuse_unusable(people)
        self.keep(rows, registrations)

    def pages(self, search: Search) -> Iterator[list[Entry]]:
        for page in search.pages():
            self.count += len(page)
            self.beat(DIRECTORY, self.count)
            yield page
        if search.fault:
            for name in lists_given():
                self.extract.complain(search.fault.code, name, **search.fault.params)

    def refuse_unusable(self, people: Search) -> None:
        """Nothing read, or an attribute that nobody has any more (renamed, or closed to us): the last good extract is better."""
        if people.fault and not any(self.reader.filled.values()):
            raise people.fault
        # Of a few entries little can be said: what is told apart by it must be there all the same.
        told = ESSENTIAL if people.fault else COLUMNS[DIRECTORY]
        if any(self.reader.filled.values()):
            for column in self.reader.never_filled(told):
                raise DirectoryFault("directory_attribute", attribute=attribute_of(column), column=column)

    def keep(self, rows: Sequence[list[str]], registrations: Iterable[list[str]]) -> None:
        """In an order of ours, so that an unchanged directory is the same list."""
        self.extract.keep(DIRECTORY, sorted(rows, key=lambda row: (row[1], row)), self.beat)
        if self.tells_registrations:
            self.extract.keep(REGISTRATIONS, sorted(registrations), self.beat)


def sample_of_directory(count: int) -> Sample:
    """The first entries as rows, to look at before the first night. Raises ExtractRefused."""
    reader = EntryReader(timezone.now().astimezone(PARIS).date())
    deadline = time.monotonic() + settings.LDAP_ANSWER_SECONDS
    try:
        with opened(settings.LDAP_BIND_DN, settings.LDAP_PASSWORD) as connection:
            search = Search(connection, settings.LDAP_BASE, people_filter(), attributes_asked(), deadline)
            page = next(search.pages(), [])
        if search.fault and not page:
            raise search.fault
    except DirectoryFault as fault:
        raise refusal_of(fault) from fault
    return Sample({DIRECTORY: None}, DIRECTORY, [reader.row(entry) for entry in page[:count]])
