"""Who has left the university for good, and why somebody cannot be made nobody yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from cohorts.models import (
    CohortMember,
    ExtractFile,
    Person,
    StagedGroupAssignment,
    StagedPerson,
    StagedRegistration,
    StagedRejection,
    StagedUnitRegistration,
)
from cohorts.queries import snapshot_read
from courses.models import Enrolment, Method
from enrolhub.sync.models import Change, Hold, Run

#: How the name of somebody begins who has none any more.
PREFIX = "anonyme-"
INACTIVE = Person.AccountState.INACTIVE


def first_year_kept() -> str | None:
    """The oldest academic year whose people are kept: the years of the extract in force, and those before by the setting.

    None while no extract has been read.
    """
    snapshot = snapshot_read()
    years = sorted(snapshot.academic_years) if snapshot else []
    if not years:
        return None
    return min(years[0], f"{int(years[-1]) - settings.RETENTION_PREVIOUS_YEARS:04}")


def leavers(now: datetime) -> QuerySet[Person]:
    """Whose account is closed, whom no register names, who is in no course or cohort of the years kept (or of none), and of
    whom the ledger has had nothing to say for as long as people are kept."""
    first = first_year_kept()
    if first is None:
        return Person.objects.none()
    mine = {"person": OuterRef("pk")}
    since = now - timedelta(days=settings.RETENTION_PEOPLE_DAYS)
    lately = Q(scope__phase__run__requested_at__gte=since) | Q(scope__phase__run__finished_at__gte=since)
    lately |= Q(scope__hold__state=Hold.State.WAITING)
    return (
        Person.objects.filter(account_state=INACTIVE)
        .exclude(username__startswith=PREFIX)
        .filter(
            ~Exists(Enrolment.objects.filter(_of_kept("method__course__", first), **mine)),
            ~Exists(CohortMember.objects.filter(_of_kept("cohort__", first), **mine)),
            ~Exists(Change.objects.filter(lately, person=OuterRef("username"))),
            *(~Exists(rows) for rows in _register_rows(OuterRef("username"), OuterRef("student_number"))),
        )
    )


def _of_kept(place: str, first: str) -> Q:
    return Q(**{f"{place}academic_year": ""}) | Q(**{f"{place}academic_year__gte": first})


def _register_rows(username: OuterRef | str, number: OuterRef | str) -> Iterator[QuerySet]:
    """The rows of extracts still kept that name somebody."""
    yield StagedPerson.objects.filter(file__in=_landed("annuaire"), username=username)
    yield StagedRejection.objects.filter(file__landed_at__isnull=False, protects=username)
    administrative = StagedRegistration.objects.filter(file__in=_landed("inscriptions_administratives"))
    yield administrative.filter(student_number=number).exclude(student_number="")
    yield StagedUnitRegistration.objects.filter(student_number=number).exclude(student_number="")


def _landed(list_name: str) -> QuerySet[ExtractFile, Any]:
    return ExtractFile.objects.filter(list_name=list_name, landed_at__isnull=False).order_by().values("pk")


def hindrances(person: Person) -> list[str]:
    """Why this person cannot be made nobody, a sentence each with what to do about it; nobody hinders it when there is none."""
    return [words for words in _hindrances(person) if words]


def _hindrances(person: Person) -> Iterator[str]:
    if person.username.startswith(PREFIX):
        yield _("They have no name any more already.")
    if person.account_state != INACTIVE:
        yield _("Their account is open: the directory closes it.")
    rows = [*_register_rows(person.username, person.student_number), *_other_rows(person)]
    if any(found.exists() for found in rows):
        yield _(
            "The registers name them, in the extract in force or one still kept: wait for nights that name them no more."
        )
    yield _still_in(person)
    if Change.objects.filter(person=person.username, scope__hold__state=Hold.State.WAITING).exists():
        yield _("A departure of theirs is held: approve or reject it first.")
    if Run.objects.filter(state__in=Run.LIVE, dry_run=False).exists():
        yield _("A run is under way: wait for its end.")


def _other_rows(person: Person) -> Iterator[QuerySet]:
    """What only somebody who is asked about by name is looked up in: SQLite has no index for it."""
    if person.student_number:
        yield StagedGroupAssignment.objects.filter(student_number=person.student_number)
        yield StagedRejection.objects.filter(file__landed_at__isnull=False, protects=person.student_number)


def _still_in(person: Person) -> str:
    """Where they still are: courses and cohorts of open years."""
    snapshot = snapshot_read()
    open_year = min(snapshot.academic_years) if snapshot and snapshot.academic_years else ""
    methods = Method.objects.filter(_of_kept("course__", open_year), enrolments__person=person)
    members = CohortMember.objects.filter(_of_kept("cohort__", open_year), person=person)
    codes = [*methods.values_list("course__code", flat=True), *members.values_list("cohort__code", flat=True)]
    if not codes:
        return ""
    shown = ", ".join(sorted(set(codes))[:5])
    return _("They are in courses or cohorts of an open year (%(codes)s): take them out first.") % {"codes": shown}
