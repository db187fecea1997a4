"""`check_sources`: what each source would give, and its exit code."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation
from pytest_django import Settings

from cohorts.models import ExtractFile, Snapshot
from tests.registers import Registers

pytestmark = pytest.mark.django_db


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Exit code and lines of stdout."""
    with translation.override("en"), pytest.raises(SystemExit) as ended:
        call_command("check_sources", *arguments)
    return int(str(ended.value.code)), [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_a_whole_extract_is_told_list_by_list(
    registers: Registers, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    registers.group("10", 1, code="TD1")
    settings.ENROLHUB_SOURCES_DIR = registers.write()
    code, lines = check(capsys)
    assert code == 0
    assert lines[0] == f"Folder of exchange files: {registers.folder}"
    assert "academic years: 2026" in lines[1]
    assert "Directory: 12" in lines
    assert lines[-1] == "Complete: what is missing from it is gone."
    assert not ExtractFile.objects.exists()
    assert not Snapshot.objects.exists()


def test_what_makes_an_extract_incomplete_is_told(registers: Registers, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(100, 140):
        registers.student(number)
    registers.night()
    for number in range(100, 140):
        registers.remove("annuaire", supannAliasLogin=f"e{number}")
    registers.years = ["2026", "2027"]
    registers.write()
    (registers.folder / "groupes.csv").unlink()
    code, lines = check(capsys, "--sources", str(registers.folder))
    assert code == 0
    assert "Incomplete: it may add, it removes nobody." in lines
    assert "groupes.csv is in the manifest and not in the folder." not in lines[:1]
    assert any("no row of the year 2027" in line for line in lines)


def test_a_list_that_shrank_is_told(registers: Registers, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(100, 140):
        registers.person(f"e{number}")
    registers.night()
    for number in range(100, 140):
        registers.remove("annuaire", supannAliasLogin=f"e{number}")
    _, lines = check(capsys, "--sources", str(registers.write()))
    assert "annuaire.csv went from 52 to 12 rows." in lines


def test_a_source_that_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(capsys, "--sources", str(tmp_path))
    assert code == 4
    assert lines[1] == f"Refused: The folder {tmp_path} has no manifest.json."


def test_a_file_that_cannot_be_believed_names_its_line(
    registers: Registers, capsys: pytest.CaptureFixture[str]
) -> None:
    path = registers.write() / "annuaire.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"open;x\n', encoding="utf-8")
    registers.declare()
    code, lines = check(capsys, "--sources", str(registers.folder))
    assert code == 4
    assert lines[1].endswith("(line 14)")
