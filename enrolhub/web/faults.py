"""Pages that say what went wrong and nothing of the inside, each with the name under which the log has it."""

import sqlite3
import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import page_not_found
from django.views.defaults import server_error as plain_server_error

from enrolhub.web.refusals import note_refusal

NOT_ALLOWED, TOO_BIG, UNREADABLE, FAILED, UNAVAILABLE = 405, 413, 400, 500, 503
#: After how many seconds to try again when the database is away.
RETRY_SECONDS = 30


def show_fault(status: int) -> HttpResponse:
    """The page of this status. It needs neither request nor database: the site may be unwell."""
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def show_unreadable(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read (handler400): too big, or broken."""
    return show_fault(TOO_BIG if isinstance(exception, RequestDataTooBig) else UNREADABLE)


def show_failure(request: HttpRequest) -> HttpResponse:
    """An error of the program, or a database that does not answer (handler500)."""
    if is_away(sys.exception()):
        response = show_fault(UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response
    return plain_server_error(request)


def is_away(exception: BaseException | None) -> bool:
    """Whether the database does not answer, or not now. SQLite calls a wrong statement operational, too."""
    wrong_statement = (
        getattr(exception.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR if exception else False
    )
    return isinstance(exception, OperationalError | InterfaceError) and not wrong_statement


class FaultsMiddleware:
    """The pages « Cette page n’existe pas » and « Cette adresse ne s’ouvre pas ainsi », with or without DEBUG.

    Under DEBUG Django would list every address of the site to who opens a course that is not theirs. The demo runs under
    DEBUG and its visitors are no developers. An address that nothing answers to still gets Django's page there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != NOT_ALLOWED or response.content:
            return response
        page = show_fault(NOT_ALLOWED)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a 404 raised by a view, which the audit trail keeps when it refuses something; the rest is Django's."""
        note_refusal(request, exception)
        return page_not_found(request, exception) if isinstance(exception, Http404) else None
