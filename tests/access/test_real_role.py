"""A real installation on PostgreSQL: the owner migrates, the site's role runs nights, files, undos and pages, and can take nothing back."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.house.tree import ROOT
from tests.servers.postgres import Postgres, postgres_in_folder

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
GRANTS = re.findall(r"^ *```sql\n(.*?)```", (ROOT / "docs" / "audit.md").read_text(encoding="utf-8"), re.M | re.S)
PAGES = """
import django
django.setup()
from django.test import Client
from courses.models import Course
from enrolhub.access.models import User
client = Client()
client.force_login(User.objects.get(username="chef"))
code = Course.objects.order_by("code").first().code
for address in ("/", "/courses/", f"/courses/{code}/participants/", f"/courses/{code}/participants/export/csv/", "/runs/", "/audit/"):
    answer = client.get(address, headers={"host": "localhost"}, secure=True)
    assert answer.status_code == 200 and b"".join(answer), (address, answer.status_code)
"""
TAMPERING = [
    "UPDATE access_event SET actor = 'nobody'",
    "DELETE FROM access_event",
    "DELETE FROM access_eventseal",
    "UPDATE sync_change SET person = 'nobody'",
    "DELETE FROM sync_change",
    "UPDATE sync_scope SET arrived_at = NULL",
    "DELETE FROM sync_scope",
    "ALTER TABLE access_event OWNER TO enrolhub_app",
    "CREATE TABLE mine (id integer)",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_in_folder() as running:
        roles: list[str | Path] = [running.programs / "psql", running.url, "-v", "ON_ERROR_STOP=1"]
        secrets = ["-v", "owner_password='one'", "-v", "app_password='two'"]
        subprocess.run([*roles, *secrets, "-q", "-f", ROOT / "deploy" / "roles.sql"], check=True)
        yield running


def address_of(server: Postgres, role: str) -> str:
    return f"postgresql://{role}@127.0.0.1:{server.port}/enrolhub"


def run(server: Postgres, role: str, folder: Path, *words: str, code: int = 0) -> str:
    """What a process of the site prints, under this role of the database."""
    environment = os.environ | {
        "DATABASE_URL": address_of(server, role),
        "DJANGO_SETTINGS_MODULE": "enrolhub.settings",
        "ENROLHUB_VAR_DIR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
    }
    environment.pop("ENROLHUB_TEST_SERVERS", None)
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_sites_role_does_all_its_work_and_takes_nothing_back(server: Postgres, tmp_path: Path) -> None:
    def manage(*words: str, role: str = "enrolhub_app", code: int = 0) -> str:
        return run(server, role, tmp_path, "manage.py", *words, code=code)

    manage("migrate", "-v0", role="enrolhub_owner")
    with psycopg.connect(address_of(server, "enrolhub_owner"), autocommit=True) as owner:
        for sql in GRANTS:
            owner.execute(sql)
    manage("collectstatic", "--noinput", "-v0")
    campus = tmp_path / "campus"
    manage("make_campus", str(campus), "--students", "150", "--courses", "8", "--staff", "12", "--seed", "3")
    manage("nightly", "--sources", str(campus))
    manage("import_courses", str(campus / "espaces.csv"))
    night = json.loads(manage("nightly", "--sources", str(campus)).splitlines()[-1])
    assert night["arrivals"] > 100
    manage("import_enrolments", str(campus / "enseignants.csv"))
    dry = json.loads(manage("undo", str(night["run"]), "--dry-run").splitlines()[-1])
    undone = json.loads(manage("undo", str(night["run"])).splitlines()[-1])
    assert (dry["departures"], undone["departures"]) == (night["arrivals"], night["arrivals"])
    again = json.loads(manage("nightly", "--sources", str(campus)).splitlines()[-1])
    assert again["arrivals"] == night["arrivals"]
    manage("purge")
    manage("site_roles", "grant", "chef", "operator", "--create")
    run(server, "enrolhub_app", tmp_path, "-c", PAGES)
    assert json.loads(manage("audit", "--verify"))["whole"]
    with psycopg.connect(address_of(server, "enrolhub_app"), autocommit=True) as site:
        for sql in TAMPERING:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute(sql)
    assert json.loads(manage("audit", "--verify"))["whole"]
