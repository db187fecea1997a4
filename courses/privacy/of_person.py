"""What the registers and the courses say of a person, and what the ledger and the mails keep."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Person
from courses.explain.registered import read_person
from courses.explain.wording import say_row
from courses.history.changes import TOOK_EFFECT, TOOK_EFFECT_AT
from courses.models import Delivery, EndNotice, Enrolment, Exclusion, GroupMember, Participation
from courses.participants.statuses import LABELS, status_of
from courses.privacy.sections import Section, from_apogee, from_directory, from_here, kept_days, kept_while_here
from enrolhub.sync.ledger import action_badge, fact_lines
from enrolhub.sync.models import Change
from enrolhub.sync.wording import relation_words, run_name, say_reason

COURSE = gettext_lazy("Course")
METHOD = gettext_lazy("Method")
SINCE = gettext_lazy("Since")
CODE = gettext_lazy("Code")


def sections_of_person(person: Person, now: datetime) -> Iterator[Section]:
    """In the order in which people ask: who, registered for what, in which courses, what happened, what was written."""
    yield identity(person)
    yield from of_registers(person, now)
    yield enrolments(person, now)
    yield groups(person)
    yield exclusions(person)
    yield accesses(person)
    yield history(person)
    yield messages(person)
    yield end_notices(person)


def identity(person: Person) -> Section:
    facts = {
        gettext_lazy("Username"): person.username,
        gettext_lazy("Directory uid"): person.directory_uid,
        gettext_lazy("Student number"): person.student_number,
        gettext_lazy("Staff number"): person.staff_number,
        gettext_lazy("Last name"): person.last_name,
        gettext_lazy("First name"): person.first_name,
        gettext_lazy("E-mail address"): person.email,
        gettext_lazy("Affiliations"): person.affiliations,
        gettext_lazy("Account"): person.get_account_state_display(),
        gettext_lazy("Red list"): bool(person.red_list),
    }
    columns = {"fact": gettext_lazy("What"), "value": gettext_lazy("Value")}
    rows = [(str(label), value) for label, value in facts.items()]
    return Section("identity", _("Identity"), from_directory(), kept_while_here(), columns, rows)


def of_registers(person: Person, now: datetime) -> Iterator[Section]:
    """Registrations as the extract in force has them, and cohorts."""
    facts = read_person(person, now)
    kept = _("as long as APOGÉE says it: each night’s extract takes the place of an older one")
    columns = {
        "programme": gettext_lazy("Étape"),
        "label": gettext_lazy("Label"),
        "worth": gettext_lazy("Worth"),
        "changed_on": gettext_lazy("Changed on"),
    }
    rows = [(row.code, row.label, say_row(row, now), row.on) for row in facts.registrations]
    yield Section("registrations", _("Administrative registrations"), from_apogee(), kept, columns, rows)
    units = [(line.row.code, line.row.label, say_row(line.row, now), line.row.on) for line in facts.units]
    columns = {"unit": gettext_lazy("Element")} | {name: columns[name] for name in ("label", "worth", "changed_on")}
    yield Section("units", _("Pedagogical registrations"), from_apogee(), kept, columns, units)
    members = [
        (each.cohort.code, each.cohort.name, each.cohort.get_keeper_display(), each.since) for each in facts.cohorts
    ]
    columns = {"cohort": CODE, "name": gettext_lazy("Name"), "keeper": gettext_lazy("Kept by"), "since": SINCE}
    yield Section("cohorts", _("Cohorts"), _("APOGÉE or the CEMU"), kept_while_here(), columns, members)


def enrolments(person: Person, now: datetime) -> Section:
    found = Enrolment.objects.filter(person=person).select_related("method__course", "role")
    rows = [
        (
            each.method.course.code,
            each.method.course.title,
            each.method.label_of(each.method.kind),
            str(each.role),
            str(LABELS[_status(each, now)]),
            each.starts_at,
            each.ends_at,
            each.created_at,
        )
        for each in found.order_by("method__course__code", "pk")
    ]
    columns = {
        "course": CODE,
        "title": COURSE,
        "method": METHOD,
        "role": gettext_lazy("Role"),
        "status": gettext_lazy("Status"),
        "starts_at": gettext_lazy("Start"),
        "ends_at": gettext_lazy("End"),
        "created_at": SINCE,
    }
    source = _("the methods of each course: APOGÉE, cohorts, or by hand")
    return Section("enrolments", _("Enrolments"), source, kept_while_here(), columns, rows)


def _status(enrolment: Enrolment, now: datetime) -> str:
    return status_of(
        suspended=bool(enrolment.suspended_by),
        method_enabled=enrolment.method.enabled,
        starts_at=enrolment.starts_at,
        ends_at=enrolment.ends_at,
        at=now,
    )


def groups(person: Person) -> Section:
    found = GroupMember.objects.filter(person=person).select_related("group__course", "method")
    rows = [
        (
            each.group.course.code,
            each.group.name,
            each.method.label_of(each.method.kind) if each.method else _("By hand"),
            each.since,
        )
        for each in found.order_by("group__course__code", "group__name_key", "pk")
    ]
    columns = {"course": COURSE, "group": gettext_lazy("Group"), "method": METHOD, "since": SINCE}
    return Section("groups", _("Groups"), _("APOGÉE, or by hand"), kept_while_here(), columns, rows)


def exclusions(person: Person) -> Section:
    found = (
        Exclusion.objects.filter(person=person).select_related("method__course").order_by("method__course__code", "pk")
    )
    rows = [(each.method.course.code, str(each.method), each.reason, each.created_at) for each in found]
    columns = {"course": COURSE, "method": METHOD, "reason": gettext_lazy("Reason"), "since": SINCE}
    return Section("exclusions", _("Exclusions by hand"), from_here(), kept_while_here(), columns, rows)


def accesses(person: Person) -> Section:
    found = Participation.objects.filter(person=person, last_access__isnull=False).order_by("course__code")
    rows = list(found.values_list("course__code", "last_access"))
    columns = {"course": COURSE, "last_access": gettext_lazy("Last access")}
    return Section("accesses", _("Last accesses"), _("the course platforms"), kept_while_here(), columns, rows)


def history(person: Person) -> Section:
    """What changed about the person and took effect, newest first. Who did it is told by function, not by name."""
    named = Change.objects.filter(TOOK_EFFECT, person=person.username, scope__phase__run__dry_run=False)
    changes = named.annotate(at=TOOK_EFFECT_AT)
    found = changes.select_related("scope__phase__run").order_by("-at", "-pk")
    rows = [
        (
            each.at,
            str(relation_words(each.scope.phase.relation).label),
            each.scope.code,
            action_badge(each.action).word,
            _say_facts(each),
            say_reason(each.reason),
            run_name(each.scope.phase.run),
        )
        for each in found
    ]
    columns = {
        "at": gettext_lazy("When"),
        "about": gettext_lazy("About"),
        "code": CODE,
        "change": gettext_lazy("Change"),
        "facts": gettext_lazy("Before → after"),
        "reason": gettext_lazy("Reason"),
        "run": gettext_lazy("By"),
    }
    kept = kept_days("RETENTION_LEDGER_DAYS")
    return Section("history", _("History"), _("the ledger of every change made here"), kept, columns, rows)


def _say_facts(change: Change) -> str:
    lines = fact_lines(change, relation_words(change.scope.phase.relation))
    return "; ".join(f"{line.label}: {line.before or '—'} → {line.after or '—'}" for line in lines)


def messages(person: Person) -> Section:
    """Who wrote is told by function: whoever wrote to a course teaches or administers it."""
    found = (
        Delivery.objects.filter(person=person)
        .select_related("message__course")
        .order_by("-message__confirmed_at", "-pk")
    )
    rows = [
        (
            each.message.confirmed_at,
            each.message.course.code,
            each.message.subject,
            each.address,
            each.get_state_display(),
        )
        for each in found
    ]
    columns = {
        "sent_at": gettext_lazy("When"),
        "course": COURSE,
        "subject": gettext_lazy("Subject"),
        "address": gettext_lazy("E-mail address"),
        "state": gettext_lazy("State"),
    }
    source = _("those who teach or administer the course")
    return Section("messages", _("Messages received"), source, kept_days("RETENTION_MESSAGES_DAYS"), columns, rows)


def end_notices(person: Person) -> Section:
    found = EndNotice.objects.filter(person=person).select_related("method__course").order_by("-told_at", "-pk")
    rows = [(each.told_at, each.method.course.code, each.ends_at) for each in found]
    columns = {"told_at": gettext_lazy("When"), "course": COURSE, "ends_at": gettext_lazy("End")}
    kept = kept_days("RETENTION_MESSAGES_DAYS")
    return Section("end_notices", _("Notices of the end of an enrolment"), from_here(), kept, columns, rows)
