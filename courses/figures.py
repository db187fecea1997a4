"""Figures for monitoring that only this application knows: the last night, mails, files being loaded."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import Metric

from courses.models import Delivery, ImportFile
from courses.overview.nights import is_missing, night_runs, went_to_its_end
from enrolhub.sync.models import Notice, Phase, Run
from enrolhub.web.metrics import gauge, gauges, register_figures

LATELY = timedelta(days=1)
#: Of the last nights one is looked for that went to its end: older than that is long ago.
LOOKED_BACK = 30
FIGURES = ("arrivals", "departures", "alterations", "unchanged", "held")
State = Delivery.State
ENDED = [state for state in Run.State if state not in (*Run.LIVE, Run.State.PLANNED)]


def register_all() -> None:
    """Called once, when the application is ready."""
    register_figures("nights", night_figures)
    register_figures("mails", mail_figures)
    register_figures("imports", import_figures)


def night_figures() -> Iterator[Metric]:
    """The last night that ended, and whether one is missing; in two queries."""
    now, runs = timezone.now(), list(night_runs()[:LOOKED_BACK])
    missing = bool(runs) and is_missing(runs[0], now)
    yield gauge("night_missing", "Whether a scheduled night has not begun within an hour (1).", float(missing))
    ended = next((run for run in runs if not run.is_live), None)
    states = [((str(state),), float(ended is not None and ended.state == state)) for state in ENDED]
    yield gauges("last_night_state", "How the last night ended (1).", ["state"], states)
    done = next((run for run in runs if went_to_its_end(run)), None)
    yield gauge("last_good_night_timestamp_seconds", "When a night last came to its end.", _moment(done))
    yield gauge("last_night_seconds", "How long the last night took.", _length(ended))
    rows = [((name,), float(getattr(ended, name))) for name in FIGURES] if ended else []
    yield gauges("last_night_rows", "What the last night counted.", ["what"], rows)
    phases = Phase.objects.filter(run=ended).values_list("relation", "busy_ms") if ended else []
    lengths = [((relation,), milliseconds / 1000) for relation, milliseconds in phases]
    yield gauges("last_night_phase_seconds", "How long each phase of the last night worked.", ["phase"], lengths)


def _moment(run: Run | None) -> float | None:
    return run.finished_at.timestamp() if run and run.finished_at else None


def _length(run: Run | None) -> float | None:
    if run is None or run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds()


def mail_figures() -> Iterator[Metric]:
    """What waits in the outbox, what failed in the last day, notices that the nights still owe."""
    now = timezone.now()
    moving = Q(state__in=(State.QUEUED, State.SENDING))
    failed = Q(state__in=(State.FAILED, State.UNKNOWN), ended_at__gt=now - LATELY)
    counted = Delivery.objects.filter(moving | failed).order_by().values_list("state")
    counts = {state: (number, due) for state, number, due in counted.annotate(number=Count("pk"), due=Min("due_at"))}
    states = (State.QUEUED, State.SENDING, State.FAILED, State.UNKNOWN)
    rows = [((str(state),), float(counts.get(state, (0, None))[0])) for state in states]
    yield gauges("mails", "Mails of messages: waiting, being sent, failed in the last 24 h.", ["state"], rows)
    due: datetime | None = counts.get(State.QUEUED, (0, None))[1]
    overdue = max(0.0, (now - due).total_seconds()) if due else 0.0
    yield gauge("mail_overdue_seconds", "For how long the mail that waits longest has been due.", overdue)
    owed = Notice.objects.filter(sent_at__isnull=True).count()
    yield gauge("notices_owed", "Notices of nights that no mail server has taken yet.", owed)


def import_figures() -> Iterator[Metric]:
    """Files that are being loaded, by state."""
    counts = dict(ImportFile.objects.order_by().values_list("state").annotate(number=Count("pk")))
    rows = [((str(state),), float(counts.get(state, 0))) for state in ImportFile.State]
    yield gauges("import_files", "Files that somebody loads, by state; kept for a week.", ["state"], rows)
