"""Rows inserted from a queryset, also when somebody else has put some of them there meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import DateTimeField, IntegerField, Value
from django.utils import timezone

from cohorts.models import CohortMember, Person
from enrolhub.sync.select_into import execute, fetch_rows, insert_from, refresh_statistics
from tests.factories import CohortFactory, PersonFactory

pytestmark = pytest.mark.django_db
FIELDS = ["cohort", "person", "since"]


@contextmanager
def owning_nothing() -> Iterator[None]:
    """The rights of the site's own role (deploy/roles.sql): it has rows, the tables are another's."""
    if connection.vendor != "postgresql":
        yield
        return
    role = f"site_{os.getpid()}"
    for sql in (f"CREATE ROLE {role}", f"GRANT USAGE ON SCHEMA public TO {role}", f"SET LOCAL ROLE {role}"):
        execute(sql)
    yield
    execute("RESET ROLE")


def everyone_into(cohort: int, *, skip_present: bool) -> int:
    since = Value(timezone.now(), output_field=DateTimeField())
    rows = Person.objects.filter(pk__gt=0).order_by("pk")
    rows = rows.values_list(Value(cohort, output_field=IntegerField()), "pk", since)
    return insert_from(CohortMember, FIELDS, rows, skip_present=skip_present)


def test_what_is_there_already_is_skipped_and_all_else_inserted() -> None:
    cohort, people = CohortFactory.create(), PersonFactory.create_batch(3)
    CohortMember.objects.create(cohort=cohort, person=people[1])
    assert everyone_into(cohort.pk, skip_present=True) == 2
    members = CohortMember.objects.filter(cohort=cohort).order_by("person")
    assert list(members.values_list("person", flat=True)) == [person.pk for person in people]


def test_what_is_there_already_is_an_error_unless_it_is_to_be_skipped() -> None:
    cohort, person = CohortFactory.create(), PersonFactory.create()
    CohortMember.objects.create(cohort=cohort, person=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        everyone_into(cohort.pk, skip_present=False)


#: How many rows there are, and on SQLite how many a cohort has on average.
STATISTICS = {
    "sqlite": ("SELECT stat FROM sqlite_stat1 WHERE tbl = %s AND idx LIKE 'sqlite_autoindex%%'", "1800 6 1"),
    "postgresql": ("SELECT reltuples::int::text FROM pg_class WHERE relname = %s", "1800"),
}


def test_statistics_look_past_the_first_thousand_rows() -> None:
    """One large cohort and many small ones: a sample from the beginning would take them all for large."""
    large, *small = CohortFactory.create_batch(300)
    people = PersonFactory.create_batch(1_501)
    rows = [CohortMember(cohort=large, person=person) for person in people]
    rows += [CohortMember(cohort=cohort, person=people[0]) for cohort in small]
    CohortMember.objects.bulk_create(rows)
    with owning_nothing():
        refresh_statistics(CohortMember)
    sql, expected = STATISTICS[connection.vendor]
    assert fetch_rows(sql, [CohortMember._meta.db_table]) == [(expected,)]
