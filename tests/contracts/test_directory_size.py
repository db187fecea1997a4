"""The directory of a large university: forty thousand entries, within the time and the memory that a night may take."""

import resource
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from cohorts.models import StagedPerson
from tests.contracts.places import land, tell
from tests.directories import entries_of
from tests.servers.slapd import PASSWORD, READER, SUFFIX, DirectoryServer, Values, running_slapd

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.timeout(600)]
PEOPLE, CLOSED, EVERYBODY = 40_000, 2_000, 42_000
BASE, CLOSED_BASE = f"ou=people,{SUFFIX}", f"ou=deactivated,{SUFFIX}"


def row(number: int) -> dict[str, str]:
    names = {"sn": f"Nom {number % 977}", "givenName": f"Prénom {number % 89}", "displayName": f"Prénom Nom {number}"}
    numbers = {"supannEmpId": f"{number:08}"} if number % 20 == 0 else {"supannEtuId": f"{number:08}"}
    account = {"eduPersonAffiliation": "student|member", "supannRessourceEtat": "{COMPTE}A SupannActif"}
    login = f"{number:08}"
    return {"uid": f"e{login}", "supannAliasLogin": login, "mail": f"{login}@exemple.fr"} | names | numbers | account


def entries() -> Iterator[tuple[str, Values]]:
    for base, name in ((BASE, "people"), (CLOSED_BASE, "deactivated")):
        yield base, {"objectClass": "organizationalUnit", "ou": name}
    yield from entries_of(map(row, range(PEOPLE)), BASE)
    for number in range(PEOPLE, EVERYBODY):
        left = {"uid": f"e{number:08}", "supannAliasLogin": f"{number:08}"}
        yield f"uid=e{number:08},{CLOSED_BASE}", {"objectClass": ["account", "supannPerson"], **left}


@pytest.fixture(scope="module")
def large_directory() -> Iterator[DirectoryServer]:
    with running_slapd(entries()) as server:
        yield server


def test_forty_thousand_entries_are_read_and_landed_within_a_minute(
    large_directory: DirectoryServer, settings: Settings
) -> None:
    tell(
        settings,
        {
            "LDAP_URL": large_directory.url,
            "LDAP_BIND_DN": READER,
            "LDAP_PASSWORD": PASSWORD,
            "LDAP_BASE": BASE,
            "LDAP_CLOSED_BASES": [CLOSED_BASE],
            "LDAP_CA_FILE": str(large_directory.authority),
        },
    )
    begun, busy, before = time.monotonic(), time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    snapshot = land("directory_ldap")
    seconds, processor = time.monotonic() - begun, time.process_time() - busy
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"{EVERYBODY} entries in {seconds:.1f} s, {processor:.1f} s of the processor, {grown} MB more")
    assert (snapshot.verdict, StagedPerson.objects.count()) == ("complete", EVERYBODY)
    assert StagedPerson.objects.filter(account_state="inactive").count() == CLOSED
    # Of the processor: other work on the machine is not the reading's.
    assert processor < 60
