"""Giving and taking back what an account may do on the whole site; each change goes on the audit trail, before and after."""

from django.db import transaction

from enrolhub.access.models import SiteRole, User
from enrolhub.access.trail import record_event

MANAGER = SiteRole.Kind.COMPONENT_MANAGER


class RoleRefused(Exception):
    """``code`` says why nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def grant_role(account: User, kind: str, component: str = "", by: str = "") -> None:
    """Give a site role; `by` is the username of who does it, empty for the operator at the shell. Raises RoleRefused."""
    _check(kind, component)
    with transaction.atomic():
        before = roles_in_words(account)
        _row, is_new = SiteRole.objects.get_or_create(user=account, kind=kind, component=component)
        if not is_new:
            raise RoleRefused("held_already")
        _record("site_role_granted", account, before, by)


def revoke_role(account: User, kind: str, component: str = "", by: str = "") -> None:
    """Take a site role back; it is lost at the next click. Raises RoleRefused."""
    _check(kind, component)
    with transaction.atomic():
        before = roles_in_words(account)
        if not SiteRole.objects.filter(user=account, kind=kind, component=component).delete()[0]:
            raise RoleRefused("not_held")
        _record("site_role_revoked", account, before, by)


def _check(kind: str, component: str) -> None:
    if kind not in SiteRole.Kind.values:
        raise RoleRefused("unknown_role")
    if kind == MANAGER and not component:
        raise RoleRefused("component_missing")
    if kind != MANAGER and component:
        raise RoleRefused("component_for_managers")


def roles_in_words(account: User) -> list[str]:
    """The site roles of an account as codes: ``operator``, ``component_manager:DRO``."""
    rows = SiteRole.objects.filter(user=account).order_by("kind", "component").values_list("kind", "component")
    return [f"{kind}:{component}" if component else kind for kind, component in rows]


def _record(action: str, account: User, before: list[str], by: str) -> None:
    record_event(by, action, account.get_username(), before=before, after=roles_in_words(account))
