"""docs/settings.md tells of every setting, and of no other."""

import ast
import re

from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "settings.md"
SOURCES = (ROOT / "enrolhub" / "settings.py", ROOT / "enrolhub" / "launch.py", ROOT / "deploy" / "gunicorn.conf.py")


def names_read(source: str) -> set[str]:
    """The variables of the environment that a module reads: `env.kind("NAME")`, `limit("NAME", …)`, `os.environ.get("NAME")`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.args[0], ast.Constant)
        and re.fullmatch(r"env\.\w+|limit|os\.environ\.get", ast.unparse(call.func))
        and str(call.args[0].value).isupper()
    }


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert documented == {name for source in SOURCES for name in names_read(source.read_text(encoding="utf-8"))}


def test_settings_are_recognised_in_code() -> None:
    source = 'A = env.bool("DEBUG", default=False)\nB = limit("GUARD_RUN_COUNT", 50, highest=9)\nC = print("LOUD")'
    assert names_read(source) == {"DEBUG", "GUARD_RUN_COUNT"}
