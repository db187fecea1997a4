"""Planned changes that something overtook before they were written: they take no effect, so no ledger tells of them."""

from django.db.models import Count, F, QuerySet

from enrolhub.sync.models import Change, Phase, Scope


def forget_arrivals(overtaken: QuerySet[Change]) -> None:
    """Take these arrivals, not written yet, out of the plan and out of its figures. Belongs in the transaction that writes the others."""
    counts = list(overtaken.order_by().values_list("scope", "scope__phase").annotate(count=Count("pk")))
    if not counts:
        return
    numbers = list(overtaken.order_by().values_list("pk", flat=True))
    for scope, phase, count in counts:
        Scope.objects.filter(pk=scope).update(arrivals=F("arrivals") - count)
        Phase.objects.filter(pk=phase).update(arrivals=F("arrivals") - count)
    Change.objects.filter(pk__in=numbers).delete()
