"""Why someone leaves, found in the register while it is at hand: the first cause that holds. Codes, worded when shown."""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.lookups import In

from cohorts.models import Person, StagedRegistration
from cohorts.register import PEOPLE, Register, leaving_scopes, vanishes_tonight
from enrolhub.sync.relation import Reasons


def vanishing(run_id: int) -> bool:
    """Whether anyone at all vanished from the directory tonight (most nights nobody: the question is then not asked)."""
    return leaving_scopes(run_id, PEOPLE).exists()


def student_number_of_change() -> QuerySet[Person, Any]:
    """The student number of the person of the (twice) outer change."""
    return Person.objects.filter(pk=OuterRef(OuterRef("member"))).order_by().values_list("student_number")[:1]


def account_reasons(register: Register) -> Reasons:
    """Closed accounts, and entries that vanished from the directory."""
    closed = Person.objects.filter(pk=OuterRef("member"), account_state="inactive")
    reasons: list[tuple[str, Exists | In | None]] = [("account_closed", Exists(closed))]
    if vanishing(register.run_id):
        reasons.append(("account_missing", vanishes_tonight(register.run_id, "person")))
    return reasons


def registration_reasons(administrative: QuerySet[StagedRegistration]) -> Reasons:
    """From the administrative registrations of the (outer) change: counting, unpaid, cancelled, or none at all."""
    current = administrative.filter(state="E")
    paid = current.filter(payment_state__in=settings.APOGEE_PAYMENT_STATES)
    return [
        ("unit_registration_missing", Exists(paid)),
        ("registration_unpaid", Exists(current)),
        ("registration_cancelled", Exists(administrative)),
        ("registration_missing", None),
    ]
