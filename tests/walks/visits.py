"""A browser in which somebody is signed in already, in a language, a scheme and a width."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ViewportSize
from pytest_django.live_server_helper import LiveServer

Scheme = Literal["light", "dark"]


@contextmanager
def visit_as(
    client: Client, browser: Browser, server: LiveServer, language: str, scheme: Scheme, width: int
) -> Iterator[BrowserContext]:
    """A visit with the session of ``client``; nothing of it moves by itself."""
    size = ViewportSize(width=width, height=900)
    visit = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    cookies[settings.LANGUAGE_COOKIE_NAME] = language
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])
    yield visit
    visit.close()
