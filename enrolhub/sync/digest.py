"""What identifies a plan: the same inputs give the same digest, in a dry run, in a real one, on every database."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from django.db import connection, models, transaction
from django.db.models import Func, QuerySet

from enrolhub.sync.models import Change
from enrolhub.sync.select_into import compile_rows, joining_large

#: People and facts, no database numbers.
DIGESTED = ("scope__phase__relation", "scope__code", "action", "person", "item", "before", "after")
SEPARATOR, LINE_END = "\x1e", "\n"
#: Scopes fetched at once; the largest has tens of thousands of lines.
SCOPES = 20


class Line(Func):
    """A change as one line, made by the database."""

    arg_joiner = f" || '{SEPARATOR}' || "
    template = "(%(expressions)s)"
    output_field = models.TextField()


def digest_changes(changes: QuerySet[Change]) -> str:
    """SHA-256 (hex) over planned changes in the ledger's order, a line each."""
    return digest_lines(text for _, text in _texts(changes))


def digests_by_scope(changes: QuerySet[Change]) -> dict[int, str]:
    """What ``digest_changes`` says of the changes of each scope, by the scope's number, in one statement."""
    by_scope = groupby(_texts(changes), key=itemgetter(0))
    return {scope: digest_lines(text for _, text in texts) for scope, texts in by_scope}


def is_digest(text: str) -> bool:
    """Whether a form sends what a preview writes; some databases do not even take anything else."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def digest_lines(lines: Iterable[str]) -> str:
    """SHA-256 (hex) over lines: the values of ``DIGESTED`` of one change each, with ``SEPARATOR`` between them."""
    digest = hashlib.sha256()
    for text in lines:
        digest.update(text.encode() + LINE_END.encode())
    return digest.hexdigest()


def _texts(changes: QuerySet[Change]) -> Iterator[tuple[int, str]]:
    """A scope's number and some of its lines, in the ledger's order."""
    return _gathered(changes) if connection.vendor == "postgresql" else _one_by_one(changes)


def _gathered(changes: QuerySet[Change]) -> Iterator[tuple[int, str]]:
    """A scope at a time: a first night has hundreds of thousands of changes, too many to fetch each by itself."""
    lines = compile_rows(changes.order_by().values_list("scope_id", "id", Line(*DIGESTED)), 3)
    sql = f"""
        SELECT scope, string_agg(line, %s ORDER BY id) FROM ({lines.sql}) AS lines(scope, id, line)
        GROUP BY scope ORDER BY scope
    """
    with transaction.atomic(), joining_large(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, (LINE_END, *lines.params))
        while rows := cursor.fetchmany(SCOPES):
            yield from rows


def _one_by_one(changes: QuerySet[Change]) -> Iterator[tuple[int, str]]:
    rows = changes.order_by("scope_id", "id").values_list("scope_id", *DIGESTED)
    for scope, *values in rows.iterator(chunk_size=4_000):
        yield scope, SEPARATOR.join(values)
