"""What a change of methods will do to people, before it does it: how many, whom and what. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from cohorts.models import Person
from courses.hand.wording import say_facts
from courses.methods.registry import SYNCED_KINDS
from courses.models import Course, Enrolment, Method
from courses.setup.asking import Setup, Verb
from courses.setup.difference import (
    NO_RUN,
    Row,
    Share,
    Tab,
    Target,
    as_if_done,
    page_of,
    print_of,
    shares,
    target_of,
    tell_rows,
)
from courses.setup.facts import FACTS, YES
from courses.setup.followers import register_for
from courses.setup.rights import refuse_above, sees_everybody
from courses.setup.rows import METHODS, SetupRow
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change

PAGE = 25
NAMES_HIDDEN = gettext_noop("You see some groups of the course only, so the people are counted and not named.")
ARRIVAL, DEPARTURE, ALTERATION = Change.Action.ARRIVAL, Change.Action.DEPARTURE, Change.Action.ALTERATION
#: What becomes of people, in the order in which it is told; whoever is shut out keeps the row, so that is told apart.
TABS = {
    "arrive": Tab((ARRIVAL,), otherwise=False),
    "here": Tab((ARRIVAL,), otherwise=True),
    "leave": Tab((DEPARTURE,), goes=True, otherwise=False),
    "stay": Tab((DEPARTURE,), goes=True, otherwise=True),
    "suspend": Tab((DEPARTURE,), goes=False),
    "change": Tab((ALTERATION,)),
}
SHUT_TABS = {"shut": Tab((DEPARTURE,), otherwise=False), "enter": Tab((DEPARTURE,), otherwise=True)}
#: What is told of a verb even if it is nobody.
ALWAYS = {
    **dict.fromkeys((Verb.ADD, Verb.ENABLE, Verb.UNITS), ("arrive", "leave")),
    Verb.DELETE: ("leave",),
    Verb.DISABLE: tuple(SHUT_TABS),
}
LABELS: dict[str, tuple[str | Promise, str | Promise, str]] = {
    "arrive": (gettext_lazy("Arrive"), gettext_lazy("arrive in the course"), "plus-lg"),
    "here": (
        gettext_lazy("Here already"),
        gettext_lazy("already enrolled by another method; nothing changes for them"),
        "check-lg",
    ),
    "leave": (gettext_lazy("Leave"), gettext_lazy("leave the course"), "dash-lg"),
    "stay": (gettext_lazy("Stay"), gettext_lazy("stay thanks to another method"), "check-lg"),
    "suspend": (gettext_lazy("Suspended"), gettext_lazy("are suspended"), "pause-circle"),
    "change": (gettext_lazy("Change"), gettext_lazy("get another role, or other dates"), "pencil"),
    "shut": (gettext_lazy("Shut out"), gettext_lazy("can no longer enter the course"), "pause-circle"),
    "enter": (gettext_lazy("Still enter"), gettext_lazy("still enter by another method"), "check-lg"),
}


@dataclass(frozen=True)
class Count:
    """One share of the people: its name in the address, in a tab and under its number."""

    name: str
    label: str
    words: str
    icon: str
    rows: int
    people: int


@dataclass(frozen=True)
class Line:
    """One person in a course: what changes in words."""

    person: Person
    course: Course
    changes: Sequence[str]


@dataclass(frozen=True)
class SetupPreview:
    """A change of methods as a page shows it.

    ``before`` and ``after`` count the participants of the only course; None where several are changed. ``back`` people were
    shut out while the method was disabled, ``shut`` ones are from then on; ``moves`` people change their group. ``notes``
    are what else is to be known.
    """

    setup: Setup
    digest: str
    counts: Sequence[Count]
    tab: str
    lines: Sequence[Line]
    page: int
    page_count: int
    before: int | None
    after: int | None
    back: int = 0
    shut: int = 0
    moves: int = 0
    setups: Sequence[SetupRow] = field(default=())
    notes: Sequence[str] = ()

    @property
    def touched_count(self) -> int:
        """How many rows of people change."""
        return int(self.digest.partition(".")[0])

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all would change, neither a method nor anybody."""
        return not self.setups

    @property
    def current(self) -> Count | None:
        return next((count for count in self.counts if count.name == self.tab), None)


def preview_setup(setup: Setup, tab: str = "", page: int = 1) -> SetupPreview:
    """What the change would do now, with a page of those whom a tab names. Raises RunRefused where it cannot be done."""
    refuse_above(setup)
    with transaction.atomic():
        rows = setup.rows()
        target = target_of(setup.verb, setup.kind, setup.courses, rows)
        with as_if_done(target, rows):
            told = _tell(setup, target, rows, tab, page)
        transaction.set_rollback(True)
    return told


def _tell(setup: Setup, target: Target, rows: Sequence[SetupRow], tab: str, page: int) -> SetupPreview:
    tell_rows(target)
    found = shares()
    counts = counts_of(setup.verb, found)
    named = {count.name: count for count in counts}
    current = named.get(tab) or next((count for count in counts if count.rows), None)
    names_told = sees_everybody(setup)
    page_count = -(-current.rows // PAGE) if current and names_told else 0
    page = min(max(page, 1), page_count or 1)
    tabs = TABS | SHUT_TABS
    listed = page_of(tabs[current.name], (page - 1) * PAGE, PAGE) if current and names_told else []
    before, after = participants(setup, found)
    return SetupPreview(
        setup=setup,
        digest=print_of(target, rows),
        counts=counts,
        tab=current.name if current and names_told else "",
        lines=lines_of(target, listed, rows),
        page=page,
        page_count=page_count,
        before=before,
        after=after,
        back=people_kept(flipped(rows, "", YES)),
        shut=people_shut(flipped(rows, YES, "")) if setup.verb != Verb.DISABLE else 0,
        moves=people_moved(rows),
        setups=rows,
        notes=[*notes_on(setup, target), *([] if names_told else [_(NAMES_HIDDEN)])],
    )


def counts_of(verb: Verb, found: Sequence[Share]) -> list[Count]:
    """What is worth telling: arrivals and departures where there could be some, the rest where there is any."""
    tabs = SHUT_TABS if verb == Verb.DISABLE else TABS
    shown = ALWAYS.get(verb, ())
    counts = []
    for name, tab in tabs.items():
        covered = [share for share in found if tab.covers(share)]
        rows, people = sum(share.rows for share in covered), sum(share.people for share in covered)
        if rows or name in shown:
            label, words, icon = LABELS[name]
            counts.append(Count(name, str(label), str(words), icon, rows, people))
    return counts


def participants(setup: Setup, found: Sequence[Share]) -> tuple[int | None, int | None]:
    """The participants of the only course before and after."""
    if setup.course is None:
        return None, None
    before = Enrolment.objects.filter(method__course=setup.course).values("person").distinct().count()
    if setup.verb == Verb.DISABLE:
        return before, before
    come = sum(share.people for share in found if TABS["arrive"].covers(share))
    go = sum(share.people for share in found if TABS["leave"].covers(share))
    return before, before + come - go


def flipped(rows: Sequence[SetupRow], before: str, after: str) -> list[int]:
    """The methods, there before and after, that become enabled or disabled."""
    kept = [row for row in rows if row.relation == METHODS and row.before and row.facts]
    wanted = (before, after)
    return [
        row.member
        for row in kept
        if tuple(split_facts(text, FACTS)["enabled"] for text in (row.before, row.facts)) == wanted
    ]


def people_kept(methods: Sequence[int]) -> int:
    """The people of these methods."""
    return Enrolment.objects.filter(method__in=methods).count() if methods else 0


def people_shut(methods: Sequence[int]) -> int:
    """The people of these methods who enter the course by no other one. Within ``as_if_done``."""
    if not methods:
        return 0
    others = Enrolment.objects.filter(
        method__course=OuterRef("method__course"), person=OuterRef("person"), method__enabled=True, suspended_by=""
    )
    return Enrolment.objects.filter(~Exists(others), method__in=methods).count()


def people_moved(rows: Sequence[SetupRow]) -> int:
    """Those whose method gives another group than before."""
    moved = [
        row.member
        for row in rows
        if row.relation == METHODS
        and row.before
        and row.facts
        and split_facts(row.before, FACTS)["group"] != split_facts(row.facts, FACTS)["group"]
    ]
    return Enrolment.objects.filter(method__in=moved).count() if moved else 0


def lines_of(target: Target, listed: Sequence[Row], rows: Sequence[SetupRow]) -> list[Line]:
    """The people listed, in a constant number of queries. Within ``as_if_done``: new methods are there."""
    people = Person.objects.in_bulk([row.member for row in listed])
    related = ("group", "source_cohort", "source_course")
    methods = Method.objects.select_related(*related).in_bulk([row.method for row in listed])
    courses = {course.pk: course for course in target.courses}
    return [Line(people[row.member], courses[row.course], say_row(target, row, methods[row.method])) for row in listed]


def say_row(target: Target, row: Row, method: Method) -> list[str]:
    """« Rôle Étudiant », « Groupe TD 1 »; of several methods also by which."""
    source = method.source_cohort or method.source_course
    which = [str(source)] if source and len({*target.ids}) > len(target.courses) else []
    if target.verb == Verb.DISABLE:
        return which
    said = say_facts(row.before, row.after) if row.after else [_("No longer enrolled by this method")]
    if row.after and not row.before and method.group:
        said.append(_("Group %(group)s") % {"group": method.group.name})
    return [*said, *which]


def notes_on(setup: Setup, target: Target) -> list[str]:
    """What else is to be known before one confirms."""
    notes = []
    register, is_complete = register_for(NO_RUN, setup.courses)
    is_synced = any(kind.kind == setup.kind for kind in SYNCED_KINDS)
    closed = [course for course in setup.courses if course.academic_year not in ("", *register.years)]
    if is_synced and closed and setup.verb in (Verb.ADD, Verb.ENABLE, Verb.UNITS):
        notes.append(
            _("The registers do not speak of the year of %(course)s: nobody comes or goes there by a synchronisation.")
            % {"course": ", ".join(course.code for course in closed[:3])}
        )
    if setup.verb == Verb.UNITS and not is_complete:
        notes.append(
            _("The last extract is incomplete: it adds people, it takes none away. The next complete night does.")
        )
    fed = Method.objects.filter(source_course__in=target.course_ids).count()
    if fed and setup.verb not in (Verb.ORDER, Verb.CHANGE):
        notes.append(_("Courses that take their people from here by a meta-course link follow with the next night."))
    return notes
