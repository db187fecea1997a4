"""What a real installation serves: every static file collected, compressed and named by its content."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT


def test_static_files_collect_with_their_manifest(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "off", "STATIC_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    paths = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    ours = [path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static").rglob("*") if path.is_file()]
    assert [name for name in ours if not (tmp_path / paths.get(name, "nowhere")).is_file()] == []
