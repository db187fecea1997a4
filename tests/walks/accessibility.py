"""axe-core in a page, in spite of the strict Content-Security-Policy: it is evaluated, not loaded."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations_on(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands: the rule, and the elements that break it."""
    page.evaluate(AXE)
    results: dict[str, Any] = page.evaluate("() => axe.run()")
    return [
        f"{violation['id']}: {', '.join(' '.join(map(str, node['target'])) for node in violation['nodes'])}"
        for violation in results["violations"]
    ]
