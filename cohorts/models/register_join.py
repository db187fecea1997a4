from typing import Any

from django.core.checks import CheckMessage
from django.db import models


class RegisterJoin(models.ForeignObject):
    """A join of two tables over equal codes, for queries only: no column, no constraint, no uniqueness claimed.

    Registers repeat their codes (a student number has many registrations), which an ordinary foreign key forbids.
    """

    requires_unique_target = False

    def __init__(self, to: Any, **kwargs: Any) -> None:
        kwargs.setdefault("on_delete", models.DO_NOTHING)
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        super().__init__(to, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [message for message in super().check(**kwargs) if message.id not in {"fields.E310", "fields.E311"}]
