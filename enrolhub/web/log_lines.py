"""Log lines that nobody forges: what a browser, a file or a server said cannot begin a line of its own."""

import logging
import unicodedata
from datetime import UTC, datetime

from enrolhub.access.asked import asked_now

#: Control characters, and what a reader or a terminal takes for the end of a line or for another direction of writing.
FORGING = {"Cc", "Cf", "Zl", "Zp"}
FOLLOWING = "    "
LINE = "%(asctime)s %(levelname)s %(name)s%(asked)s: %(message)s"


def one_line(text: str) -> str:
    """The text with every character that could start a line or move a cursor written out (``\\n``, ``\\x1b``)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode("ascii") if unicodedata.category(each) in FORGING else each
        for each in text
    )


class LineFormatter(logging.Formatter):
    """One record, one line; the lines of its traceback follow, indented, so that none is taken for a record.

    Times are UTC and say so. ``%(asked)s`` is the name of the request that is being answered, in brackets, or nothing.
    """

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # the name that logging calls
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name that logging calls
        return one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        name = asked_now().request_id
        record.asked = f" [{name}]" if name else ""
        first, *following = super().format(record).split("\n")
        return "\n".join([first, *(f"{FOLLOWING}{one_line(line)}" for line in following)])
