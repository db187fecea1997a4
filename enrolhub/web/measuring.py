"""Requests counted and timed, by the name of their address: never by path, so that no code, name or ticket is in a figure."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

#: Seconds: a page's goal is 0.3, a preview's a few.
BUCKETS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
NO_PAGE = "none"
REQUESTS = Counter("enrolhub_http_requests", "Requests answered.", ["view", "method", "status"])
DURATIONS = Histogram("enrolhub_http_request_seconds", "How long an answer took to begin.", ["view"], buckets=BUCKETS)


class MeasuringMiddleware:
    """Counts and times every answer, where there is somebody to ask for the figures (``METRICS_TOKEN``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        view = view_of(request)
        DURATIONS.labels(view).observe(time.perf_counter() - begun)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, str(response.status_code)).inc()
        return response


def view_of(request: HttpRequest) -> str:
    """The name of the address that a request found; one word for all that found none."""
    found = request.resolver_match
    return found.view_name if found else NO_PAGE
