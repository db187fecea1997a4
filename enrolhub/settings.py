"""Every setting, read from the environment. docs/settings.md says what each one means.

Nothing has to be set: with an empty environment the site uses SQLite and files under var/.
"""

import re
from datetime import time, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from enrolhub.secret_key import read_or_make_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG: bool = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("ENROLHUB_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# The value that shipped samples carry in place of a secret. Outside DEBUG it refuses to start.
DEMO_SECRET = "enrolhub-demo"  # noqa: S105


#: How far each limit may go, whether set or raised for some days.
GUARD_HIGHEST: dict[str, int] = {}


def limit(name: str, default: int, highest: int) -> int:
    """A guard's limit: a setting may move it, none may switch the guard off (docs/settings.md)."""
    value: int = env.int(name, default=default)
    GUARD_HIGHEST[name] = highest
    if not 0 <= value <= highest:
        raise ImproperlyConfigured(f"{name} must be between 0 and {highest}, not {value}.")
    return value


def cas_address(text: str) -> str:
    """The address of a CAS server with its last slash; empty for none. By HTTP on this machine only: tickets are worth a password."""
    address = text.strip()
    if address and not re.match(r"https://[^/]|http://(localhost|127\.0\.0\.1)[:/]", address):
        raise ImproperlyConfigured(f"CAS_SERVER_URL must begin with https://, not {address}.")
    return f"{address.rstrip('/')}/" if address else ""


def one_of(name: str, value: str, *allowed: str) -> str:
    """The value of a setting that has a few."""
    if value not in allowed:
        words = " or ".join(each or "empty" for each in allowed)
        raise ImproperlyConfigured(f"{name} must be {words}, not {value}.")
    return value


SECRET_KEY: str = env.str("SECRET_KEY", default="") or read_or_make_secret(VAR_DIR / "secret_key")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "courses",
    "cohorts",
    "enrolhub.sync",
    "enrolhub.web",
    "enrolhub.access",
    "axes",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "rules",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

# Django 6.0 brought its own Content-Security-Policy middleware; django-csp serves 5.2.
HAS_OWN_CSP = django.VERSION >= (6, 0)
# What writes headers stands first: static files and refused requests are answers, too.
MIDDLEWARE = [
    "enrolhub.web.measuring.MeasuringMiddleware",
    "enrolhub.web.proxied.ClientAddressMiddleware",
    "enrolhub.access.answering.AskedMiddleware",
    "enrolhub.web.headers.HeadersMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware" if HAS_OWN_CSP else "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "enrolhub.web.probes.ProbesMiddleware",  # before anything that asks for the host or the account
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "enrolhub.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "enrolhub.access.sessions.DoorMiddleware",  # a page is closed unless it says login_not_required
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "enrolhub.web.faults.FaultsMiddleware",
]

ROOT_URLCONF = "enrolhub.urls"
WSGI_APPLICATION = "enrolhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "enrolhub.web.context.frame",
            ],
        },
    }
]

# --- Database: SQLite under var/, or PostgreSQL by DATABASE_URL -----------------------------------
SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "cache_size": "-65536",  # 64 MiB a connection
    # A night sorts and keeps both sides of a comparison: on the disk beyond the cache, or a process would take 560 MB.
    "mmap_size": str(64 * 1024 * 1024),
    "temp_store": "FILE",
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/db.sqlite3")
}
DATABASE = DATABASES["default"]
DATABASE.update(CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60), CONN_HEALTH_CHECKS=True)
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a reader never finds out half-way that it may not write
        "timeout": 30,
        "init_command": ";".join(f"PRAGMA {name}={value}" for name, value in SQLITE_PRAGMAS.items()),
    }
    # Tests use a file too: a Celery worker in a process of its own cannot see a database in memory.
    DATABASE["TEST"] = {"NAME": str(Path(DATABASE["NAME"]).with_name(f"test_{Path(DATABASE['NAME']).name}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    "models.W040",  # SQLite's indexes hold the row's key anyway
    "security.W021",  # whether browsers are shipped with the university's domain is not for one of its sites to say
]

# --- Who may enter ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LDAP_SIGN_IN: bool = env.bool("LDAP_SIGN_IN", default=False)
if LDAP_SIGN_IN:
    AUTHENTICATION_BACKENDS.append("enrolhub.access.backends.DirectoryBackend")
CAS_SERVER_URL = cas_address(env.str("CAS_SERVER_URL", default=""))
if CAS_SERVER_URL:
    if find_spec("django_cas_ng") is None:
        raise ImproperlyConfigured("CAS_SERVER_URL needs the extra cas (django-cas-ng), which is not installed.")
    AUTHENTICATION_BACKENDS.append("enrolhub.access.backends.CasBackend")
CAS_VERSION = one_of("CAS_VERSION", env.str("CAS_VERSION", default="3"), "2", "3")
CAS_USERNAME_ATTRIBUTE: str = env.str("CAS_USERNAME_ATTRIBUTE", default="")
CAS_USERNAME_CASE = one_of("CAS_USERNAME_CASE", env.str("CAS_USERNAME_CASE", default=""), "", "lower", "upper")
CAS_CA_FILE: str = env.str("CAS_CA_FILE", default="")
CAS_ANSWER_SECONDS = max(1, limit("CAS_ANSWER_SECONDS", 10, highest=30))
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "enrolhub.access.passwords.LengthenedPasswordValidator"},
    {"NAME": "enrolhub.access.passwords.HouseWordsValidator"},
]
PASSWORD_WORDS: list[str] = env.list(
    "PASSWORD_WORDS",
    default=[
        *("enrolhub", "ecampus", "collegium", "moodle", "apogee", "cemu", "université", "university", "faculté"),
        *("étudiant", "enseignant", "inscription", "motdepasse", "password", "azerty", "qwerty"),
    ],
)
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT: int = env.int("SIGN_IN_ATTEMPTS", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_LOCK_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "enrolhub.access.throttling.show_locked"
AXES_USERNAME_CALLABLE = "enrolhub.access.throttling.counted_username"
SIGN_IN_ADDRESS_ATTEMPTS: int = env.int("SIGN_IN_ADDRESS_ATTEMPTS", default=100)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Kept of a refused sign-in with stars in place of their values; its password always is.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "ticket", "key", "csrfmiddlewaretoken"]
KEY_ATTEMPTS: int = env.int("KEY_ATTEMPTS", default=5)
KEY_LOCK_MINUTES: int = env.int("KEY_LOCK_MINUTES", default=15)
EXPORTS_PER_MINUTE = max(1, limit("EXPORTS_PER_MINUTE", 30, highest=10_000))
ACCESSIBILITY_CONTACT: str = env.str("ACCESSIBILITY_CONTACT", default="")

# --- What the browser is told -----------------------------------------------------------------------
CSP_DIRECTIVES = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],  # Bootstrap draws its check marks and chevrons as data: images
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
SECURE_CSP = CSP_DIRECTIVES
CONTENT_SECURITY_POLICY = {"DIRECTIVES": CSP_DIRECTIVES}
COOKIES_SECURE: bool = env.bool("COOKIES_SECURE", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = COOKIES_SECURE
if COOKIES_SECURE:  # with this name a browser takes them over HTTPS only, and from no neighbouring host
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_NAME, THEME_COOKIE_NAME = "__Host-language", "__Host-theme"
else:
    THEME_COOKIE_NAME = "theme"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they name people: no cookie has them
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_HOURS = max(1, limit("SESSION_HOURS", 10, highest=24))
SESSION_IDLE_MINUTES = max(5, limit("SESSION_IDLE_MINUTES", 60, highest=12 * 60))
SIGN_IN_AGAIN_MINUTES = max(1, limit("SIGN_IN_AGAIN_MINUTES", 15, highest=8 * 60))
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked for by the machine's own address
BEHIND_HTTPS_PROXY: bool = env.bool("BEHIND_HTTPS_PROXY", default=False)
if BEHIND_HTTPS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # rows may be pasted; their form says what is too much
FILE_UPLOAD_HANDLERS = ["enrolhub.web.uploads.BoundedUploadHandler"]

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# --- Static files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
PLAIN_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
MANIFEST_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": PLAIN_STORAGE if DEBUG else MANIFEST_STORAGE},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site has a use for them
DJANGO_TABLES2_TEMPLATE = "pieces/table.html"

# --- Jobs: the broker only wakes, the database is the truth -------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
NIGHTLY_AT = time.fromisoformat(env.str("NIGHTLY_AT", default="03:30"))

# --- Monitoring ----------------------------------------------------------------------------------------
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

# --- Registers ----------------------------------------------------------------------------------------
ENROLHUB_DEMO: bool = env.bool("ENROLHUB_DEMO", default=False)
ENROLHUB_SOURCES_DIR = Path(env.str("ENROLHUB_SOURCES_DIR", default=str(VAR_DIR / "extracts" / "current")))
APOGEE_DATABASE_URL: str = env.str("APOGEE_DATABASE_URL", default="")
APOGEE_PAYMENT_STATES: list[str] = env.list("APOGEE_PAYMENT_STATES", default=["P"])
COHORTS_BY_VERSION: list[str] = env.list("COHORTS_BY_VERSION", default=[])
COHORTS_BY_PERIOD: list[str] = env.list("COHORTS_BY_PERIOD", default=[])
LDAP_URL: str = env.str("LDAP_URL", default="")
LDAP_BIND_DN: str = env.str("LDAP_BIND_DN", default="")
LDAP_PASSWORD: str = env.str("LDAP_PASSWORD", default="")
LDAP_BASE: str = env.str("LDAP_BASE", default="")
LDAP_CA_FILE: str = env.str("LDAP_CA_FILE", default="")
# A DN holds commas: bases are separated by semicolons.
LDAP_CLOSED_BASES = [base.strip() for base in env.str("LDAP_CLOSED_BASES", default="").split(";") if base.strip()]
LDAP_FILTER: str = env.str("LDAP_FILTER", default="")
LDAP_ATTRIBUTES: dict[str, str] = env.dict("LDAP_ATTRIBUTES", default={})
LDAP_GRACE_DAYS = limit("LDAP_GRACE_DAYS", 0, highest=366)
LDAP_PAGE_SIZE = max(1, limit("LDAP_PAGE_SIZE", 500, highest=10_000))
LDAP_CONNECT_SECONDS = max(1, limit("LDAP_CONNECT_SECONDS", 5, highest=30))
# A night that says nothing for a minute is taken for dead: each answer comes sooner, or the reading is given up.
LDAP_ANSWER_SECONDS = max(1, limit("LDAP_ANSWER_SECONDS", 20, highest=45))
LDAP_READ_SECONDS = max(1, limit("LDAP_READ_SECONDS", 600, highest=4 * 3600))
LDAP_REGISTRATIONS: bool = env.bool("LDAP_REGISTRATIONS", default=False)
LDAP_PROGRAMME_PREFIX: str = env.str("LDAP_PROGRAMME_PREFIX", default="")
LDAP_PROGRAMME_SEPARATOR: str = env.str("LDAP_PROGRAMME_SEPARATOR", default="-")
LDAP_PROGRAMME_HAS_VERSION: bool = env.bool("LDAP_PROGRAMME_HAS_VERSION", default=True)
LDAP_YEARS: list[str] = env.list("LDAP_YEARS", default=[])
APOGEE_YEARS: list[str] = env.list("APOGEE_YEARS", default=[])
APOGEE_SCHEMA: str = env.str("APOGEE_SCHEMA", default="")
APOGEE_VIEW_PREFIX: str = env.str("APOGEE_VIEW_PREFIX", default="")
APOGEE_OTHER_YEARS_UNITS: bool = env.bool("APOGEE_OTHER_YEARS_UNITS", default=True)
APOGEE_EXEMPTED_UNITS: bool = env.bool("APOGEE_EXEMPTED_UNITS", default=False)
APOGEE_CARRIED_UNITS: bool = env.bool("APOGEE_CARRIED_UNITS", default=True)
APOGEE_REFRESHED_AT: str = env.str("APOGEE_REFRESHED_AT", default="")
APOGEE_CONNECT_SECONDS = max(1, limit("APOGEE_CONNECT_SECONDS", 10, highest=45))
APOGEE_ANSWER_SECONDS = max(1, limit("APOGEE_ANSWER_SECONDS", 45, highest=45))

# --- Enrolment methods --------------------------------------------------------------------------------
METHOD_KINDS: dict[str, str] = {
    "database": "courses.methods.database.Database",
    "cohort_sync": "courses.methods.cohort_sync.CohortSync",
    "meta_link": "courses.methods.meta_link.MetaLink",
    "manual": "courses.methods.manual.Manual",
    "self": "courses.methods.self_enrol.SelfEnrol",
    **env.dict("METHOD_KINDS", default={}),
}

# --- Mail ---------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
NIGHT_NOTICES_TO: list[str] = env.list("NIGHT_NOTICES_TO", default=[])
DIGEST_AT = time.fromisoformat(env.str("DIGEST_AT", default="07:00"))
DIGEST_DEFAULT: str = env.str("DIGEST_DEFAULT", default="weekly")
if DIGEST_DEFAULT not in {"weekly", "daily", "never"}:
    raise ImproperlyConfigured(f"DIGEST_DEFAULT must be weekly, daily or never, not {DIGEST_DEFAULT}.")
SITE_ADDRESS: str = env.str("SITE_ADDRESS", default="")
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="EnrolHub <enrolhub@localhost>")
# A mail takes four answers of the mail server: together they stay below the lease of the outbox (courses.messages.outbox).
EMAIL_TIMEOUT = max(1, limit("EMAIL_TIMEOUT", 20, highest=25))
MESSAGES_PER_MINUTE = limit("MESSAGES_PER_MINUTE", 600, highest=60_000)
MESSAGES_PER_AUTHOR = max(1, limit("MESSAGES_PER_AUTHOR", 30, highest=10_000))
COURSE_ADDRESSES: dict[str, str] = env.dict("COURSE_ADDRESSES", default={})

# --- Guards (their reasons: docs/settings.md) ----------------------------------------------------------
GUARD_EXTRACT_SHRINK_PERCENT = limit("GUARD_EXTRACT_SHRINK_PERCENT", 10, highest=50)
GUARD_EXTRACT_SHRINK_ROWS = limit("GUARD_EXTRACT_SHRINK_ROWS", 20, highest=1000)
GUARD_EXTRACT_WARN_HOURS = limit("GUARD_EXTRACT_WARN_HOURS", 26, highest=24 * 7)
GUARD_EXTRACT_STALE_HOURS = limit("GUARD_EXTRACT_STALE_HOURS", 36, highest=24 * 14)
GUARD_RUN_PERCENT = limit("GUARD_RUN_PERCENT", 5, highest=50)
GUARD_RUN_COUNT = limit("GUARD_RUN_COUNT", 50, highest=10_000)
GUARD_RUN_TIMES = limit("GUARD_RUN_TIMES", 10, highest=1000)
GUARD_RUN_MORE_PERMILLE = limit("GUARD_RUN_MORE_PERMILLE", 15, highest=500)
GUARD_SCOPE_SMALL_SIZE = limit("GUARD_SCOPE_SMALL_SIZE", 10, highest=1000)
GUARD_SCOPE_SMALL_COUNT = limit("GUARD_SCOPE_SMALL_COUNT", 3, highest=100)
GUARD_SCOPE_MEDIUM_SIZE = limit("GUARD_SCOPE_MEDIUM_SIZE", 50, highest=10_000)
GUARD_SCOPE_MEDIUM_PERCENT = limit("GUARD_SCOPE_MEDIUM_PERCENT", 30, highest=90)
GUARD_SCOPE_LARGE_PERCENT = limit("GUARD_SCOPE_LARGE_PERCENT", 20, highest=90)
GUARD_WINDOW_DAYS = limit("GUARD_WINDOW_DAYS", 7, highest=60)
GUARD_ARRIVALS_SIZE = limit("GUARD_ARRIVALS_SIZE", 20, highest=1000)
GUARD_ARRIVALS_PERCENT = limit("GUARD_ARRIVALS_PERCENT", 50, highest=500)
GUARD_HIGH_PERCENT = limit("GUARD_HIGH_PERCENT", 10, highest=90)
GUARD_HIGH_COUNT = limit("GUARD_HIGH_COUNT", 1000, highest=100_000)

# --- How many days data about people are kept (courses.privacy.retention; docs/privacy.md) --------------
PRIVACY_CONTACT: str = env.str("PRIVACY_CONTACT", default="")
RETENTION_EVENTS_DAYS = max(180, limit("RETENTION_EVENTS_DAYS", 365, highest=1095))
RETENTION_LEDGER_DAYS = max(400, limit("RETENTION_LEDGER_DAYS", 400, highest=1826))
RETENTION_DRY_RUNS_DAYS = max(1, limit("RETENTION_DRY_RUNS_DAYS", 30, highest=400))
RETENTION_MESSAGES_DAYS = max(30, limit("RETENTION_MESSAGES_DAYS", 365, highest=1095))
RETENTION_SIGN_INS_DAYS = max(1, limit("RETENTION_SIGN_INS_DAYS", 30, highest=365))
RETENTION_ACCOUNTS_DAYS = max(90, limit("RETENTION_ACCOUNTS_DAYS", 365, highest=1095))
RETENTION_PEOPLE_DAYS = max(400, limit("RETENTION_PEOPLE_DAYS", 400, highest=1826))
RETENTION_PREVIOUS_YEARS = limit("RETENTION_PREVIOUS_YEARS", 1, highest=5)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "enrolhub.web.log_lines.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s%(asked)s: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handler would print every line a second time under DEBUG.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}, "axes": {"level": "WARNING"}},
}

SECRETS = {"SECRET_KEY": SECRET_KEY, "LDAP_PASSWORD": LDAP_PASSWORD, "DATABASE_URL": DATABASE.get("PASSWORD")}
SECRETS["METRICS_TOKEN"] = METRICS_TOKEN
SECRETS["APOGEE_DATABASE_URL"] = DEMO_SECRET if f":{DEMO_SECRET}@" in APOGEE_DATABASE_URL else ""
for secret_name in () if DEBUG else SECRETS:
    if SECRETS[secret_name] == DEMO_SECRET:
        raise ImproperlyConfigured(f"{secret_name} still has the demo value: set a secret of your own, or DEBUG=on.")
