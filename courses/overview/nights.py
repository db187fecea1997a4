"""The nights as the home page tells them: the last one in a sentence, thirty in a picture, the next one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.findings import ROLLOVER
from courses.night import KIND as NIGHT
from enrolhub.sync.models import Run, Scope
from enrolhub.sync.queries import departures_waiting, runs_of_kind
from enrolhub.sync.wording import counted_relations, fill, finding_words, run_name, say_message
from enrolhub.web.svg import Night

SHOWN_NIGHTS = 30
#: Nights whose durations say how long the next one should take, and how few say nothing.
SAMPLE, SMALLEST_SAMPLE = 10, 3
#: A night that has not begun this long after its hour is missing.
GRACE = timedelta(hours=1)


def night_runs() -> QuerySet[Run]:
    """Real nights, the last one first."""
    return runs_of_kind(NIGHT).order_by("-requested_at", "-id")


def night_on(run: Run) -> date:
    """The business date of a night: the morning on which it ends, in the local time zone."""
    return run.scheduled_on or timezone.localtime(run.started_at or run.requested_at).date()


def nights_until(last: date, runs: Iterable[Run], count: int = SHOWN_NIGHTS) -> list[Night]:
    """The figures of each of the `count` dates up to `last`; several nights of one date are added up.

    A date whose every night was refused or failed is refused.
    """
    by_date: dict[date, list[Run]] = {}
    for run in runs:
        by_date.setdefault(night_on(run), []).append(run)
    days = (last - timedelta(days=back) for back in range(count - 1, -1, -1))
    return [_night(on, by_date.get(on, [])) for on in days]


def _night(on: date, runs: list[Run]) -> Night:
    ended = [run for run in runs if not run.is_live]
    return Night(
        on,
        arrivals=sum(run.arrivals for run in ended),
        departures=sum(run.departures for run in ended),
        held=sum(run.held for run in ended),
        refused=bool(ended) and all(run.state in (Run.State.REFUSED, Run.State.FAILED) for run in ended),
    )


@dataclass(frozen=True)
class LastNight:
    """The last night: a tone, an icon, one sentence, and how many departures wait for a decision."""

    tone: str
    icon: str
    sentence: str
    run: Run | None = None
    course_count: int = 0
    waiting: int = 0
    #: What the night found that concerns everything else on the page, in sentences.
    warnings: Sequence[str] = ()

    @property
    def length(self) -> timedelta | None:
        if not self.run or not self.run.started_at or not self.run.finished_at:
            return None
        return self.run.finished_at - self.run.started_at


def last_night(run: Run | None, now: datetime) -> LastNight:
    """What to say of the last night. One that should have begun and has not comes before anything else."""
    if run is None:
        words = _("No night has run yet. The next one starts %(when)s.")
        return LastNight("info", "clock", words % {"when": _hour(next_night_at(now), now)})
    touched, waiting, warnings = _courses_touched(run), departures_waiting(run), warnings_of(run)
    if is_missing(run, now):
        words = _("No night since “%(night)s”: what follows is out of date.") % {"night": run_name(run)}
        return LastNight("bad", "exclamation-triangle", words, run, touched, waiting, warnings)
    tone, icon = _TONES.get(Run.State(run.state), ("ok", "check-lg"))
    if warnings and tone == "ok":
        icon, tone = "exclamation-triangle", "wait"
    return LastNight(tone, icon, _sentence(run, now), run, touched, waiting, warnings)


def warnings_of(run: Run) -> list[str]:
    """What a night found of a change of academic year: a sentence for each year, the first one says of what."""
    words = finding_words(ROLLOVER)
    cases = [case for finding in run.findings.filter(code=ROLLOVER) for case in finding.cases]
    said = [f"{words.say_case(case)}." for case in cases]
    return [_("%(title)s: %(what)s") % {"title": words.title, "what": said[0]}, *said[1:]] if said else []


_TONES = {
    Run.State.WAITING: ("info", "clock"),
    Run.State.RUNNING: ("info", "arrow-repeat"),
    Run.State.SOURCE_PARTIAL: ("wait", "exclamation-triangle"),
    Run.State.REFUSED: ("bad", "x-lg"),
    Run.State.FAILED: ("bad", "x-lg"),
    Run.State.STOPPED: ("wait", "slash-circle"),
}


def _sentence(run: Run, now: datetime) -> str:
    match run.state:
        case Run.State.WAITING | Run.State.RUNNING:
            return _("The night is under way.")
        case Run.State.REFUSED:
            reason = say_message(run.message, {**run.message_params, **run.message_params.get("params", {})})
            return _("The extract was refused, nothing was changed. %(reason)s") % {"reason": reason}
        case Run.State.FAILED:
            return _("The last night failed before its end.")
        case Run.State.STOPPED:
            return _("The last night was stopped before its end.")
        case Run.State.SOURCE_PARTIAL:
            return _("The extract was incomplete: %(what)s.") % {"what": _movement(run)}
    moved = bool(run.arrivals or run.departures or run.alterations or run.held)
    what = _movement(run) if moved else _("nothing had to change")
    if night_on(run) == timezone.localtime(now).date():
        return _("This night went well: %(what)s.") % {"what": what}
    return _("The last night went well: %(what)s.") % {"what": what}


def _movement(run: Run) -> str:
    """« 318 arrivées et 41 départs appliqués »."""
    arrivals = ngettext("%(count)s arrival", "%(count)s arrivals", run.arrivals)
    departures = ngettext("%(count)s departure", "%(count)s departures", run.departures)
    parts = {
        "arrivals": fill(arrivals, {"count": run.arrivals}),
        "departures": fill(departures, {"count": run.departures}),
    }
    return _("%(arrivals)s and %(departures)s applied") % parts


def _courses_touched(run: Run) -> int:
    scopes = Scope.objects.filter(phase__run=run, phase__relation__in=counted_relations())
    return scopes.order_by().values("code").distinct().count()


def next_night_at(now: datetime) -> datetime:
    """When the next scheduled night starts."""
    local = timezone.localtime(now)
    start = local.replace(hour=settings.NIGHTLY_AT.hour, minute=settings.NIGHTLY_AT.minute, second=0, microsecond=0)
    return start if start > local else start + timedelta(days=1)


def last_due_on(now: datetime) -> date:
    """The business date of the last night that should have begun."""
    return (timezone.localtime(next_night_at(now)) - timedelta(days=1)).date()


def is_missing(run: Run, now: datetime) -> bool:
    """Whether a scheduled night should have begun since this one and has not: the last one whose hour of grace is over."""
    due = next_night_at(now - GRACE) - timedelta(days=1)
    begun = run.started_at or run.requested_at
    return not run.is_live and begun < due - GRACE


def last_overdue_on(now: datetime) -> date:
    """The business date of the last night that has had its hour of grace."""
    return last_due_on(now - GRACE)


def _hour(when: datetime, now: datetime) -> str:
    local = timezone.localtime(when)
    words = _("today at %(hour)s") if local.date() == timezone.localtime(now).date() else _("tomorrow at %(hour)s")
    return words % {"hour": f"{local:%H:%M}"}


def went_to_its_end(run: Run) -> bool:
    """Whether a night did all it had to do, held departures and an incomplete source included."""
    return run.state in (Run.State.APPLIED, Run.State.APPLIED_WITH_HOLDS, Run.State.SOURCE_PARTIAL)


def usual_length(runs: Iterable[Run]) -> tuple[timedelta, timedelta] | None:
    """The shortest and the longest of the last nights that went to their end; nothing when there are too few."""
    ended = [run for run in runs if went_to_its_end(run)][:SAMPLE]
    lengths = [run.finished_at - run.started_at for run in ended if run.started_at and run.finished_at]
    return (min(lengths), max(lengths)) if len(lengths) >= SMALLEST_SAMPLE else None


def chart_description(nights: list[Night]) -> str:
    """The chart in words: its totals and its highest night."""
    highest = max(nights, key=lambda night: night.arrivals)
    sentence = _(
        "%(arrivals)s arrivals, %(departures)s departures and %(held)s held departures. "
        "Most arrivals on the night of %(on)s: %(highest)s."
    )
    return sentence % {
        "arrivals": number_format(sum(night.arrivals for night in nights), force_grouping=True),
        "departures": number_format(sum(night.departures for night in nights), force_grouping=True),
        "held": number_format(sum(night.held for night in nights), force_grouping=True),
        "on": f"{highest.on:%d/%m/%Y}",
        "highest": number_format(highest.arrivals, force_grouping=True),
    }
