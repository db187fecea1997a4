"""Lines of the log: one record, one line, whatever was said."""

import logging.config
import sys

import pytest
from django.conf import settings

from enrolhub.web.log_lines import LineFormatter, one_line

FORMATTER = LineFormatter("%(levelname)s %(message)s")
FORGED = "zoe\nERROR all is lost"


def record(message: str, *values: object, failed: bool = False) -> logging.LogRecord:
    told = sys.exc_info() if failed else None
    return logging.LogRecord("courses", logging.INFO, "", 0, message, values, told)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("L2 Droit : été", "L2 Droit : été"),
        ("a\r\nb", r"a\r\nb"),
        ("a\x1b[2Kb\tc", r"a\x1b[2Kb\tc"),
        ("a\x00\x85b", r"a\x00\x85b"),
        ("a\u2028b\u202ec", r"a\u2028b\u202ec"),
    ],
)
def test_what_could_begin_a_line_is_written_out(said: str, written: str) -> None:
    assert one_line(said) == written


def test_a_record_is_one_line() -> None:
    assert FORMATTER.format(record("refused: %s", FORGED)) == r"INFO refused: zoe\nERROR all is lost"


def test_the_lines_of_a_traceback_are_no_records() -> None:
    try:
        raise ValueError(FORGED + "\x1b")
    except ValueError:
        first, *following = FORMATTER.format(record("it failed", failed=True)).split("\n")
    assert (first, following[-1]) == ("INFO it failed", r"    ERROR all is lost\x1b")
    assert [line for line in following if not line.startswith("    ")] == []


def test_the_site_writes_its_log_so() -> None:
    configured = logging.config.DictConfigurator(dict(settings.LOGGING)).config["formatters"]["line"]
    assert configured["()"] == f"{LineFormatter.__module__}.{LineFormatter.__qualname__}"
