"""What the site is configured with, kept on the audit trail whenever a process starts with something else than the last one."""

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from threading import Thread
from typing import Any

from django.conf import ENVIRONMENT_VARIABLE, settings
from django.db import DatabaseError, InterfaceError, connections
from django.utils.crypto import salted_hmac

from enrolhub.access.models import Event
from enrolhub.access.throttling import Bucket, take_attempt
from enrolhub.access.trail import record_event

logger = logging.getLogger(__name__)
SETTINGS = "settings"
#: What decides who enters, what nights may do, what is read and how long it is kept.
TRACED = re.compile(
    r"(GUARD|AXES|LDAP|CAS|APOGEE|COHORTS_BY|KEY|SIGN_IN|SESSION|SECURE|CSRF|KEEP|RETENTION|PURGE|METRICS|EMAIL)_\w+"
    r"|DEBUG|SECRET_KEY|ALLOWED_HOSTS|COOKIES_SECURE|BEHIND_HTTPS_PROXY|AUTHENTICATION_BACKENDS|AUTH_PASSWORD_VALIDATORS"
    r"|DATABASES|MIDDLEWARE|METHOD_KINDS|NIGHTLY_AT|NIGHT_NOTICES_TO|ENROLHUB_\w+|SITE_ADDRESS|MESSAGES_PER_MINUTE"
)
#: Numbers that other settings set, or that no installation sets.
LEFT_OUT = {"GUARD_HIGHEST", "SECURE_CSP"}
SECRET = re.compile(r"PASSWORD$|SECRET|TOKEN|_KEY$|BIND_PASS")
WITH_PASSWORD = re.compile(r"//[^/@]*@")
#: Processes that start together write one line.
TOGETHER = timedelta(minutes=1)


def settings_in_force() -> dict[str, str]:
    """The traced settings as text. A secret is a print, by which one sees that it changed and not what it is."""
    own = vars(import_module(os.environ[ENVIRONMENT_VARIABLE]))
    names = sorted(name for name in own if TRACED.fullmatch(name) and name not in LEFT_OUT)
    return {name: shown(name, getattr(settings, name)) for name in names}


def shown(name: str, value: Any) -> str:
    """A setting as the trail may have it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={shown(str(key), value[key])}" for key in sorted(value))
    if isinstance(value, list | tuple):
        return ", ".join(shown(name, each) for each in value)
    text = "" if value is None else str(value)
    if SECRET.search(name):
        return f"({print_of(text)})" if text else ""
    if WITH_PASSWORD.search(text):
        return WITH_PASSWORD.sub("//", text) + f" ({print_of(text)})"
    return text


def print_of(secret: str) -> str:
    """Eight digits that change with the secret. Whoever has not the site's key cannot try secrets against them."""
    return salted_hmac(__name__, secret, algorithm="sha256").hexdigest()[:8]


def note_settings(process: str) -> None:
    """Write the settings that changed since the last start, before and after; nothing when none did.

    ``process`` is what starts (``web``, ``worker``). A database that is away or not migrated keeps nobody from starting.
    """
    try:
        _note(process, settings_in_force())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("the settings in force could not be compared with the trail: %s", type(error).__name__)


def note_settings_beside(process: str) -> None:
    """`note_settings`, without keeping a process that starts waiting for a database that does not answer."""
    Thread(target=_note_and_leave, args=(process,), name="settings", daemon=True).start()


def _note_and_leave(process: str) -> None:
    try:
        note_settings(process)
    finally:
        connections.close_all()


def _note(process: str, now: Mapping[str, str]) -> None:
    last = (
        Event.objects.filter(action=SETTINGS, target=process).order_by("-pk").values_list("detail", flat=True).first()
    )
    before = (last or {}).get("in_force", {})
    names = sorted({*before, *now})
    changed = {name: [before.get(name), now.get(name)] for name in names if before.get(name) != now.get(name)}
    if not changed:
        return
    digest = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()
    if take_attempt([Bucket(f"settings:{process}:{digest[:40]}", 1)], TOGETHER) is None:
        told = changed if last else {}
        record_event("", SETTINGS, process, count=len(changed), changed=told, in_force=dict(now))
