"""What a synced kind of method must say: who should be enrolled by it, and why someone no longer is."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from cohorts.register import Register
from courses.models import Method
from enrolhub.sync.relation import Reasons


class SyncedKind(Protocol):
    """A kind of method whose enrolments follow a source."""

    kind: Method.Kind
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
