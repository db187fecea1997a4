"""What a kind of method must say: what its form asks for, what is impossible, and, if it follows a source, who belongs to it.

docs/methods.md shows how one is added. The pages, the preview, the run and its undo are the same for all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Q, QuerySet, TextChoices

from cohorts.register import Register
from courses.methods.form import MethodForm
from courses.models import Method
from enrolhub.sync.relation import Reasons


class MethodKind(Protocol):
    """A way into courses that people set up there."""

    #: Its name in the database and what it is called; its value is the name by which the setting lists it.
    kind: TextChoices
    #: A symbol of static/icons.svg.
    icon: str
    form: type[MethodForm]
    #: Whether people add one to a course, and take one away: « Base de données » comes and stays by itself.
    comes_by_hand: bool
    #: Whether a course may have it but once.
    is_single: bool

    def problems(self, method: Method) -> Mapping[str, str]:
        """What is impossible about a method as it would be saved: the form's field (empty: none) → what to do about it."""


class SyncedKind(MethodKind, Protocol):
    """A kind of method whose enrolments follow a source."""

    #: Whether the source says when an enrolment starts and ends; otherwise dates set by hand are left alone.
    manages_dates: bool

    def desired(
        self, methods: QuerySet[Method], register: Register, *, lifted: Sequence[int] = ()
    ) -> QuerySet[Any, Any]:
        """The enrolments these methods should give, in the order of ``enrolhub.sync.relation.DESIRED_COLUMNS``.

        The exclusions ``lifted`` (ids) keep nobody out.
        """

    def is_suspended_tonight(self, register: Register) -> Q:
        """The (outer) enrolment loses its reason only because that is suspended tonight: it follows, whatever the policy."""

    def departure_reasons(self, register: Register) -> Reasons:
        """Why someone is no longer enrolled, in the order of asking."""
