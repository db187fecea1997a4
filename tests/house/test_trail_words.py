"""Every action that the code writes to the audit trail has its words, in the interface and in docs/audit.md."""

import ast
from collections.abc import Iterator

from enrolhub.web.trail.wording import known_actions
from tests.house.tree import ROOT

#: Functions that take the code of an action, and where among their arguments it stands.
WRITERS = {"record_event": 1, "trace": 1, "_record": 0}


def actions_written() -> Iterator[tuple[str, str]]:
    """The codes written as they stand in the code, each with its module."""
    for package in ("enrolhub", "cohorts", "courses"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "record_event" in source:
                yield from ((code, path.name) for code in actions_in(source))


def actions_in(source: str) -> list[str]:
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    places = [(call, WRITERS[call.func.id]) for call in calls if call.func.id in WRITERS]  # type: ignore[attr-defined]
    given = [call.args[place] for call, place in places if len(call.args) > place]
    told = [each.value if isinstance(each, ast.Constant) else constants.get(getattr(each, "id", "")) for each in given]
    return [code for code in told if isinstance(code, str)]


def test_every_action_has_its_words() -> None:
    assert sorted({(code, where) for code, where in actions_written() if code not in known_actions()}) == []


def test_actions_are_recognised_in_code() -> None:
    source = 'GONE = "gone"\nrecord_event("cemu", "export", "DRO1")\nrecord_event(name, GONE)\nrecord_event(name, code)'
    assert actions_in(source) == ["export", "gone"]
