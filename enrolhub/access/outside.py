"""Accounts of people whom another system of the university signs in: made at the first sign-in, without a right, apart from local ones."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, QuerySet

from enrolhub.access.models import User

#: Characters that an account keeps of each.
LONGEST = {"last_name": 150, "first_name": 150, "email": 254}
LONGEST_USERNAME = 150

_barred: list[Callable[[], QuerySet[Any]]] = []


def register_barred_people(people: Callable[[], QuerySet[Any]]) -> None:
    """Give the people, by their ``username``, whose account the registers say to be closed or locked; the last ones given count."""
    _barred[:] = [people]


def enterable_accounts() -> QuerySet[User]:
    """The accounts of an outside system that may be used now: neither closed here nor by the registers."""
    accounts = User.objects.filter(is_active=True)
    for people in _barred:
        accounts = accounts.exclude(Exists(people().filter(username=OuterRef("username"))))
    return accounts


def may_enter(username: str) -> bool:
    """Whether somebody of this name may enter by an outside system: the registers do not bar them, and no local account has the name."""
    if any(people().filter(username=username).exists() for people in _barred):
        return False
    account = User.objects.filter(username=username).first()
    return account is None or (account.is_active and not account.has_usable_password())


def account_for(username: str, names: Mapping[str, str]) -> User:
    """The account of somebody who has shown to be that person; made at the first sign-in, with ``last_name``, ``first_name``, ``email``."""
    kept = {field: names.get(field, "")[:length] for field, length in LONGEST.items()}
    account, is_new = User.objects.get_or_create(username=username, defaults=kept)
    if is_new:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    return account


class OutsideBackend(ModelBackend):
    """Whose account the registers close has no session any more, from the next request on: it is asked as the account is read."""

    def get_user(self, user_id: int) -> User | None:
        return enterable_accounts().filter(pk=user_id).first()
