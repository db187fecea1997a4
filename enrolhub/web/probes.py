"""What supervisors, proxies and monitoring ask: is the process alive, may it be given work, how is everything going.

They come by the machine's own address, over HTTP, and without an account (docs/decisions/0110).
"""

import hmac
import logging
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.urls import resolve
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from enrolhub.web import queue
from enrolhub.web.metrics import exposition

logger = logging.getLogger(__name__)
ADDRESSES = ("/healthz", "/readyz", "/metrics")
READING = ("GET", "HEAD")
#: Seconds that PostgreSQL has to be reached, and for its answer.
PATIENCE = 2
BOUNDS = {
    "postgresql": {
        "connect_timeout": PATIENCE,
        "tcp_user_timeout": PATIENCE * 1000,
        "options": f"-c statement_timeout={PATIENCE * 1000}",
    }
}
READY, OK, MISSING, UNASKED = "ready", "ok", "missing", "not asked"
DATABASE, MIGRATIONS, BROKER, STATIC = "database", "migrations", "broker", "static"


class ProbesMiddleware:
    """Answers what probes read before the site looks at the host, a session or a language. Anything else goes its usual way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in ADDRESSES or request.method not in READING:
            return self.get_response(request)
        request.resolver_match = resolve(request.path_info)  # what counts requests asks for it
        answer: HttpResponse = request.resolver_match.func(request)
        return answer


@login_not_required
@require_safe
def tell_alive(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
def tell_ready(request: HttpRequest) -> HttpResponse:
    """Whether the process may be given work: 200, or 503 with the parts that are missing; why, only the log says.

    ``?exclude=broker``, which may be repeated, leaves a part out: pages go on without a broker.
    """
    parts = parts_found(set(request.GET.getlist("exclude")))
    is_ready = MISSING not in parts.values()
    return JsonResponse({"status": READY if is_ready else "not ready", **parts}, status=200 if is_ready else 503)


@login_not_required
@require_safe
def tell_metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to who has the token of the settings; without one there is no such page."""
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponseNotFound()
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    text, kind = exposition(request.headers.get("Accept", ""))
    return HttpResponse(text, content_type=kind)


def parts_found(excluded: set[str]) -> dict[str, str]:
    """Each part the site stands on: whether it is there. What is excluded is not asked."""
    found = dict.fromkeys((DATABASE, MIGRATIONS, BROKER, STATIC), UNASKED)
    if DATABASE not in excluded:
        found[DATABASE], found[MIGRATIONS] = database_found()
    if MIGRATIONS in excluded:
        found[MIGRATIONS] = UNASKED
    if BROKER not in excluded:
        found[BROKER] = broker_found()
    if STATIC not in excluded:
        found[STATIC] = OK if static_found() else MISSING
    return found


def database_found() -> tuple[str, str]:
    """Whether the database can be reached anew, in good time, and has every migration that this code has."""
    link = connection.copy()
    link.settings_dict["OPTIONS"] = {**BOUNDS.get(link.vendor, {}), **link.settings_dict["OPTIONS"]}
    try:
        link.ensure_connection()
        return OK, OK if newest_migrations() <= migrations_in(link) else MISSING
    except (DatabaseError, InterfaceError) as error:
        logger.warning("not ready, database: %s", error)
        return MISSING, UNASKED
    finally:
        link.close()


def migrations_in(link: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """The migrations that a database has: none where it has no table of them."""
    with link.cursor() as cursor:
        if "django_migrations" not in link.introspection.table_names(cursor):
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


@cache
def newest_migrations() -> set[tuple[str, str]]:
    """The last migration of each application, as this process has loaded the code."""
    return set(MigrationLoader(None).graph.leaf_nodes())


def broker_found() -> str:
    try:
        queue.ping()
    except (RedisError, OSError, ValueError) as error:
        logger.warning("not ready, broker: %s", error)
        return MISSING
    return OK


def static_found() -> bool:
    """Whether `collectstatic` has left its list of files, where there is to be one."""
    return bool(getattr(staticfiles_storage, "hashed_files", True))
