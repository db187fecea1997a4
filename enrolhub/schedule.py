"""How jobs reach the workers, and when the clock starts them: Celery's configuration.

The broker only wakes a worker. What is due, what is done and who holds it stands in the database (`enrolhub.sync`),
so a message lost or delivered twice changes nothing.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.conf import settings

broker_url = settings.REDIS_URL
broker_connection_retry_on_startup = True
# Redis hands a message out again when it stays unacknowledged for this long: longer than the longest night.
visibility_timeout = 12 * 60 * 60
broker_transport_options = {
    "visibility_timeout": visibility_timeout,
    # Whoever wakes a worker does not wait for a broker that is away: the sweeper finds what is due. (Workers go by
    # ``broker_connection_max_retries``.)
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
result_backend = None
task_ignore_result = True

accept_content = ["json"]
task_serializer = "json"
timezone = settings.TIME_ZONE
enable_utc = True

# A killed worker gives its task back; a task that kills its worker again and again is stopped by the run's own attempt count.
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
# A night goes on through a broker restart: its lease in the database keeps a second worker out.
worker_cancel_long_running_tasks_on_connection_loss = False
worker_hijack_root_logger = False

#: How often what stalled is looked for: with the minute that a lease lasts, two minutes for a run to be taken up hold half a
#: minute for a worker to start.
SWEEP = timedelta(seconds=30)
beat_schedule_filename = str(settings.VAR_DIR / "beat-schedule")
beat_schedule: dict[str, dict[str, Any]] = {
    "nightly": {
        "task": "courses.tasks.run_nightly",
        "schedule": crontab(hour=str(settings.NIGHTLY_AT.hour), minute=str(settings.NIGHTLY_AT.minute)),
        "kwargs": {"scheduled": True},
    },
    "sweeper": {
        "task": "courses.tasks.sweep_runs",
        "schedule": SWEEP,
        # A sweep that nobody took before the next one is replaced by it.
        "options": {"expires": SWEEP.total_seconds() - 5},
    },
    # What a night held, or that it did not begin, a few minutes after.
    "notices": {"task": "courses.tasks.send_notices", "schedule": crontab(minute="*/5"), "options": {"expires": 290}},
    # Files that were loaded a week ago.
    "imports": {"task": "courses.tasks.purge_imports", "schedule": crontab(minute="20"), "options": {"expires": 3000}},
    # What is past its time, two hours after the night has begun.
    "purge": {
        "task": "courses.tasks.purge_past",
        "schedule": crontab(hour=str((settings.NIGHTLY_AT.hour + 2) % 24), minute=str(settings.NIGHTLY_AT.minute)),
        "options": {"expires": 6 * 3600},
    },
    # Ends are mostly at midnight.
    "endings": {"task": "courses.tasks.end_enrolments", "schedule": crontab(minute="5"), "options": {"expires": 3_300}},
    # Mails that wait for their hour, or whose worker died, when nobody else is at them.
    "outbox": {"task": "courses.tasks.send_mails", "schedule": crontab(), "options": {"expires": 55}},
    # Events of the audit trail that were committed in the last minute.
    "seals": {"task": "enrolhub.access.tasks.seal_trail", "schedule": crontab(), "options": {"expires": 55}},
    # What changed in their courses, to teachers: a minute's worth of mails each minute, after their hour.
    "digests": {"task": "courses.tasks.send_digests", "schedule": crontab(), "options": {"expires": 55}},
}
