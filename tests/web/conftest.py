"""The log of the site as it is written."""

import logging
from collections.abc import Iterator

import pytest

from enrolhub.web.log_lines import LINE, LineFormatter


class Keeper(logging.Handler):
    """Keeps what a file would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(LINE))
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written += self.format(record).split("\n")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines that the site's log gets, one by one."""
    keeper = Keeper()
    logging.getLogger().addHandler(keeper)
    yield keeper.written
    logging.getLogger().removeHandler(keeper)
