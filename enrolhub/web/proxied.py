"""Whose request it is when a proxy hands it on: attempts to sign in are counted by address, and the proxy is everybody's."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ClientAddressMiddleware:
    """Takes the address that the proxy saw, the last one of ``X-Forwarded-For``, where a proxy is known to stand in front.

    Those before it come from the browser and may say anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.BEHIND_HTTPS_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = last_address(request.headers.get("X-Forwarded-For", ""))
        if seen:
            request.META["REMOTE_ADDR"] = seen
        return self.get_response(request)


def last_address(forwarded: str) -> str:
    """The last address of the header; an empty string when it is none."""
    try:
        return str(ip_address(forwarded.rpartition(",")[2].strip()))
    except ValueError:
        return ""
