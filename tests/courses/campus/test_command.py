import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

SIZES = ["--students=40", "--courses=6", "--staff=5", "--seed=7"]


def make(folder: Path, *arguments: str) -> None:
    call_command("make_campus", str(folder), *SIZES, *arguments)


def test_the_command_writes_a_campus_and_its_nights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "campus", "--nights=2", "--churn=0.1", "--extracted-at=2026-11-20T02:10:00")
    manifests = sorted(tmp_path.rglob("manifest.json"))
    moments = [json.loads(path.read_text())["extracted_at"] for path in manifests]
    assert moments == ["2026-11-20T02:10:00+01:00", "2026-11-21T02:10:00+01:00", "2026-11-22T02:10:00+01:00"]
    assert capsys.readouterr().out == f"{tmp_path / 'campus'}: 40 students, 6 courses, 5 staff\n"


def test_the_extract_is_of_now_and_of_the_year_of_now(tmp_path: Path) -> None:
    make(tmp_path / "campus")
    manifest = json.loads((tmp_path / "campus" / "manifest.json").read_text())
    moment = datetime.fromisoformat(manifest["extracted_at"])
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert manifest["academic_years"] == [str(moment.year - (moment.month < 7))]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--students=0", "--students: 0 is not between 1 and 150000"),
        ("--students=-3", "--students: -3 is not between 1 and 150000"),
        ("--courses=1000000", "--courses: 1000000 is not between 1 and 30000"),
        ("--staff=0", "--staff: 0 is not between 1 and 50000"),
        ("--nights=-1", "--nights: -1 is not between 0 and 99"),
        ("--churn=2", "--churn: 2.0 is not between 0 and 0.5"),
        ("--churn=nan", "--churn: nan is not between 0 and 0.5"),
        ("--year=26", "--year: 26 is not between 2001 and 2098"),
        (
            "--extracted-at=yesterday",
            "--extracted-at: 'yesterday' is not an ISO date and time such as 2026-11-20T02:10:00",
        ),
        ("--extracted-at=1999-01-01", "--extracted-at: 1999 is not between 2001 and 2099"),
    ],
)
def test_a_bad_argument_is_named_and_nothing_is_written(tmp_path: Path, argument: str, message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        make(tmp_path / "campus", argument)
    assert (str(refusal.value), refusal.value.returncode) == (message, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_one_line_on_stderr_and_exit_code_two(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    command = [sys.executable, "manage.py", "make_campus", str(tmp_path), *SIZES]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    expected = f"CommandError: {tmp_path} is not empty and does not hold a campus: nothing was written\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]
