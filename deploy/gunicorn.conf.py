"""gunicorn, as deploy/enrolhub-web.service starts it: `gunicorn -c deploy/gunicorn.conf.py enrolhub.wsgi`.

WEB_BIND, WEB_WORKERS and WEB_THREADS are told in docs/settings.md; the rest is decided here, and why.
"""

import os
import shutil
from pathlib import Path
from typing import Any

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "3"))
# A page waits for the database more than it computes; a large export has its thread for a while.
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# nginx keeps connections to the browsers; these are its own.
keepalive = 65
# A worker that hangs is replaced: longer than the longest preview, shorter than a person's patience with a dead site.
timeout = 60
# Shorter than TimeoutStopSec of the unit: what is being answered is finished, then the process goes.
graceful_timeout = 30
# No page is as long as this: whole lists are asked for by filter.
limit_request_line = 8190
# Only who is on this machine may say for whom it speaks; gunicorn itself believes nobody else.
forwarded_allow_ips = "127.0.0.1,::1"
MEMORY = Path("/dev/shm")  # noqa: S108  # the signs of life of its processes wait for no disk
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None
control_socket_disable = True
# nginx writes who asked for what, without what stands behind a question mark (deploy/nginx.conf).
accesslog = None
errorlog = "-"
# One line a record, whatever was said (docs/audit.md).
logger_class = "enrolhub.web.server_log.LineLogger"
proc_name = "enrolhub"

# Where its processes keep what they count for each other; prometheus_client reads it when the site is imported.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
if os.environ.get("METRICS_TOKEN"):
    os.environ.setdefault(SHARED, str(Path(os.environ.get("ENROLHUB_VAR_DIR", "var")).absolute() / "metrics"))


def on_starting(_server: object) -> None:
    """Counts begin at nothing when gunicorn does, as Prometheus expects; not when it reloads."""
    if os.environ.get(SHARED):
        shutil.rmtree(os.environ[SHARED], ignore_errors=True)
        Path(os.environ[SHARED]).mkdir(parents=True, mode=0o750)


def child_exit(_server: object, worker: Any) -> None:
    """What a process that has gone counted stays counted."""
    if os.environ.get(SHARED):
        from prometheus_client import multiprocess  # not before the folder is known

        multiprocess.mark_process_dead(worker.pid)
