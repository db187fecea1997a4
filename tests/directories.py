"""An LDAP directory written from rows of the exchange list, each test below a branch of its own."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ldap3
from ldap3.utils.dn import escape_rdn

from tests.servers.slapd import PASSWORD, READER, SUFFIX, DirectoryServer, Values

Row = Mapping[str, str]
MULTIPLE = ("eduPersonAffiliation", "supannRessourceEtat")
PEOPLE, DEACTIVATED = "people", "deactivated"
branches = itertools.count(1)


def values_of(row: Row) -> dict[str, str | list[str]]:
    """The attributes of an entry, empty ones left out."""
    shown = " ".join(part for part in (row.get("sn", ""), row.get("givenName", "")) if part)
    values: dict[str, str | list[str]] = {"cn": shown or row["supannAliasLogin"], "sn": row.get("sn") or "-"}
    for name, value in row.items():
        if value:
            values[name] = value.split("|") if name in MULTIPLE else value
    return values | {"objectClass": ["inetOrgPerson", "eduPerson", "supannPerson"]}


def entries_of(rows: Iterable[Row], base: str) -> Iterator[tuple[str, Values]]:
    for row in rows:
        yield f"uid={escape_rdn(row['uid'])},{base}", values_of(row)


class Directory:
    """One branch of the server's tree: ``people`` and ``deactivated`` below it."""

    def __init__(self, server: DirectoryServer) -> None:
        self.server = server
        self.branch = f"ou=university{next(branches)},{SUFFIX}"
        self.people, self.deactivated = f"ou={PEOPLE},{self.branch}", f"ou={DEACTIVATED},{self.branch}"
        with self.server.manager() as manager:
            for dn in (self.branch, self.people, self.deactivated):
                manager.add(dn, ["organizationalUnit"])

    def settings(self, **changed: Any) -> dict[str, Any]:
        """What the site has to be told to read this branch."""
        return {
            "LDAP_URL": self.server.url,
            "LDAP_BIND_DN": READER,
            "LDAP_PASSWORD": PASSWORD,
            "LDAP_BASE": self.people,
            "LDAP_CA_FILE": str(self.server.authority),
        } | changed

    def let_in(self, site: Any) -> None:
        """Let these settings of the site sign people in by this branch."""
        for name, value in self.settings().items():
            setattr(site, name, value)
        site.AUTHENTICATION_BACKENDS = [*site.AUTHENTICATION_BACKENDS, "enrolhub.access.backends.DirectoryBackend"]

    def add(self, rows: Iterable[Row]) -> None:
        """Entries of people."""
        with self.server.manager() as manager:
            for dn, values in entries_of(rows, self.people):
                manager.add(dn, attributes=dict(values))

    def change(self, uid: str, **values: str | list[str]) -> None:
        """Other values of an entry; an empty list takes an attribute away."""
        changes = {
            name: [(ldap3.MODIFY_REPLACE, [value] if isinstance(value, str) else value)]
            for name, value in values.items()
        }
        with self.server.manager() as manager:
            manager.modify(f"uid={uid},{self.people}", changes)

    def remove(self, uid: str) -> None:
        with self.server.manager() as manager:
            manager.delete(f"uid={uid},{self.people}")

    def deactivate(self, uid: str, login: str) -> None:
        """The account is closed: what is left of its entry lies elsewhere."""
        self.remove(uid)
        with self.server.manager() as manager:
            left = {"uid": uid, "supannAliasLogin": login}
            manager.add(f"uid={uid},{self.deactivated}", ["account", "supannPerson"], left)
