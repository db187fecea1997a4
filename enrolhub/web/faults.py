"""The page « Cette page n’existe pas » wherever a view says so, with or without DEBUG."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found


class NotFoundMiddleware:
    """Under DEBUG Django lists every address of the site to who opens a course that is not theirs.

    The demo runs under DEBUG and its visitors are no developers. An address that nothing answers to still gets
    Django's page there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a 404 raised by a view; leave every other exception to Django."""
        return page_not_found(request, exception) if isinstance(exception, Http404) else None
