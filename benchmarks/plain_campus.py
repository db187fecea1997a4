"""A generated university reduced to what a plain enrolment sync is given: people, and who follows which course.

Moodle's figures, which the smaller nights are held against, are of such a work: no groups, no element without a course.
"""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

EMPTIED = ("groupes.csv", "affectations_groupes.csv")
REGISTRATIONS = "inscriptions_pedagogiques.csv"


def reduce_to_enrolments(folder: Path) -> None:
    """Reduce the extract of the folder and those of its nights, their manifests included."""
    units = linked_units(folder / "espaces.csv")
    for extract in (folder, *sorted((folder / "nights").glob("*"))):
        for name in EMPTIED:
            keep_lines(extract / name, None)
        keep_lines(extract / REGISTRATIONS, units)
        correct_manifest(extract / "manifest.json")


def linked_units(courses: Path) -> set[str]:
    """The elements that some course is linked to."""
    with courses.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return {unit for row in rows for unit in row["elements"].split("|") if unit}


def keep_lines(path: Path, units: set[str] | None) -> None:
    """Keep the header, and of the rows those about these elements; none when ``units`` is None."""
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = header.strip().split(";").index("cod_elp") if units else 0
    kept = [row for row in rows if row.split(";")[place] in units] if units else []
    path.write_text("".join([header, *kept]), encoding="utf-8")


def correct_manifest(path: Path) -> None:
    """Declare the rows and the hash that the reduced files now have."""
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in (*EMPTIED, REGISTRATIONS):
        content = (path.parent / name).read_bytes()
        manifest["files"][name] = {"rows": content.count(b"\n") - 1, "sha256": hashlib.sha256(content).hexdigest()}
    path.write_text(json.dumps(manifest), encoding="utf-8")
