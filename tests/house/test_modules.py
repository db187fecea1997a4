"""The shape of the code: size, names, imports (docs of each rule: the design's chapters on layers, names and tests)."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.house.tree import PACKAGES, ROOT, modules_in, name_of

MODULE_LINES, TEST_MODULE_LINES = 400, 600
VAGUE_NAMES = {"utils", "helpers", "common", "misc"}
# Folders of tests that mirror no folder of code.
OWN_FOLDERS = {"contracts", "faults", "hostile", "house", "servers", "walks"}


def test_imports_fall_one_way() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_module_is_too_long() -> None:
    def lines(path: Path) -> int:
        return path.read_text(encoding="utf-8").count("\n")

    too_long = [name_of(path) for path in modules_in(*PACKAGES) if lines(path) > MODULE_LINES]
    too_long += [name_of(path) for path in modules_in("tests", "benchmarks") if lines(path) > TEST_MODULE_LINES]
    assert too_long == []


def test_every_module_says_what_it_is_about_by_its_name() -> None:
    def is_vague(path: Path) -> bool:
        return bool(VAGUE_NAMES & set(path.with_suffix("").parts)) or path.name.startswith("base_")

    assert [name_of(path) for path in modules_in(*PACKAGES, "tests") if is_vague(path.relative_to(ROOT))] == []


def test_nothing_is_imported_by_star() -> None:
    stars = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules_in(*PACKAGES, "tests", "benchmarks")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert stars == []


def test_folders_of_tests_mirror_the_code() -> None:
    roots = [ROOT, ROOT / "enrolhub"]
    folders = {path.relative_to(ROOT / "tests").parent for path in modules_in("tests")}
    mirrored = [folder for folder in folders if folder.parts and folder.parts[0] not in OWN_FOLDERS]
    assert [str(folder) for folder in sorted(mirrored) if not any((root / folder).is_dir() for root in roots)] == []


def is_a_dodge(node: ast.Attribute) -> bool:
    """A skip, an expected failure or a pause."""
    names = {"pytest.skip", "pytest.xfail", "pytest.importorskip", "time.sleep"}
    marks = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}
    return ast.unparse(node) in names | marks


def test_no_test_is_skipped_or_waits_for_luck() -> None:
    dodges = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules_in("tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and is_a_dodge(node)
    ]
    assert dodges == []


@pytest.mark.parametrize("source", ["pytest.skip('later')", "pytest.mark.xfail", "time.sleep(1)"])
def test_a_dodge_is_seen(source: str) -> None:
    assert any(isinstance(node, ast.Attribute) and is_a_dodge(node) for node in ast.walk(ast.parse(source)))
