"""What an account may do on the whole site. What it may do inside a course comes from its enrolments, above."""

from typing import Any

import rules
from rules import Predicate, predicate

from enrolhub.access.models import SiteRole, User

Kind = SiteRole.Kind


def site_roles_of(user: Any) -> frozenset[str]:
    """The kinds of site role of an account, read once per request; nobody signed in has none."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    known: frozenset[str] | None = getattr(user, "_site_role_kinds", None)
    if known is None:
        known = frozenset(user.site_roles.values_list("kind", flat=True))
        user._site_role_kinds = known  # type: ignore[attr-defined]  # kept for the length of a request
    return known


def components_managed_by(user: Any) -> frozenset[str]:
    """The codes of the components whose courses and cohorts this account manages."""
    if not is_component_manager(user):
        return frozenset()
    managed = SiteRole.objects.filter(user=user, kind=Kind.COMPONENT_MANAGER)
    return frozenset(managed.values_list("component", flat=True))


def _holds(name: str, *kinds: Kind) -> Predicate:
    def holds(user: Any) -> bool:
        return bool(getattr(user, "is_superuser", False)) or not site_roles_of(user).isdisjoint(kinds)

    return predicate(holds, name)


is_staff_cemu = _holds("is_staff_cemu", Kind.STAFF)
is_operator = _holds("is_operator", Kind.OPERATOR)
is_approver = _holds("is_approver", Kind.APPROVER)
is_auditor = _holds("is_auditor", Kind.AUDITOR)
is_component_manager = _holds("is_component_manager", Kind.COMPONENT_MANAGER)

sees_everything = is_staff_cemu | is_operator | is_approver | is_auditor

rules.add_rule("access.see_everything", sees_everything)
can_see_trail = is_operator | is_auditor
rules.add_rule("access.see_trail", can_see_trail)
