"""The instruments of the walks measure something."""

import pytest
from playwright.sync_api import Page

from tests.walks.accessibility import violations_on

SOUND = '<html lang="en"><head><title>A page</title></head><body><main><h1>A page</h1></main></body></html>'


@pytest.mark.parametrize(
    ("markup", "broken"),
    [(SOUND, []), (SOUND.replace("</h1>", '</h1><img src="data:,">'), ["image-alt: img"])],
)
def test_axe_tells_a_sound_page_from_a_broken_one(page: Page, markup: str, broken: list[str]) -> None:
    page.set_content(markup)
    assert violations_on(page) == broken
