"""The lines of gunicorn, written like every other line of the site: ``gunicorn --logger-class enrolhub.web.server_log.LineLogger``."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from enrolhub.access.asked import Asked, begin_request, end_request
from enrolhub.web.log_lines import LINE, LineFormatter


class LineLogger(Logger):
    """One request, one line, with the name of the request; never what follows the question mark, in it or in the referrer.

    There stand names that people look for, and tickets of the sign-in.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(LineFormatter(LINE))

    def atoms(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta) -> dict[str, Any]:
        told: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        words = (environ["REQUEST_METHOD"], without_query(environ["RAW_URI"]), environ["SERVER_PROTOCOL"])
        return told | {"r": " ".join(words), "q": "", "f": without_query(environ.get("HTTP_REFERER", "-"))}

    def access(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta) -> None:
        names = [value for name, value in resp.headers if name.lower() == "x-request-id"]
        begin_request(Asked(names[0] if names else ""))
        try:
            super().access(resp, req, environ, request_time)
        finally:
            end_request()


def without_query(address: str) -> str:
    """The address up to its question mark."""
    return address.partition("?")[0]
