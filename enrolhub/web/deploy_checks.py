"""Settings that would hurt a real installation, for `manage.py check --deploy`: each with its remedy (docs/operations.md).

English, as Django's own checks: they are read in a terminal beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

SHORTEST_TOKEN = 32
HERE = {"localhost", "127.0.0.1", "::1", "", None}
#: Of PostgreSQL's `sslmode`: those that look whose certificate it is.
VERIFIED = {"verify-full", "verify-ca"}
#: Backends that hand no mail to a server.
MAIL_KEPT = ("console", "dummy", "locmem", "filebased")


def check_mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2] in MAIL_KEPT:
        yield Caution(
            "Mails leave this site nowhere: EMAIL_URL names no mail server.",
            hint="EMAIL_URL=smtp+tls://user:password@host:587. Notices of held and missed nights go out by it.",
            id="enrolhub.W001",
        )
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield Caution(
            "Mails come from an address at localhost, which mail servers refuse.",
            hint="DEFAULT_FROM_EMAIL='EnrolHub <an address of the university>'.",
            id="enrolhub.W002",
        )


def check_address() -> Iterator[CheckMessage]:
    if not settings.SITE_ADDRESS:
        yield Caution(
            "Mails hold no links: SITE_ADDRESS is empty.",
            hint="SITE_ADDRESS=https://the.host.of.the.site",
            id="enrolhub.W003",
        )
    elif urlsplit(settings.SITE_ADDRESS).scheme != "https":
        yield Caution(
            f"SITE_ADDRESS is {settings.SITE_ADDRESS}: links in mails would not be encrypted.",
            hint="SITE_ADDRESS=https://the.host.of.the.site",
            id="enrolhub.W004",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is *: whoever sends a request chooses the host that the site takes itself for.",
            hint="Name the site's host only; probes need none (docs/operations.md).",
            id="enrolhub.E001",
        )


def check_proxy() -> Iterator[CheckMessage]:
    if settings.SECURE_SSL_REDIRECT and not settings.BEHIND_HTTPS_PROXY:
        yield Caution(
            "SECURE_SSL_REDIRECT without BEHIND_HTTPS_PROXY: behind a proxy every page would lead to itself without end.",
            hint="BEHIND_HTTPS_PROXY=on, and let the proxy set X-Forwarded-Proto and X-Forwarded-For itself.",
            id="enrolhub.W005",
        )


def check_machines() -> Iterator[CheckMessage]:
    is_file = settings.DATABASE["ENGINE"] == "django.db.backends.sqlite3"
    if is_file and urlsplit(settings.REDIS_URL).hostname not in HERE:
        yield Error(
            "The broker is on another machine, and the database is a SQLite file of this one.",
            hint="Several machines need PostgreSQL: DATABASE_URL=postgresql://…; on one machine the broker is local.",
            id="enrolhub.E002",
        )
    if settings.ENROLHUB_DEMO:
        yield Error(
            "ENROLHUB_DEMO is on: each night would read the extract of an invented university.",
            hint="Take ENROLHUB_DEMO out of the environment.",
            id="enrolhub.E003",
        )


def check_token() -> Iterator[CheckMessage]:
    if 0 < len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield Error(
            f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters: it can be guessed.",
            hint="python3 -c 'import secrets; print(secrets.token_urlsafe(32))' makes one.",
            id="enrolhub.E004",
        )


def check_encryption() -> Iterator[CheckMessage]:
    """What goes to another machine, names and passwords with it, goes encrypted, to a server that was verified."""
    database, broker = settings.DATABASE, urlsplit(settings.REDIS_URL)
    sslmode = database.get("OPTIONS", {}).get("sslmode", "")
    if is_elsewhere(database.get("HOST")) and sslmode not in VERIFIED:
        yield Caution(
            "The database is on another machine, and its connection is not both encrypted and verified.",
            hint="DATABASE_URL=postgresql://…?sslmode=verify-full&sslrootcert=/the/authority.pem",
            id="enrolhub.W006",
        )
    if is_elsewhere(broker.hostname) and broker.scheme != "rediss":
        yield Caution(
            "The broker is on another machine, and its connection is not encrypted.",
            hint="REDIS_URL=rediss://…?ssl_cert_reqs=required",
            id="enrolhub.W007",
        )
    is_sealed = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend") and is_elsewhere(settings.EMAIL_HOST) and not is_sealed:
        yield Caution(
            "The mail server is on another machine, and its connection is not encrypted.",
            hint="EMAIL_URL=smtp+tls://user:password@host:587, or smtp+ssl://…:465",
            id="enrolhub.W008",
        )


def is_elsewhere(host: str | None) -> bool:
    """Whether a server is on another machine; a path is a socket of this one."""
    return host not in HERE and not str(host).startswith("/")


CHECKS: Sequence[Callable[[], Iterator[CheckMessage]]] = (
    check_mail,
    check_address,
    check_proxy,
    check_machines,
    check_token,
    check_encryption,
)


@register(Tags.security, deploy=True)
def check_installation(app_configs: Any = None, **_named: Any) -> list[CheckMessage]:
    """What would hurt; nothing when the settings are those of a real installation."""
    return [message for check in CHECKS for message in check()]
