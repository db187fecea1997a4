"""axe-core in a page, in spite of the strict Content-Security-Policy: it is evaluated, not loaded."""

from importlib.resources import files
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

#: Each pair of language, scheme and width once. What a page looks like does not depend on the database: each run takes half.
LOOKS = {
    "sqlite": [("fr", "light", 1280), ("fr", "dark", 360)],
    "postgresql": [("en", "light", 360), ("en", "dark", 1280)],
}
in_each_look = pytest.mark.parametrize(("language", "scheme", "width"), LOOKS[connection.vendor])


def violations_on(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands: the rule, and the elements that break it."""
    page.evaluate(AXE)
    results: dict[str, Any] = page.evaluate("() => axe.run()")
    return [
        f"{violation['id']}: {', '.join(' '.join(map(str, node['target'])) for node in violation['nodes'])}"
        for violation in results["violations"]
    ]
