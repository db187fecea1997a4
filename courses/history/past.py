"""A course as it was at an instant: the rows of now, each touched since brought back to what it said before.

The list of a day must be the list that the page, the filters and the exports would have shown, so they are not written
twice: for a while the connection sees other rows under the names of the tables they read (docs/decisions/0046).
The ledger keeps enrolments and memberships, not names, last accesses or the state of methods: these are as they are now.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from courses.deleted_groups import names_of_deleted_groups
from courses.history.changes import GROUPS, HAND
from courses.history.touched import ENROLMENT, TouchedRow, keep_touched
from courses.models import Course, Enrolment, Group, GroupMember, Method, Role
from enrolhub.sync.facts import FactPart, TimeOfText
from enrolhub.sync.select_into import compile_rows, execute, insert_from, quote, refresh_temporary, table_of
from enrolhub.web.folding import fold

UNKNOWN = Value(None, output_field=DateTimeField())
Execute = Callable[[str, Any, bool, Any], Any]


@contextmanager
def as_it_was(course: Course, instant: datetime) -> Iterator[None]:
    """Within, this connection reads the enrolments, memberships, methods and groups of the course as they were.

    Of other courses it reads none, and it writes nothing: what belongs to now is read before, what is kept is written
    afterwards. The rows lie in a transaction that is always rolled back, so nothing of them is ever left.
    """
    with transaction.atomic():
        keep_touched(course, instant)
        lay_enrolments(course)
        lay_methods(course)
        lay_memberships(course)
        with connection.execute_wrapper(refuse_writing):
            yield
        transaction.set_rollback(True)


def refuse_writing(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Nothing of the past can be written, nor of anything else meanwhile: it would be lost."""
    if not sql.lstrip(" (\n").upper().startswith(("SELECT", "WITH", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")):
        raise RuntimeError(f"written while the past is read: {sql[:60]}")
    return execute(sql, params, many, context)


def shadow(rows: QuerySet[Any], *keys: str) -> None:
    """Let the rows stand for their table, found by each of the keys, until the transaction ends."""
    model = rows.model
    columns = [field.attname for field in model._meta.concrete_fields]
    selected = compile_rows(rows.order_by().values_list(*columns), len(columns))
    execute(f"CREATE TEMPORARY TABLE {table_of(model)} AS {selected.sql}", selected.params)
    schema = "temp." if connection.vendor == "sqlite" else ""
    for key in keys:
        index = quote(f"past_{model._meta.model_name}_{key}")
        execute(f"CREATE INDEX {schema}{index} ON {table_of(model)} ({quote(key)})")


def lay_enrolments(course: Course) -> None:
    touched = TouchedRow.objects.filter(place=ENROLMENT, ref=OuterRef("method_id"), member=OuterRef("person_id"))
    shadow(Enrolment.objects.filter(~Exists(touched), method__course=course), "person_id", "method_id")
    role = Role.objects.filter(short_name=FactPart(OuterRef("before"), 1)).order_by().values("pk")[:1]
    facts: tuple[Combinable, ...] = (
        Subquery(role),
        FactPart("before", 2),
        *(TimeOfText(FactPart("before", part)) for part in (3, 4)),
    )
    fields = ("id", "method", "person", "role", "suspended_by", "starts_at", "ends_at", "created_at")
    rows = TouchedRow.objects.filter(place=ENROLMENT).exclude(before="")
    insert_from(Enrolment, fields, rows.values_list(*_keys("ref", "member"), *facts, UNKNOWN))
    refresh_temporary(Enrolment._meta.db_table)


def lay_methods(course: Course) -> None:
    """The methods of now, and those deleted since, of which the ledger has kept the kind."""
    present = set(Method.objects.filter(course=course).values_list("pk", flat=True))
    shadow(Method.objects.filter(course=course))
    rows = TouchedRow.objects.exclude(before="").exclude(relation=HAND)
    gone = {ref: name for ref, name in rows.values_list("ref", "relation").distinct() if ref not in present}
    student = Role.objects.get(short_name=Role.ShortName.STUDENT)
    Method.objects.bulk_create(
        Method(pk=pk, course=course, kind=_kind(name), name=_gone_words(name), position=len(present), role=student)
        for pk, name in sorted(gone.items())
    )


def lay_memberships(course: Course) -> None:
    """The groups and memberships of now and of then; a group deleted since is called as it was when that is known."""
    touched = TouchedRow.objects.filter(member=OuterRef("person_id"), item=OuterRef("group__code"))
    of_method = touched.filter(ref=OuterRef("method_id"), place__startswith=GROUPS).exclude(place=HAND)
    of_hand = touched.filter(place=HAND)
    untouched = (Q(method__isnull=True) & ~Exists(of_hand)) | (Q(method__isnull=False) & ~Exists(of_method))
    shadow(GroupMember.objects.filter(untouched, group__course=course), "person_id", "group_id")
    lay_groups(course)
    group = Group.objects.filter(code=OuterRef("item")).order_by().values("pk")[:1]
    rows = TouchedRow.objects.filter(place__startswith=GROUPS).exclude(before="")
    fields = ("id", "group", "person", "since", "method")
    for part, method in ((rows.filter(place=HAND), ()), (rows.exclude(place=HAND), ("ref",))):
        keys = (*_keys(), Subquery(group), "member", UNKNOWN, *method)
        insert_from(GroupMember, fields[: len(keys)], part.values_list(*keys))
    refresh_temporary(GroupMember._meta.db_table)


def lay_groups(course: Course) -> None:
    present = set(Group.objects.filter(course=course).values_list("code", flat=True))
    shadow(Group.objects.filter(course=course))
    rows = TouchedRow.objects.filter(place__startswith=GROUPS).exclude(before="")
    gone = sorted(set(rows.values_list("item", flat=True).distinct()) - present)
    names = names_of_deleted_groups(course) if gone else {}
    Group.objects.bulk_create(
        Group(
            pk=-number, course=course, code=code, name=names.get(code, code), name_key=fold(names.get(code, code))[:300]
        )
        for number, code in enumerate(gone, 1)
    )


def _keys(*columns: str) -> tuple[Combinable, ...]:
    """A number that no row of now has, then these columns."""
    return (-F("number"), *(F(column) for column in columns))


def _kind(relation: str) -> str:
    return relation.removeprefix(GROUPS)


def _gone_words(relation: str) -> str:
    kind = _kind(relation)
    label = Method.label_of(kind)
    return _("%(method)s (deleted since)") % {"method": label}
