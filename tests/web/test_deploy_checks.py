"""Settings that would hurt a real installation are told by `manage.py check --deploy`, each with its remedy."""

from typing import Any

import pytest
from pytest_django import Settings

from enrolhub.web.deploy_checks import check_installation

FILE, SERVER = "django.db.backends.sqlite3", "django.db.backends.postgresql"
REAL = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "smtp.exemple.fr",
    "EMAIL_USE_TLS": True,
    "EMAIL_USE_SSL": False,
    "DEFAULT_FROM_EMAIL": "EnrolHub <enrolhub@exemple.fr>",
    "SITE_ADDRESS": "https://inscriptions.exemple.fr",
    "ALLOWED_HOSTS": ["inscriptions.exemple.fr"],
    "SECURE_SSL_REDIRECT": True,
    "BEHIND_HTTPS_PROXY": True,
    "DATABASE": {"ENGINE": SERVER, "HOST": "db.exemple.fr", "OPTIONS": {"sslmode": "verify-full"}},
    "REDIS_URL": "rediss://broker.exemple.fr:6379/0",
    "ENROLHUB_DEMO": False,
    "METRICS_TOKEN": "m" * 32,
}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({}, []),
        ({"METRICS_TOKEN": ""}, []),
        ({"REDIS_URL": "redis://127.0.0.1:6379/0", "DATABASE": {"ENGINE": FILE}}, []),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, ["enrolhub.W001"]),
        ({"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}, ["enrolhub.W001"]),
        ({"DEFAULT_FROM_EMAIL": "EnrolHub <enrolhub@localhost>"}, ["enrolhub.W002"]),
        ({"SITE_ADDRESS": ""}, ["enrolhub.W003"]),
        ({"SITE_ADDRESS": "http://inscriptions.exemple.fr"}, ["enrolhub.W004"]),
        ({"BEHIND_HTTPS_PROXY": False}, ["enrolhub.W005"]),
        ({"BEHIND_HTTPS_PROXY": False, "SECURE_SSL_REDIRECT": False}, []),
        ({"ALLOWED_HOSTS": ["*"]}, ["enrolhub.E001"]),
        ({"DATABASE": {"ENGINE": FILE}}, ["enrolhub.E002"]),
        ({"ENROLHUB_DEMO": True}, ["enrolhub.E003"]),
        ({"METRICS_TOKEN": "m" * 31}, ["enrolhub.E004"]),
        ({"DATABASE": {"ENGINE": SERVER, "HOST": "db.exemple.fr"}}, ["enrolhub.W006"]),
        (
            {"DATABASE": {"ENGINE": SERVER, "HOST": "db.exemple.fr", "OPTIONS": {"sslmode": "require"}}},
            ["enrolhub.W006"],
        ),
        ({"DATABASE": {"ENGINE": SERVER, "HOST": "/var/run/postgresql"}}, []),
        ({"DATABASE": {"ENGINE": SERVER, "HOST": "127.0.0.1"}}, []),
        ({"REDIS_URL": "redis://broker.exemple.fr:6379/0"}, ["enrolhub.W007"]),
        ({"REDIS_URL": "redis://localhost:6379/0"}, []),
        ({"EMAIL_USE_TLS": False}, ["enrolhub.W008"]),
        ({"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, []),
        ({"EMAIL_USE_TLS": False, "EMAIL_HOST": "localhost"}, []),
    ],
)
def test_what_would_hurt_is_told(settings: Settings, wrong: dict[str, Any], told: list[str]) -> None:
    for name, value in (REAL | wrong).items():
        setattr(settings, name, value)
    found = check_installation()
    assert ([message.id for message in found], all(message.hint for message in found)) == (told, True)
