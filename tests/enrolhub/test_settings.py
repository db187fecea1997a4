import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from enrolhub.settings import cas_address, one_of

ROOT = Path(__file__).resolve().parents[2]
SHOW = "from django.conf import settings; print(({}))"


def load(expression: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Evaluate `expression` in a fresh process whose environment holds nothing but `environment`."""
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(expression)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "enrolhub.settings",
            "ENROLHUB_VAR_DIR": str(folder),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    expression = "settings.DEBUG, settings.DATABASES['default']['NAME'], len(settings.SECRET_KEY) > 50"
    first, second = (load(f"{expression}, settings.SECRET_KEY", tmp_path) for _ in range(2))
    assert first.stdout.startswith(f"(False, '{tmp_path}/db.sqlite3', True")
    assert first.stdout == second.stdout
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"SECRET_KEY": "enrolhub-demo"}, "SECRET_KEY"),
        ({"LDAP_PASSWORD": "enrolhub-demo"}, "LDAP_PASSWORD"),
        ({"DATABASE_URL": "postgresql://enrolhub:enrolhub-demo@127.0.0.1/enrolhub"}, "DATABASE_URL"),
        ({"APOGEE_DATABASE_URL": "oracle+oracledb://enrolhub:enrolhub-demo@apogee/"}, "APOGEE_DATABASE_URL"),
    ],
)
def test_a_demo_secret_outside_debug_refuses_to_start(tmp_path: Path, environment: dict[str, str], name: str) -> None:
    refused = load("settings.DEBUG", tmp_path, **environment)
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
        1,
        "django.core.exceptions.ImproperlyConfigured: "
        f"{name} still has the demo value: set a secret of your own, or DEBUG=on.",
    )
    assert load("settings.DEBUG", tmp_path, DEBUG="on", **environment).stdout == "True\n"


@pytest.mark.parametrize("value", ["-1", "51"])
def test_a_guard_cannot_be_switched_off(tmp_path: Path, value: str) -> None:
    refused = load("settings.GUARD_RUN_PERCENT", tmp_path, GUARD_RUN_PERCENT=value)
    assert refused.stderr.endswith(f"GUARD_RUN_PERCENT must be between 0 and 50, not {value}.\n")
    assert load("settings.GUARD_RUN_PERCENT", tmp_path, GUARD_RUN_PERCENT="8").stdout == "8\n"


def test_postgresql_by_its_address(tmp_path: Path) -> None:
    expression = "settings.DATABASES['default']['ENGINE'], settings.DATABASES['default']['OPTIONS']"
    loaded = load(
        expression.replace("['OPTIONS']", ".get('OPTIONS')"), tmp_path, DATABASE_URL="postgresql://a@127.0.0.1:5432/b"
    )
    assert loaded.stdout == "('django.db.backends.postgresql', None)\n"


PRODUCTION = {
    "SECRET_KEY": "a secret of fifty characters or more, made for this installation",
    "ALLOWED_HOSTS": "inscriptions.exemple.fr",
    "BEHIND_HTTPS_PROXY": "on",
    "SECURE_SSL_REDIRECT": "on",
    "SITE_ADDRESS": "https://inscriptions.exemple.fr",
    "EMAIL_URL": "smtp+tls://enrolhub:secret@smtp.exemple.fr:587",
    "DEFAULT_FROM_EMAIL": "EnrolHub <enrolhub@exemple.fr>",
}


def test_a_real_installation_passes_the_checks_of_deployment(tmp_path: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENROLHUB_VAR_DIR": str(tmp_path), **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, "no issues" in checked.stdout) == (0, True), checked.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "('__Host-session', '__Host-csrf', '__Host-language', '__Host-theme', 31536000)"),
        ({"DEBUG": "on"}, "('sessionid', 'csrftoken', 'django_language', 'theme', 0)"),
        ({"COOKIES_SECURE": "off"}, "('sessionid', 'csrftoken', 'django_language', 'theme', 31536000)"),
    ],
)
def test_cookies_outside_debug_are_bound_to_the_host(tmp_path: Path, environment: dict[str, str], told: str) -> None:
    names = (
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "LANGUAGE_COOKIE_NAME",
        "THEME_COOKIE_NAME",
        "SECURE_HSTS_SECONDS",
    )
    expression = ", ".join(f"settings.{name}" for name in names)
    assert load(expression, tmp_path, **environment).stdout.strip() == told


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("", ""),
        (" https://cas.example.fr/cas ", "https://cas.example.fr/cas/"),
        ("https://cas.example.fr/cas/", "https://cas.example.fr/cas/"),
        ("http://127.0.0.1:8443/cas", "http://127.0.0.1:8443/cas/"),
    ],
)
def test_the_address_of_a_cas_server_has_its_slash(typed: str, address: str) -> None:
    assert cas_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["http://cas.example.fr/cas/", "http://localhost.example.fr/", "cas.example.fr", "https:///", "file:///etc/"],
)
def test_tickets_never_travel_in_the_clear(typed: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CAS_SERVER_URL must begin with https://"):
        cas_address(typed)


def test_a_setting_of_a_few_values_has_no_other() -> None:
    assert one_of("CAS_VERSION", "3", "2", "3") == "3"
    with pytest.raises(ImproperlyConfigured, match="CAS_USERNAME_CASE must be empty or lower, not title"):
        one_of("CAS_USERNAME_CASE", "title", "", "lower")


def test_a_cas_server_is_one_more_way_in(tmp_path: Path) -> None:
    """And brings no table: migrations are the same on every site."""
    expression = (
        "settings.CAS_SERVER_URL, settings.AUTHENTICATION_BACKENDS[-1], 'django_cas_ng' in settings.INSTALLED_APPS"
    )
    told = load(expression, tmp_path, CAS_SERVER_URL="https://cas.example.fr/cas").stdout
    assert told == "('https://cas.example.fr/cas/', 'enrolhub.access.backends.CasBackend', False)\n"
