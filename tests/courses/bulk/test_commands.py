"""The commands of bulk files as doors: FORMATS.md §2."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cohorts.bulk.file_run import request_run
from cohorts.models import AskedRow, Cohort, StagedUnit
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.models import Course, Enrolment, Method
from enrolhub.access.models import Event, User
from enrolhub.sync.models import Run
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.refusals import EMPTY
from tests.bulk_files import Load
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    PersonFactory,
    SnapshotFileFactory,
    UserFactory,
    role,
)
from tests.hostile.making import xlsx

pytestmark = pytest.mark.django_db
HEADERS = {
    "import_courses": "code;titre;plateforme",
    "import_cohorts": "cohorte;nom;identifiant;operation",
    "import_enrolments": "cours;identifiant;role",
    "import_methods": "operation;methode;cours;source",
    "import_last_access": "cours;identifiant;dernier_acces",
}
COMMANDS = sorted(HEADERS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_with_nothing_but_its_header_is_accepted(load: Load, command: str) -> None:
    loaded = load(command, HEADERS[command] + "\n")
    assert loaded.result == (0, {})
    assert json.loads(loaded.stdout.splitlines()[-1]) == dict.fromkeys(
        ["rows", "accepted", "rejected", "arrivals", "departures", "alterations", "unchanged"], 0
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", ["", "a;b\nc;d\n", 'cours;identifiant\n"', "{h}\n" + "x\0y"])
def test_a_refused_file_exits_2_says_why_and_writes_nothing(load: Load, command: str, content: str) -> None:
    loaded = load(command, content.format(h=HEADERS[command]))
    assert (loaded.code, loaded.stdout) == (2, "")
    assert loaded.stderr.strip()
    assert [model.objects.count() for model in (Course, Cohort, Enrolment, Run)] == [0, 0, 0, 0]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_broken_workbook_is_refused_with_the_remedy(load: Load, command: str) -> None:
    loaded = load(command, b"PK\x03\x04", name="f.xlsx")
    assert loaded.code == 2
    assert "CSV" in loaded.stderr


def test_a_file_that_is_not_there_exits_2(load: Load, tmp_path: Path) -> None:
    (tmp_path / "fichier.csv").mkdir()
    run = subprocess.run(
        [sys.executable, "manage.py", "import_courses", str(tmp_path / "none.csv")],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert "none.csv" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_errors_may_not_overwrite_the_file(load: Load, tmp_path: Path) -> None:
    loaded = load("import_courses", "code;titre;plateforme\nC1;T;ecampus\n", "--errors", str(tmp_path / "fichier.csv"))
    assert loaded.code == 2
    assert not Course.objects.exists()


def test_errors_that_cannot_be_written_stop_the_import(load: Load, tmp_path: Path) -> None:
    loaded = load("import_courses", "code;titre;plateforme\nC1;T;ecampus\n", "--errors", str(tmp_path / "no" / "e.csv"))
    assert loaded.code == 2
    assert not Course.objects.exists()


def test_without_a_rejection_the_file_of_errors_has_only_the_header(load: Load, tmp_path: Path) -> None:
    load("import_courses", "code;titre;plateforme\nC1;T;ecampus\n", "--errors", str(tmp_path / "e.csv"))
    assert (tmp_path / "e.csv").read_text(encoding="utf-8") == "code;titre;plateforme;erreur\n"


def test_unknown_columns_and_line_counts_are_told(load: Load) -> None:
    loaded = load("import_courses", "code;titre;plateforme;salle\n\nC1;T;ecampus;A1\n")
    assert loaded.code == 0
    assert "salle" in loaded.stderr
    accounts = loaded.stdout.splitlines()[0]
    assert [int(word) for word in accounts.split() if word.isdigit()] == [3, 1, 1, 0, 1]


def test_a_file_of_the_same_kind_under_way_refuses_a_second_one(load: Load) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    Run.objects.create(kind="file", lane="file:enrolments", state=Run.State.RUNNING)
    loaded = load("import_enrolments", "cours;identifiant\nC1;u1\n")
    assert loaded.code == 2
    assert not Enrolment.objects.exists()


CELLS = st.sampled_from(
    [
        "C1",
        "C2",
        "u1",
        "u2",
        "TUT",
        "ajout",
        "retrait",
        "cohorte",
        "meta",
        "student",
        "",
        " ",
        "é",
        "ecampus",
        "2026-01-01",
        "x" * 300,
    ]
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6)


@pytest.mark.parametrize("command", COMMANDS)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(rows=ROWS)
def test_whatever_the_rows_each_is_accepted_or_rejected(load: Load, command: str, rows: list[list[str]]) -> None:
    if not Course.objects.exists():
        CourseFactory(code="C1")
        PersonFactory(username="u1")
    content = "\n".join([HEADERS[command], *(";".join(row) for row in rows)]) + "\n"
    rehearsed = load(command, content, "--dry-run")
    loaded = load(command, content)
    assert loaded.code in (0, 3)
    assert rehearsed.result == loaded.result
    assert Method.objects.filter(kind="manual").count() == Course.objects.count()


def test_an_interrupted_file_is_first_brought_to_its_end(load: Load) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    plan = EnrolmentsFile(b"cours;identifiant\nC1;u1\n", "hier.csv").plan()
    run = request_run(plan)
    plan.keep(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, lease_until=timezone.now() - timedelta(minutes=5))
    assert load("import_enrolments", "cours;identifiant\nC1;u2\n").figures["arrivals"] == 1
    run.refresh_from_db()
    assert (run.state, run.arrivals) == (Run.State.APPLIED, 1)
    assert sorted(Enrolment.objects.values_list("person__username", flat=True)) == ["u1", "u2"]
    assert not AskedRow.objects.exists()


def test_a_refusal_is_a_sentence() -> None:
    assert str(FileRefused(EMPTY)).count(".") == 2


def test_a_file_that_was_loaded_is_in_the_trail(load: Load) -> None:
    content = "code;titre;plateforme\nC1;T;ecampus\nC2;;\n"
    load("import_courses", content, "--dry-run")
    assert not Event.objects.exists()
    load("import_courses", content, name="espaces.csv")
    (event,) = Event.objects.all()
    assert (event.actor, event.action, event.target, event.count) == ("", "file_loaded", "espaces.csv", 1)
    assert event.detail["rejected"] == 1
    assert event.detail["sha256"] == hashlib.sha256(content.encode()).hexdigest()


def test_a_workbook_is_loaded_like_a_text(load: Load) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    loaded = load("import_enrolments", xlsx(), name="inscriptions.xlsx")
    assert loaded.result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert "inscriptions.xlsx (XLSX)" in loaded.stdout


def test_a_file_is_loaded_in_the_name_of_an_account_and_with_its_rights(load: Load) -> None:
    for code in ("C1", "C2"):
        CourseFactory(code=code)
    UserFactory(username="prof")
    EnrolmentFactory(
        course=Course.objects.get(code="C1"), person=PersonFactory(username="prof"), role=role("editingteacher")
    )
    PersonFactory(username="u1")
    content = "cours;identifiant\nC1;u1\nC2;u1\n"
    loaded = load("import_enrolments", content, "--as", "prof")
    assert loaded.result == (3, {"rows": 2, "accepted": 1, "rejected": 1, "arrivals": 1})
    assert (Run.objects.get().author, Event.objects.get().actor) == (User.objects.get(username="prof"), "prof")
    assert load("import_courses", "code;titre;plateforme\nC3;T;ecampus\n", "--as", "prof").code == 2
    assert load("import_enrolments", content, "--as", "personne").code == 2


def test_what_was_mended_is_told_five_times_and_counted(load: Load) -> None:
    rows = "".join(f"C{number}; T ;ecampus\n" for number in range(8))
    loaded = load("import_courses", "code;titre;plateforme\n" + rows + "C9;;\n")
    assert loaded.code == 3
    told = [line for line in loaded.stderr.splitlines() if "titre" in line and " T " in line]
    assert len(told) == 5
    assert "3" in loaded.stderr.splitlines()[-1]


def test_a_reading_that_was_recognised_wrongly_can_be_told(load: Load) -> None:
    content = "code;titre;plateforme\nC1;Écologie;ecampus\n".encode("mac-roman")
    assert load("import_courses", content, "--encoding", "Mac OS Roman", "--separator", "semicolon").code == 0
    assert Course.objects.get().title == "Écologie"


def test_a_course_says_what_the_registers_do_not_know(load: Load) -> None:
    file = ExtractFileFactory(list_name="elements")
    StagedUnit.objects.create(file=file, line=2, unit_code="SMT101", label="", period_code="", component="DRO")
    SnapshotFileFactory(file=file)
    loaded = load("import_courses", "code;titre;plateforme;annee;elements\nC1;T;ecampus;2019;SMT101|SMT999\n")
    assert loaded.result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert "SMT999" in loaded.stderr
    assert "SMT101" not in loaded.stderr.replace("SMT101|SMT999", "")
    assert "2019" in loaded.stderr
