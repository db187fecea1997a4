"""Making those nobody who have left for good, some at a time."""

from datetime import datetime

from courses.privacy.anonymising import anonymise
from courses.privacy.leavers import leavers
from enrolhub.access.models import Event
from enrolhub.sync.models import Run

#: People whom one transaction makes nobody.
AT_ONCE = 100


def count_leavers(now: datetime) -> int:
    return leavers(now).count()


def forget_leavers(now: datetime) -> int:
    """Make everybody nobody who has left; how many. Not while a run is under way, and not who still stands in the trail."""
    total, last = 0, 0
    while not Run.objects.filter(state__in=Run.LIVE, dry_run=False).exists():
        people = list(leavers(now).filter(pk__gt=last).order_by("pk")[:AT_ONCE])
        if not people:
            break
        last = people[-1].pk
        names = [person.username for person in people]
        told = {*Event.objects.filter(target__in=names).values_list("target", flat=True)}
        told |= {*Event.objects.filter(actor__in=names).values_list("actor", flat=True)}
        total += len(anonymise([each for each in people if each.username not in told], in_trail=False).pseudonyms)
    return total
