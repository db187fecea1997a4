"""Pages that some may not see: for them there is no such page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

Page = Callable[..., HttpResponse]


def needs(may_see: Callable[[Any], bool]) -> Callable[[Page], Page]:
    """Answer 404 to those whom the rule refuses, so that the address tells them nothing."""

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may_see(request.user):
                raise Http404
            return page(request, *args, **kwargs)

        return guarded

    return guard
