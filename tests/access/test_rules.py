"""Site roles."""

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from enrolhub.access import rules
from enrolhub.access.models import SiteRole, User

PREDICATES = ("is_staff_cemu", "is_operator", "is_approver", "is_auditor", "is_component_manager", "sees_everything")
pytestmark = pytest.mark.django_db


def held_by(user: object) -> set[str]:
    return {name for name in PREDICATES if getattr(rules, name)(user)}


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("staff", {"is_staff_cemu", "sees_everything"}),
        ("operator", {"is_operator", "sees_everything"}),
        ("approver", {"is_approver", "sees_everything"}),
        ("auditor", {"is_auditor", "sees_everything"}),
    ],
)
def test_a_role_gives_its_own_and_no_other(kind: str, held: set[str]) -> None:
    user = User.objects.create(username="zoe")
    SiteRole.objects.create(user=user, kind=kind)
    assert held_by(user) == held


def test_a_component_manager_manages_their_components() -> None:
    user = User.objects.create(username="zoe")
    SiteRole.objects.bulk_create(
        SiteRole(user=user, kind="component_manager", component=code) for code in ("SCI", "DRT")
    )
    assert held_by(user) == {"is_component_manager"}
    assert rules.components_managed_by(user) == {"SCI", "DRT"}


def test_a_superuser_holds_everything_and_a_stranger_nothing() -> None:
    assert held_by(User(username="root", is_superuser=True, pk=0)) == set(PREDICATES)
    assert held_by(AnonymousUser()) == set()
    assert held_by(User.objects.create(username="zoe")) == set()


def test_a_closed_account_holds_nothing() -> None:
    user = User.objects.create(username="zoe", is_active=False)
    SiteRole.objects.create(user=user, kind="staff")
    assert held_by(user) == set()


def test_roles_are_read_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = User.objects.create(username="zoe")
    with django_assert_num_queries(1):
        held_by(user)
