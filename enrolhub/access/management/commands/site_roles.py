"""`site_roles`: who may do what on the whole site; given and taken back here, and traced."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrolhub.access.models import SiteRole, User
from enrolhub.access.site_roles import RoleRefused, grant_role, revoke_role, roles_in_words

REFUSED = 2
DEEDS = {"grant": grant_role, "revoke": revoke_role}
WHY = {
    "held_already": _("%(name)s has this role already."),
    "not_held": _("%(name)s has not this role."),
    "component_missing": _("A component manager manages a component: give it by --component."),
    "component_for_managers": _("--component goes with component_manager only."),
}


class Command(BaseCommand):
    help = "List who has a role on the whole site, grant or revoke one. An account is made by its first sign-in, or here by --create."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["list", *DEEDS])
        parser.add_argument("username", nargs="?", help="the account")
        parser.add_argument("role", nargs="?", choices=SiteRole.Kind.values)
        parser.add_argument("--component", default="", metavar="CODE", help="the component of a component_manager")
        parser.add_argument("--create", action="store_true", help="make the account that has not signed in yet")
        parser.add_argument(
            "--as", dest="by", default="", metavar="USERNAME", help="who grants or revokes, for the trail"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["deed"] == "list":
            self.stdout.write(json.dumps(everybody(), ensure_ascii=False, indent=1))
            return
        if not options["username"] or not options["role"]:
            raise CommandError(gettext("Give an account and a role."), returncode=REFUSED)
        account, by = account_named(options["username"], create=options["create"]), options["by"]
        if by:
            account_named(by)
        try:
            DEEDS[options["deed"]](account, options["role"], options["component"], by)
        except RoleRefused as refused:
            words = str(WHY[refused.code]) % {"name": account.username}
            raise CommandError(words, returncode=REFUSED) from None
        self.stdout.write(json.dumps({"account": account.username, "roles": roles_in_words(account)}))


def everybody() -> dict[str, list[str]]:
    """The site roles by account; a superuser has every one."""
    holders = User.objects.filter(site_roles__isnull=False) | User.objects.filter(is_superuser=True)
    told = {}
    for account in holders.distinct().order_by("username"):
        told[account.username] = [*(["superuser"] if account.is_superuser else []), *roles_in_words(account)]
    return told


def account_named(username: str, *, create: bool = False) -> User:
    """The account of that name; made without a password when asked for, so that only the directory lets anybody in."""
    account = User.objects.filter(username=username).first()
    if account is None and create:
        account = User(username=username)
        account.set_unusable_password()
        try:
            account.full_clean()
        except ValidationError as error:
            raise CommandError(f"{username!r}: {' '.join(error.messages)}", returncode=REFUSED) from None
        account.save()
    if account is None:
        words = gettext("No account has the name %(name)s.") % {"name": username}
        raise CommandError(words, returncode=REFUSED)
    return account
