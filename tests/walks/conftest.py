"""A real Chromium for the walks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from enrolhub.processes import find_program

# As long as a page is given: what the machine does besides must not decide.
expect.set_options(timeout=15_000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. For one module at a time: while it runs, its event loop makes Django think that all code is async."""
    program = find_program("chromium", "chromium-browser", "google-chrome")
    assert program, "No Chromium on this machine: run tests/servers/install.sh."
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visit: no cookie, 1280 px wide, light."""
    # What scrolls smoothly still moves while a mouse button is down: the click would land beside what was pressed.
    size = ViewportSize(width=1280, height=900)
    context = browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(visit: BrowserContext) -> Iterator[Page]:
    """A tab of a fresh visit. What the browser complains of (an error, a breach of the Content-Security-Policy) fails the test."""
    complaints: list[str] = []
    tab = visit.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield tab
    assert complaints == []
