"""What deserves an eye, counted as it is now or as the last night found it. What cannot be counted is not there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.queries import overdue_cohorts
from courses.models import Course, Enrolment, Method
from courses.queries import overdue_courses, without_participants
from enrolhub.sync.models import Finding, Run
from enrolhub.sync.wording import fill, finding_words, say_finding

#: Manual enrolments that end within this time are told.
ENDING_WITHIN = timedelta(days=7)
FINDING_ICONS = {
    Finding.Level.INFO: "info-circle",
    Finding.Level.WARNING: "person-exclamation",
    Finding.Level.ERROR: "exclamation-circle",
}


@dataclass(frozen=True)
class WatchLine:
    """Something counted, with where to see it."""

    icon: str
    title: str
    help: str
    count: int
    url: str = ""


def watch_lines(night: Run | None, now: datetime) -> list[WatchLine]:
    """What is not zero, in order; `night` is the last one that went to its end. A constant number of queries."""
    lines = [_empty_courses(), *_findings(night), _overdue_courses(now), _overdue_cohorts(now), _ending(now)]
    return [line for line in lines if line.count]


def _empty_courses() -> WatchLine:
    empty = without_participants(Course.objects.all())
    visible = empty.filter(visible=True).count()
    words = ngettext("of which %(count)s is open to students", "of which %(count)s are open to students", visible)
    address = f"{reverse('courses:list')}?participants=none"
    return WatchLine(
        "person-x", _("Courses without participants"), fill(words, {"count": visible}), empty.count(), address
    )


def _findings(night: Run | None) -> list[WatchLine]:
    """The findings of the last night, each leading to its report."""
    if night is None:
        return []
    address = f"{reverse('sync:run', args=[night.pk])}#findings"
    return [
        WatchLine(
            FINDING_ICONS[Finding.Level(finding.level)],
            say_finding(finding),
            fill(finding_words(finding.code).help, finding.params),
            finding.count,
            address,
        )
        for finding in night.findings.all()
    ]


def _overdue_courses(now: datetime) -> WatchLine:
    address = f"{reverse('courses:list')}?refresh=overdue"
    count = overdue_courses(Course.objects.all(), now).count()
    return WatchLine("arrow-repeat", _("Courses not refreshed for 24 h"), _("by their synced methods"), count, address)


def _overdue_cohorts(now: datetime) -> WatchLine:
    address = f"{reverse('cohorts:list')}?refresh=overdue"
    count = overdue_cohorts(now).count()
    return WatchLine("collection", _("Cohorts not refreshed for 24 h"), _("kept by the register"), count, address)


def _ending(now: datetime) -> WatchLine:
    ending = Enrolment.objects.filter(
        method__kind=Method.Kind.MANUAL, ends_at__gt=now, ends_at__lte=now + ENDING_WITHIN, suspended_by=""
    )
    return WatchLine("calendar-x", _("Enrolments that end within 7 days"), _("manual enrolments"), ending.count())
