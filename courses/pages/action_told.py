"""The report of a run by hand, person by person, and the toast that leads to it."""

from collections import defaultdict
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cohorts.models import LeftOut, Person
from courses.hand.chain import KIND
from courses.hand.deeds import DEEDS, say_run
from courses.hand.preview import PersonLine
from courses.hand.wording import Wording, say_left
from courses.models import Course, Method
from courses.pages.run_told import Told, run_of_course_or_404, show_told
from enrolhub.sync.models import Change, Run

CHANGED, LEFT = "changed", "left"


def report_address(run: Run) -> str:
    """The page that says whom a run by hand changed, whom not and why."""
    return reverse("courses:action_run", args=[run.options["course"], run.pk])


def tell_run(request: HttpRequest, run: Run) -> None:
    """A toast: what was done, with the ways to take it back and to read who was left out; or what is being done."""
    if run.is_live:
        words = DEEDS[run.options["verb"]].say_asked(run.options["people"])
        messages.info(
            request, format_html('{} <a href="{}">{}</a>', words, report_address(run), _("Follow the progress"))
        )
        return
    ways = [(reverse("sync:undo", args=[run.pk]), _("Undo")), (report_address(run), _("Person by person"))]
    links = [format_html('<a href="{}">{}</a>', *way) for way in ways]
    messages.success(request, format_html("{} · {} · {}", say_run(run), *links))


@require_safe
def show_action(request: HttpRequest, code: str, run_id: int) -> HttpResponse:
    """Whom a run by hand changed and whom it left out, with the reasons; while it is under way, how far it is."""
    course, run = run_of_course_or_404(request, code, run_id, KIND, "courses.edit_participants")
    narrowing = request.GET.get("show", "")
    told = Told(
        tab="participants",
        title=title_of(run),
        people=people_of(run, narrowing),
        lines_of=partial(lines_of, course, run),
        report_id="action-report",
        back_words=_("Back to the participants"),
        nobody_text=_("No one is in this part of the list."),
        choices=choices_of(run, narrowing),
    )
    return show_told(request, course, run, told)


def title_of(run: Run) -> str:
    """What the run did, or while it is not done what it is asked to do."""
    if run.state == Run.State.APPLIED:
        return say_run(run)
    return DEEDS[run.options["verb"]].say_asked(run.options["people"])


def changed_by(run: Run) -> Q:
    """The people of whom a row changed."""
    changes = Change.objects.filter(scope__phase__run=run).order_by()
    return Q(pk__in=changes.values("member"))


def left_by(run: Run) -> Q:
    """The people for whom nothing was done."""
    return Q(pk__in=LeftOut.objects.filter(run=run).values("person")) & ~changed_by(run)


def people_of(run: Run, narrowing: str) -> QuerySet[Person]:
    wanted = {CHANGED: changed_by(run), LEFT: left_by(run)}.get(narrowing, changed_by(run) | left_by(run))
    return Person.objects.filter(wanted)


def choices_of(run: Run, narrowing: str) -> list[dict[str, Any]]:
    """The counts above the list, each a way to narrow it."""
    changed = Person.objects.filter(changed_by(run)).count()
    left = Person.objects.filter(left_by(run)).count()
    counts = [("", _("All"), changed + left), (CHANGED, _("Changed"), changed), (LEFT, _("Left as they are"), left)]
    return [
        {"label": label, "count": count, "url": f"?show={name}" if name else "?", "current": name == narrowing}
        for name, label, count in counts
    ]


def lines_of(course: Course, run: Run, people: list[Person]) -> list[PersonLine]:
    """What was done to each of these people in words, and what was left as it is."""
    ids = [person.pk for person in people]
    words = Wording(course, {method.pk: method for method in Method.objects.filter(course=course)})
    rows: dict[int, list[tuple[str, int, str, str, str]]] = defaultdict(list)
    changes = Change.objects.filter(scope__phase__run=run, member__in=ids).select_related("scope__phase")
    for change in changes.order_by("scope__phase__position", "pk"):
        scope = change.scope
        rows[change.member].append((scope.phase.relation, scope.ref, change.item, change.before, change.after))
    done = {member: words.say_all(told) for member, told in rows.items()}
    left = dict(LeftOut.objects.filter(run=run, person__in=ids).values_list("person_id", "reason"))
    return [
        PersonLine(
            person,
            person.pk in done,
            done.get(person.pk, []),
            say_left(left.get(person.pk, ""), touched=person.pk in done),
        )
        for person in people
    ]
