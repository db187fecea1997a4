"""Whatever a source refuses or doubts has its sentence, which names the source's setting or the remedy."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from cohorts.list_labels import say_problem, say_problem_and_line, source_label
from tests.house.tree import ROOT

SAYING = {"Problem", "DirectoryFault", "complain"}
#: Codes of servers may also stand in a condition beside the call; these are names of other things.
OF_SERVERS = re.compile(r"(?:directory|apogee)_[a-z_]+")
OTHERS = {"directory_ldap", "apogee_sql", "directory_uid"}


def codes_in(path: Path) -> set[str]:
    """The codes of problems that a module makes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [call.args[0] for call in calls if ast.unparse(call.func).rpartition(".")[2] in SAYING]
    plain = {first.value for first in named if isinstance(first, ast.Constant)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {str(code) for code in plain} | {text for text in texts if OF_SERVERS.fullmatch(text)} - OTHERS


MODULES = [*sorted((ROOT / "cohorts" / "sources").glob("*.py")), ROOT / "enrolhub" / "access" / "directory.py"]
MODULES += [ROOT / "cohorts" / "landing.py", ROOT / "cohorts" / "extract_guards.py"]
CODES = sorted({code for path in MODULES for code in codes_in(path)})


def test_the_codes_are_found() -> None:
    assert {"manifest_missing", "directory_unreachable", "apogee_cut", "stands_in", "list_empty"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_problem_has_words_in_both_languages(code: str) -> None:
    said = {}
    for language in ("fr", "en"):
        with translation.override(language):
            said[language] = say_problem({"code": code, "file": "annuaire.csv", "params": {}})
    assert code not in said.values()
    assert said["fr"] != said["en"]


def test_the_source_and_the_moment_of_what_stands_in_are_words() -> None:
    params = {"source": "directory_ldap", "extracted_at": "2026-11-19T02:10:00+00:00"}
    with translation.override("en"):
        words = say_problem({"code": "stands_in", "params": params})
    assert "Directory (LDAP)" in words
    assert "2026, 03:10:00" in words


def test_a_line_is_told_beside_its_problem() -> None:
    with translation.override("en"):
        assert say_problem_and_line({"code": "nul", "file": "a.csv", "line": 7, "params": {}}).endswith("(line 7)")


def test_an_unknown_source_keeps_its_name() -> None:
    assert source_label("pegase") == "pegase"
