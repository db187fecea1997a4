from typing import Any

from django.db import models


class BytewiseCharField(models.CharField):
    """Text compared and ordered by code point on every database.

    PostgreSQL would otherwise follow the locale of its cluster, so that one list had two orders; it is also quicker.
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
