"""What identifies a plan: the same inputs give the same digest, in a dry run, in a real one, on every database."""

import hashlib
from collections.abc import Iterable
from itertools import islice

from django.db import connection
from django.db.models import QuerySet

from enrolhub.sync.bulk_load import COPY_ROWS, copy_text
from enrolhub.sync.models import Change
from enrolhub.sync.select_into import compile_rows

#: People and facts, no database numbers.
DIGESTED = ("scope__phase__relation", "scope__code", "action", "person", "item", "before", "after")


def digest_changes(changes: QuerySet[Change]) -> str:
    """SHA-256 (hex) over planned changes in the ledger's order, as PostgreSQL's COPY writes them."""
    digest = hashlib.sha256()
    rows = changes.order_by("id").values_list(*DIGESTED)
    for part in _copied_out(rows) if connection.vendor == "postgresql" else _written_alike(rows):
        digest.update(part)
    return digest.hexdigest()


def _copied_out(rows: QuerySet[Change, tuple[str, ...]]) -> Iterable[bytes]:
    """No row is made into an object: a first night has hundreds of thousands."""
    query = compile_rows(rows, len(DIGESTED))
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query.sql}) TO STDOUT", query.params) as copy:
        yield from map(bytes, copy)


def _written_alike(rows: QuerySet[Change, tuple[str, ...]]) -> Iterable[bytes]:
    source = rows.iterator(chunk_size=COPY_ROWS)
    while batch := list(islice(source, COPY_ROWS)):
        yield copy_text(batch).encode()
