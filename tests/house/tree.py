"""The files of the project, for the tests that walk through all of them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("enrolhub", "cohorts", "courses")


@cache
def tracked_files() -> list[Path]:
    """Every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def files_in(*folders: str, suffix: str) -> list[Path]:
    """The tracked files of these top folders with this suffix."""
    return [path for path in tracked_files() if path.suffix == suffix and path.relative_to(ROOT).parts[0] in folders]


def modules_in(*folders: str) -> list[Path]:
    """The Python modules of these top folders, migrations left out."""
    return [path for path in files_in(*folders, suffix=".py") if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    """A file's path as a person writes it."""
    return path.relative_to(ROOT).as_posix()
