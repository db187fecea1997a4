"""Signing in with the university's account, by its directory or by its CAS server. Local accounts stay, and stay apart."""

import logging
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from enrolhub.access.directory import (
    DirectoryFault,
    Entry,
    attribute_of,
    filter_value,
    find_entries,
    opened,
    people_filter,
)
from enrolhub.access.models import User
from enrolhub.access.outside import OutsideBackend, account_for, may_enter
from enrolhub.access.supann import account_state

logger = logging.getLogger(__name__)
LOGIN = "supannAliasLogin"
STATES = ("supannRessourceEtat", "supannRessourceEtatDate")
NAMES = {"last_name": "sn", "first_name": "givenName", "email": "mail"}
WRONG_PASSWORD = "directory_bind_refused"  # noqa: S105  # a code


class DirectoryBackend(OutsideBackend):
    """Finds the entry by its login, then binds as it with the password that was typed.

    An account with a password of its own is a local one: nobody enters it by the directory, whatever the directory calls them.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        # An empty password would be an anonymous bind, which succeeds.
        if not username or not password:
            return None
        try:
            entry = find_person(username)
            if entry is None or not is_open(entry) or not may_enter(login_of(entry)):
                bind_as_nobody(password)
                return None
            with opened(entry.dn, password):
                return account_for(login_of(entry), names_of(entry))
        except DirectoryFault as fault:
            if fault.code != WRONG_PASSWORD or fault.params.get("user") == settings.LDAP_BIND_DN:
                logger.error("the directory cannot be asked for a sign-in: %s %s", fault.code, fault.params)
            return None


class CasBackend(OutsideBackend):
    """The account of somebody for whom the CAS server has answered; the page asks the server (enrolhub.access.cas)."""

    def authenticate(  # type: ignore[override]  # no password comes this way
        self, request: HttpRequest | None, cas_username: str, cas_names: dict[str, str]
    ) -> User | None:
        return account_for(cas_username, cas_names) if may_enter(cas_username) else None


def bind_as_nobody(password: str) -> None:
    """Ask as much of the directory as for a wrong password: who may not enter is told so neither sooner nor later."""
    with suppress(DirectoryFault), opened(f"uid={secrets.token_hex(16)},{settings.LDAP_BASE}", password):
        """Nobody has such a name."""


def find_person(username: str) -> Entry | None:
    """The one entry of this login. Raises DirectoryFault."""
    condition = f"(&{people_filter()}({attribute_of(LOGIN)}={filter_value(username)}))"
    wanted = [attribute_of(name) for name in (LOGIN, *STATES, *NAMES.values())]
    with opened(settings.LDAP_BIND_DN, settings.LDAP_PASSWORD) as connection:
        entries = find_entries(connection, condition, [name for name in wanted if name])
    return entries[0] if len(entries) == 1 and login_of(entries[0]) else None


def login_of(entry: Entry) -> str:
    """The login as the directory writes it: the username of the person and of the account."""
    return next(iter(entry.all(attribute_of(LOGIN))), "")


def is_open(entry: Entry) -> bool:
    """Whether the account may be used: not closed, not locked, not past its end."""
    today = timezone.now().astimezone(ZoneInfo("Europe/Paris")).date()
    grace = timedelta(days=settings.LDAP_GRACE_DAYS)
    said = [sorted(entry.all(attribute_of(name))) for name in STATES if attribute_of(name)]
    return all(account_state(values, today, grace) == "active" for values in said)


def names_of(entry: Entry) -> dict[str, str]:
    """What an account keeps of the entry."""
    return {field: next(iter(sorted(entry.all(attribute_of(name)))), "") for field, name in NAMES.items()}
