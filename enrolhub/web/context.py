"""The context processor behind base.html. Everything is worked out when a template asks for it."""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from enrolhub.web.navigation import ShownPlace, place_of, places_for, registers_read_at, url_or_none

THEMES = ("light", "dark")


@cache
def site_version() -> str:
    """The version that pyproject.toml gives: the site runs from its checkout and is not installed as a package."""
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


class Frame:
    """The frame of one page, for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def signed_in(self) -> bool:
        user = getattr(self._request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def places(self) -> list[ShownPlace]:
        return places_for(self._request.user) if self.signed_in else []

    @cached_property
    def place(self) -> str:
        return place_of(self._request, self.places)

    @cached_property
    def theme(self) -> str:
        """The theme chosen in this browser, or an empty string: the system's."""
        chosen = self._request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def search_url(self) -> str | None:
        return url_or_none("search") if self.signed_in else None

    @cached_property
    def registers_read_at(self) -> datetime | None:
        return registers_read_at() if self.signed_in else None

    @cached_property
    def here(self) -> str:
        """Where to come back to after a choice of language or theme."""
        return self._request.get_full_path()

    @cached_property
    def other_language(self) -> str:
        return next(code for code, _ in settings.LANGUAGES if code != getattr(self._request, "LANGUAGE_CODE", "fr"))

    @cached_property
    def version(self) -> str:
        return site_version()


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Put ``frame`` in every template's context."""
    return {"frame": Frame(request)}
