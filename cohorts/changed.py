"""What the layers above hear of cohorts: whose members a hand, a file or an undo has changed."""

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

#: Sent once what did it is committed, with ``cohort_ids`` (a tuple of ids).
cohort_members_changed = Signal()


def tell_changed(cohort_ids: Iterable[int]) -> None:
    """Send the signal as soon as the transaction under way is committed. A receiver that fails is logged and undoes nothing."""
    changed = tuple(sorted(set(cohort_ids)))
    if changed:
        transaction.on_commit(lambda: cohort_members_changed.send_robust(sender=None, cohort_ids=changed))
