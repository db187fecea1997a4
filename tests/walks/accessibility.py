"""axe-core in a page, in spite of the strict Content-Security-Policy: it is evaluated, not loaded."""

from importlib.resources import files

import pytest
from django.db import connection
from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

#: Each pair of language, scheme and width once. What a page looks like does not depend on the database: each takes half.
LOOKS = {
    "sqlite": (("fr", "dark", 360), ("fr", "light", 1280)),
    "postgresql": (("en", "light", 360), ("en", "dark", 1280)),
}
in_each_look = pytest.mark.parametrize(
    ("language", "scheme", "width"), [pytest.param(*look, marks=pytest.mark.slow) for look in LOOKS[connection.vendor]]
)

#: Only what is wrong is described and handed over: the elements that pass are thousands, and cost four times the checking.
FIND = """async () => {
    const results = await axe.run({resultTypes: ["violations"]});
    return results.violations.map(each => [each.id, each.nodes.map(node => node.target)]);
}"""


def violations_on(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands: the rule, and the elements that break it."""
    page.evaluate(AXE)
    violations: list[tuple[str, list[list[str]]]] = page.evaluate(FIND)
    return [f"{rule}: {', '.join(' '.join(map(str, target)) for target in targets)}" for rule, targets in violations]
