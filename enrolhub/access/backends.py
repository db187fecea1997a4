"""Signing in with the account of the university's directory. Local accounts stay, and stay apart."""

import logging
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
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
from enrolhub.access.supann import account_state

logger = logging.getLogger(__name__)
LOGIN = "supannAliasLogin"
STATES = ("supannRessourceEtat", "supannRessourceEtatDate")
NAMES = {"last_name": "sn", "first_name": "givenName", "email": "mail"}
#: Characters that an account keeps of each.
LONGEST = {"last_name": 150, "first_name": 150, "email": 254}
WRONG_PASSWORD = "directory_bind_refused"  # noqa: S105  # a code


class DirectoryBackend(ModelBackend):
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
                return None
            with opened(entry.dn, password):
                return account_for(entry)
        except DirectoryFault as fault:
            if fault.code != WRONG_PASSWORD or fault.params.get("user") == settings.LDAP_BIND_DN:
                logger.error("the directory cannot be asked for a sign-in: %s %s", fault.code, fault.params)
            return None


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


def may_enter(username: str) -> bool:
    """Whether an account of this name, if there is one, is the directory's and not closed here."""
    account = User.objects.filter(username=username).first()
    return account is None or (account.is_active and not account.has_usable_password())


def account_for(entry: Entry) -> User:
    """The account of somebody who has shown to be that person; made at the first sign-in."""
    names = {field: next(iter(sorted(entry.all(attribute_of(name)))), "") for field, name in NAMES.items()}
    kept = {field: value[: LONGEST[field]] for field, value in names.items()}
    account, is_new = User.objects.get_or_create(username=login_of(entry), defaults=kept)
    if is_new:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    return account
