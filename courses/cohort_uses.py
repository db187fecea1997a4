"""Where a cohort is used: the panel that this application adds to a cohort's page."""

from typing import Any

from django.db.models import Count, Q

from cohorts.models import Cohort
from cohorts.panels import Panel
from courses.models import Method
from courses.queries import courses_for

#: Uses shown; beyond, they are counted.
SHOWN = 50


def courses_using(cohort: Cohort, user: Any) -> Panel:
    """The courses that synchronise this cohort or let its members in, as far as the account sees courses, with their people."""
    methods = (
        Method.objects.filter(Q(source_cohort=cohort) | Q(admits_cohort=cohort))
        .filter(course__in=courses_for(user).order_by().values("pk"))
        .select_related("course", "role")
        .annotate(people=Count("enrolments"))
        .order_by("course__title_key", "course__code", "position")
    )
    shown = list(methods[: SHOWN + 1])
    others = methods.count() - SHOWN if len(shown) > SHOWN else 0
    return Panel("courses/_cohort_uses.html", {"methods": shown[:SHOWN], "others": others})


def methods_following(cohort: Cohort) -> int:
    """How many methods synchronise this cohort or let in its members only, whoever may see their courses: it stays meanwhile."""
    return Method.objects.filter(Q(source_cohort=cohort) | Q(admits_cohort=cohort)).count()
