"""Why someone leaves, found in the register while it is at hand: the first cause that holds. Codes, worded when shown."""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from cohorts.models import Person, StagedRegistration
from cohorts.register import PEOPLE, Register, leaving_scopes, vanishes_tonight
from enrolhub.sync.models import Change


def vanishing(run_id: int) -> bool:
    """Whether anyone at all vanished from the directory tonight (most nights nobody: the question is then not asked)."""
    return leaving_scopes(run_id, PEOPLE).exists()


def student_number_of_change() -> QuerySet[Person, Any]:
    """The student number of the person of the (twice) outer change."""
    return Person.objects.filter(pk=OuterRef(OuterRef("member"))).order_by().values_list("student_number")[:1]


def word(changes: QuerySet[Change], reason: str, cause: Exists | None = None) -> None:
    """Give the reason to those changes of the cause that have none yet."""
    silent = changes.filter(reason="")
    (silent.filter(cause) if cause is not None else silent).update(reason=reason)


def word_by_account(changes: QuerySet[Change], register: Register) -> None:
    """Closed accounts, and entries that vanished from the directory."""
    closed = Person.objects.filter(pk=OuterRef("member"), account_state="inactive")
    word(changes, "account_closed", Exists(closed))
    if vanishing(register.run_id):
        word(changes, "account_missing", vanishes_tonight(register.run_id, "person"))


def word_by_registration(changes: QuerySet[Change], administrative: QuerySet[StagedRegistration]) -> None:
    """From the administrative registrations of the (outer) change: counting, unpaid, cancelled, or none at all."""
    current = administrative.filter(state="E")
    paid = current.filter(payment_state__in=settings.APOGEE_PAYMENT_STATES)
    word(changes, "unit_registration_missing", Exists(paid))
    word(changes, "registration_unpaid", Exists(current))
    word(changes, "registration_cancelled", Exists(administrative))
    word(changes, "registration_missing")
