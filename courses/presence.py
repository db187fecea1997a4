"""What this application shows of itself in the layers below: its places, the words of its relations, findings and runs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.panels import register_cohort_panel, register_cohort_use
from courses.cohort_uses import courses_using, methods_following
from courses.models import Course, Method, Role
from courses.night import KIND as NIGHT
from courses.queries import courses_for
from courses.rules import can_load_files
from enrolhub.access.models import User
from enrolhub.access.rules import sees_everything
from enrolhub.sync.models import Run
from enrolhub.sync.wording import (
    FindingWords,
    Named,
    RelationWords,
    register_findings,
    register_reasons,
    register_relation,
    register_run_kind,
)
from enrolhub.web.dates import night_name
from enrolhub.web.navigation import Place, register_place

ENROLMENT_FACTS = (
    ("role", _("Role")),
    ("suspended_by", _("Suspension")),
    ("starts_at", _("Start")),
    ("ends_at", _("End")),
)
MEMBER_FACTS = (("member", _("Membership")),)

#: Relations whose rows are enrolments, in the order of a night; those of files and of hands last.
ENROLMENT_LABELS = {
    "database": _("Enrolments, database"),
    "cohort_sync": _("Enrolments, cohort synchronisation"),
    "meta_link": _("Enrolments, meta-course links"),
    "manual": _("Enrolments, manual"),
    "self": _("Enrolments, self-enrolment"),
}
GROUP_LABELS = {
    "group_members.database": _("Groups, database"),
    "group_members.cohort_sync": _("Groups, cohort synchronisation"),
    "group_members.meta_link": _("Groups, meta-course links"),
    "group_members.manual": _("Groups, manual"),
    "group_members.self": _("Groups, self-enrolment"),
    "group_members.hand": _("Groups, by hand"),
}

REASONS = {
    "account_closed": _("account closed"),
    "excluded": _("excluded by hand"),
    "unit_registration_missing": _("no pedagogical registration any more"),
    "registration_unpaid": _("administrative registration unpaid"),
    "registration_cancelled": _("administrative registration cancelled"),
    "registration_missing": _("no administrative registration any more"),
    "left_cohort": _("left the cohort"),
    "left_source_course": _("left the source course"),
    "enrolment_left": _("left with the enrolment"),
    "group_changed": _("other group in APOGÉE"),
    "last_enrolment_left": _("no enrolment left in the course"),
}

FINDINGS = {
    "unknown_units": FindingWords(
        _("Elements unknown to APOGÉE"),
        _("courses are linked to them, APOGÉE does not list them"),
        lambda case: str(case.get("unit", "")),
    ),
    "courses_without_year": FindingWords(
        _("Courses without an academic year"),
        _("no registration can feed them until their year is given"),
        lambda case: str(case.get("course", "")),
    ),
}


def _say_own_kind(kind: str) -> str:
    return gettext("Enrolments, %(kind)s") % {"kind": Method.label_of(kind)}


def _say_own_groups(kind: str) -> str:
    return gettext("Groups, %(kind)s") % {"kind": Method.label_of(kind)}


#: How the relations of kinds of the site's own are called.
say_own_kind, say_own_groups = lazy(_say_own_kind, str), lazy(_say_own_groups, str)


def say_enrolment_fact(name: str, value: str) -> str:
    """One fact of an enrolment: a role, a suspension, a date, as words."""
    if name == "role" and value in Role.ShortName:
        return str(Role.ShortName(value).label)
    if name == "suspended_by":
        return {
            "hand": gettext("suspended by hand"),
            "sync": gettext("suspended by the synchronisation"),
            "end": gettext("suspended at its end"),
        }.get(value, "")
    return say_time(value) if name in ("starts_at", "ends_at") else value


def say_time(text: str) -> str:
    """A time of the ledger (UTC ISO) as people read it: « 31/08/2027 00:00 »."""
    if not text:
        return ""
    return f"{timezone.localtime(datetime.fromisoformat(text).astimezone(UTC)):%d/%m/%Y %H:%M}"


def say_member_fact(name: str, value: str) -> str:
    return gettext("member") if value else ""


def method_scopes(refs: Iterable[int]) -> Mapping[int, Named]:
    """The courses of methods, by the methods' ids, in one query."""
    rows = Method.objects.filter(pk__in=list(refs)).order_by().values_list("pk", "course__code", "course__title")
    return {pk: Named(title, reverse("courses:participants", args=[code])) for pk, code, title in rows}


def course_scopes(refs: Iterable[int]) -> Mapping[int, Named]:
    """Courses by id, in one query."""
    rows = Course.objects.filter(pk__in=list(refs)).order_by().values_list("pk", "code", "title")
    return {pk: Named(title, reverse("courses:participants", args=[code])) for pk, code, title in rows}


def name_night(run: Run) -> str:
    """« Nuit du 16 au 17 novembre 2026 », by its business date; one asked for by hand says at what hour."""
    if run.scheduled_on:
        return night_name(run.scheduled_on)
    begun = timezone.localtime(run.started_at or run.requested_at)
    return gettext("%(night)s, started at %(hour)s") % {"night": night_name(begun.date()), "hour": f"{begun:%H:%M}"}


def is_signed_in(user: object) -> bool:
    return bool(getattr(user, "is_authenticated", False))


def opens_courses(user: User | AnonymousUser) -> bool:
    """Whether somebody may open courses: theirs is the list of these, which leads to those they attend. Asked once a page."""
    known: bool | None = getattr(user, "_opens_courses", None)
    if known is None:
        known = bool(sees_everything(user)) or courses_for(user).exists()
        user._opens_courses = known  # type: ignore[union-attr]  # kept for the length of a request
    return known


def attends_courses(user: User | AnonymousUser) -> bool:
    """Whether somebody may be in courses as anybody else, and opens none."""
    return is_signed_in(user) and not opens_courses(user)


def register_all() -> None:
    """Announce places, words and panels; called once, when the application is ready."""
    register_place(Place("home", _("Home"), "courses:home", 10, may_see=is_signed_in))
    register_place(Place("my_courses", _("My courses"), "courses:my_courses", 15, may_see=attends_courses))
    register_place(Place("courses", _("Courses"), "courses:list", 20, may_see=opens_courses))
    register_place(Place("people", _("People"), "courses:people", 40, may_see=sees_everything))
    register_place(Place("imports", _("Imports"), "courses:imports", 50, may_see=can_load_files))
    register_run_kind(NIGHT, _("Night"), name_night, reads_registers=True)
    own = [kind for kind in Method.KINDS if kind not in ENROLMENT_LABELS]
    for name, label in (ENROLMENT_LABELS | {kind: say_own_kind(kind) for kind in own}).items():
        words = RelationWords(
            label, ENROLMENT_FACTS, are_counted=True, say_fact=say_enrolment_fact, name_scopes=method_scopes
        )
        register_relation(name, words)
    for name, label in (GROUP_LABELS | {f"group_members.{kind}": say_own_groups(kind) for kind in own}).items():
        names = course_scopes if name == "group_members.hand" else method_scopes
        register_relation(name, RelationWords(label, MEMBER_FACTS, say_fact=say_member_fact, name_scopes=names))
    register_reasons(REASONS)
    register_findings(FINDINGS)
    register_cohort_panel("courses", courses_using)
    register_cohort_use("courses", methods_following)
