"""`site_roles`: who may do what on the whole site is given and taken back by one command, and traced."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from enrolhub.access.models import Event, SiteRole, User
from tests.factories import SiteRoleFactory, UserFactory

pytestmark = pytest.mark.django_db


def site_roles(*words: str) -> object:
    out = io.StringIO()
    with translation.override("en"):
        call_command("site_roles", *words, stdout=out)
    return json.loads(out.getvalue())


def trail() -> list[tuple[str, str, str, object, object]]:
    return [
        (event.actor, event.action, event.target, event.detail["before"], event.detail["after"])
        for event in Event.objects.order_by("pk")
    ]


def test_roles_are_granted_and_revoked_with_a_trace() -> None:
    UserFactory(username="zoe")
    UserFactory(username="chef")
    assert site_roles("grant", "zoe", "operator", "--as", "chef") == {"account": "zoe", "roles": ["operator"]}
    site_roles("grant", "zoe", "component_manager", "--component", "DRO")
    assert site_roles("list") == {"zoe": ["component_manager:DRO", "operator"]}
    assert site_roles("revoke", "zoe", "operator") == {"account": "zoe", "roles": ["component_manager:DRO"]}
    assert trail() == [
        ("chef", "site_role_granted", "zoe", [], ["operator"]),
        ("", "site_role_granted", "zoe", ["operator"], ["component_manager:DRO", "operator"]),
        ("", "site_role_revoked", "zoe", ["component_manager:DRO", "operator"], ["component_manager:DRO"]),
    ]


def test_an_account_that_never_signed_in_may_be_made_without_a_password() -> None:
    site_roles("grant", "new", "auditor", "--create")
    assert not User.objects.get(username="new").has_usable_password()


def test_an_account_that_is_closed_or_may_do_everything_leaves_a_trace() -> None:
    account = UserFactory.create(username="zoe")
    account.first_name = "Zoé"
    account.save()
    account.is_active = False
    account.save()
    account.save(update_fields=["last_login"])
    User.objects.create_superuser("root")
    closed, superuser = [event.detail for event in Event.objects.filter(action="account_changed").order_by("pk")]
    assert [closed[when]["is_active"] for when in ("before", "after")] == [True, False]
    assert (superuser["before"], superuser["after"]["is_superuser"]) == (None, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grant", "zoe", "staff"], "has this role already"),
        (["revoke", "zoe", "auditor"], "has not this role"),
        (["grant", "zoe", "component_manager"], "--component"),
        (["grant", "zoe", "auditor", "--component", "DRO"], "component_manager only"),
        (["grant", "nobody", "auditor"], "No account has the name nobody"),
        (["grant", "zoe", "auditor", "--as", "nobody"], "No account has the name nobody"),
        (["grant", "zoe"], "an account and a role"),
        (["grant", "zoe", "king"], "invalid choice"),
        (["grant", "zo e\n", "auditor", "--create"], "valid username"),
    ],
)
def test_what_cannot_be_is_refused_in_words(words: list[str], said: str) -> None:
    SiteRoleFactory(user__username="zoe", kind=SiteRole.Kind.STAFF)
    with pytest.raises(CommandError, match=said):
        site_roles(*words)
    assert (SiteRole.objects.count(), trail()) == (1, [])
