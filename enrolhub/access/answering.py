"""Each request is named before anything else looks at it."""

import secrets
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from enrolhub.access.asked import Asked, asked_now, begin_request, end_request
from enrolhub.access.throttling import address_of

#: Random bytes of a name, written as twice as many digits: few enough to be read out on the telephone.
NAME_BYTES = 5
ADDRESS_LENGTH = 45


class AskedMiddleware:
    """Names the request, and tells the browser the name (``X-Request-ID``): error pages, log lines and events bear it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not taken back at the end: Django writes the log line of a refused request after the last middleware.
        begin_request(Asked(secrets.token_hex(NAME_BYTES), address_of(request)[:ADDRESS_LENGTH]))
        response = self.get_response(request)
        response.headers["X-Request-ID"] = asked_now().request_id
        return response


@receiver(request_finished)
def forget_request(**_: Any) -> None:
    """The answer has been sent, to its last byte."""
    end_request()
