"""What the frame of every page shows and only the applications above can know.

Each application announces its places, and the age of the registers, from its ``AppConfig.ready``. A place is
shown when its address exists and the person may go there, so the top bar holds no dead link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Viewer = Any  # an account or AnonymousUser: this layer only hands it on


@dataclass(frozen=True)
class Place:
    """One entry of the top bar.

    `name` is what a page says to be marked as the current place; `order` sorts the bar from left to right;
    `count` gives the number shown beside the label (nothing when it is 0).
    """

    name: str
    label: str | Promise
    url_name: str
    order: int
    may_see: Callable[[Viewer], bool]
    count: Callable[[Viewer], int] | None = None


@dataclass(frozen=True)
class ShownPlace:
    """A place as one person sees it."""

    name: str
    label: str
    url: str
    count: int


_places: dict[str, Place] = {}
_registers_read: list[Callable[[], datetime | None]] = []


def register_place(place: Place) -> None:
    """Add a place to the top bar, or replace the one of the same name."""
    _places[place.name] = place


def register_freshness(read_at: Callable[[], datetime | None]) -> None:
    """Give the function that says when the registers were last read; the last one given is asked."""
    _registers_read[:] = [read_at]


def registers_read_at() -> datetime | None:
    """When the registers in force were read, or None before the first extract."""
    return _registers_read[0]() if _registers_read else None


def url_or_none(url_name: str, *parts: object) -> str | None:
    """The address behind a name, with these parts, or None when nothing answers to it."""
    try:
        return reverse(url_name, args=parts)
    except NoReverseMatch:
        return None


def places_for(user: Viewer) -> list[ShownPlace]:
    """The places this person may go to, in the order of the bar."""
    shown = []
    for place in sorted(_places.values(), key=lambda place: place.order):
        url = url_or_none(place.url_name)
        if url is not None and place.may_see(user):
            shown.append(ShownPlace(place.name, str(place.label), url, place.count(user) if place.count else 0))
    return shown


def place_url(name: str, user: Viewer) -> str:
    """The address of a place, for pages that lead there; empty where there is none, or not for this person."""
    place = _places.get(name)
    return (url_or_none(place.url_name) or "") if place and place.may_see(user) else ""


def place_of(request: HttpRequest, places: list[ShownPlace]) -> str:
    """The name of the place a page lies in: the longest address that starts the page's own."""
    inside = [
        place
        for place in places
        if request.path == place.url or (place.url != "/" and request.path.startswith(place.url))
    ]
    return max(inside, key=lambda place: len(place.url)).name if inside else ""
