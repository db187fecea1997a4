"""What is refused, and why."""

from typing import Any


class RunRefused(Exception):
    """What was asked cannot be done, or the source is not to be trusted: nothing of it is used.

    ``code`` and ``params`` are worded when shown.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code, self.params = code, params
