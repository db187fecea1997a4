"""Long lists of texts in a query."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func


class IsOneOf(Func):
    """Whether a column is one of these texts, given as one parameter: a list of thousands takes long to be read."""

    output_field = BooleanField()

    def __init__(self, column: str, texts: Iterable[str]) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)
        self._texts = list(texts)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} = ANY(%s::text[])", (*params, self._texts)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} IN (SELECT value FROM JSON_EACH(%s))", (*params, json.dumps(self._texts))
