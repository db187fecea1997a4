"""What each row of a course said at an instant, of those that anything has touched since: the ledger, read backwards."""

from datetime import datetime
from typing import ClassVar

from django.apps.registry import Apps
from django.db import connection, models
from django.db.models import Case, CharField, F, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from courses.history.changes import ENROLMENT_RELATIONS, LISTED_RELATIONS, changes_of_course, took_effect
from courses.models import Course
from enrolhub.sync.select_into import Rows, compile_rows, execute, make_temporary, quote, refresh_temporary
from enrolhub.web.fields import BytewiseCharField

#: The place of rows that are enrolments; that of memberships is the relation's name.
ENROLMENT = "enrolment"
COLUMNS = ("number", "place", "ref", "member", "item", "before", "relation")


class TouchedRow(models.Model):
    """A row touched since: ``before`` is what it said before it was first touched; empty when it was not there.

    In a temporary table of one connection; ``number`` is the change that touched it first, ``ref`` its scope.
    """

    number = models.BigIntegerField(primary_key=True)
    place = BytewiseCharField(max_length=40)
    ref = models.BigIntegerField()
    member = models.BigIntegerField()
    item = BytewiseCharField(max_length=100)
    before = models.TextField()
    relation = BytewiseCharField(max_length=40)
    objects: ClassVar[models.Manager["TouchedRow"]] = models.Manager()

    class Meta:
        apps = Apps()  # unknown to the migrations
        app_label = "courses"
        db_table = "touched_row"

    def __str__(self) -> str:
        return f"{self.place} {self.ref} {self.member} {self.item}"


def keep_touched(course: Course, instant: datetime) -> None:
    """Put the rows of the course touched after the instant where ``TouchedRow`` finds them."""
    name = TouchedRow._meta.db_table
    rows = compile_rows(first_changes(course, instant), len(COLUMNS))
    make_temporary(name, Rows(f"WITH r({', '.join(COLUMNS)}) AS ({rows.sql}) SELECT * FROM r", rows.params))
    schema = "temp." if connection.vendor == "sqlite" else ""
    execute(f"CREATE INDEX {schema}touched_row_key ON {quote(name)} (member, ref, item)")
    refresh_temporary(name)


def first_changes(course: Course, instant: datetime) -> QuerySet:
    """The first change of each row after the instant, in the order of ``COLUMNS``."""
    relation = F("scope__phase__relation")
    place = Case(When(scope__phase__relation__in=ENROLMENT_RELATIONS, then=Value(ENROLMENT)), default=relation)
    row = [F(name) for name in ("place", "scope__ref", "member", "item")]
    rank = Window(RowNumber(), partition_by=row, order_by=[F("at").asc(), F("pk").asc()])
    later = changes_of_course(course).filter(took_effect("gt", instant), scope__phase__relation__in=LISTED_RELATIONS)
    first = later.annotate(place=_text(place)).annotate(rank=rank).filter(rank=1)
    return first.values_list("pk", "place", "scope__ref", "member", "item", "before", "scope__phase__relation")


def _text(case: Case) -> Case:
    case.output_field = CharField()
    return case
