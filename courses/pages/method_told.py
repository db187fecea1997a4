"""The toast after a change of methods, and the report of the run, which shows its progress while a worker is at it."""

from collections import defaultdict
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cohorts.models import Person
from courses.hand.preview import PersonLine
from courses.hand.wording import Wording
from courses.models import Course, Method
from courses.pages.list_preferences import account_of
from courses.pages.run_told import Told, run_of_course_or_404, show_told
from courses.queries import groups_seen_by
from courses.setup.chain import KIND
from courses.setup.deeds import say_asked, say_run
from courses.setup.facts import FACTS
from courses.setup.relations import RELATIONS
from courses.setup.rows import METHODS
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change, Run

SETUPS = [relation.name for relation in RELATIONS]


def report_address(run: Run) -> str:
    """The page that says what a run did: of one course its own, of several that of every run."""
    if run.options["course"]:
        return reverse("courses:method_run", args=[run.options["course"], run.pk])
    return reverse("sync:run", args=[run.pk])


def tell_setup(request: HttpRequest, run: Run) -> None:
    """A toast: what was done, with the way to take it back; or what is being done, with the way to its progress."""
    if run.is_live:
        link = format_html('<a href="{}">{}</a>', report_address(run), _("Follow the progress"))
        messages.info(request, format_html("{} {}", say_asked(run), link))
        return
    ways = [(reverse("sync:undo", args=[run.pk]), _("Undo"))]
    if run.arrivals or run.departures or run.alterations:
        ways.append((report_address(run), _("Person by person")))
    links = format_html(" · ".join("{}" for _way in ways), *(format_html('<a href="{}">{}</a>', *way) for way in ways))
    messages.success(request, format_html("{} · {}", say_run(run), links))


@require_safe
def show_method_run(request: HttpRequest, code: str, run_id: int) -> HttpResponse:
    """What the run did to each person."""
    course, run = run_of_course_or_404(request, code, run_id, KIND, "courses.edit_methods")
    people = Person.objects.filter(pk__in=changes_of(run).order_by().values("member"))
    if groups_seen_by(account_of(request), course) is not None:
        people = people.none()  # in separate groups, most see only some people of the course
    told = Told(
        tab="methods",
        title=say_run(run) if run.state == Run.State.APPLIED else say_asked(run),
        people=people,
        lines_of=partial(lines_of, course, run),
        report_id="method-report",
        back_words=_("Back to the methods"),
        nobody_text=_("The run changed nobody."),
        hides="reasons",
    )
    return show_told(request, course, run, told)


def changes_of(run: Run) -> Any:
    """The changes that are about people."""
    return Change.objects.filter(scope__phase__run=run).exclude(scope__phase__relation__in=SETUPS)


def lines_of(course: Course, run: Run, people: list[Person]) -> list[PersonLine]:
    """What was done to each of these people in words."""
    words = Wording(course, methods_told(course, run))
    done: dict[int, list[str]] = defaultdict(list)
    changes = changes_of(run).filter(member__in=[person.pk for person in people]).select_related("scope__phase")
    for change in changes.order_by("scope__phase__position", "pk"):
        scope = change.scope
        done[change.member].append(words.say(scope.phase.relation, scope.ref, change.item, change.before, change.after))
    return [PersonLine(person, True, list(dict.fromkeys(done[person.pk])), "") for person in people]


def methods_told(course: Course, run: Run) -> dict[int, Method]:
    """The methods of the course by id, those that the run has deleted as they were called."""
    rows = Change.objects.filter(scope__phase__run=run, scope__phase__relation=METHODS).order_by("id")
    known = {}
    for pk, before, after in rows.values_list("member", "before", "after"):
        facts = split_facts(before or after, FACTS)
        known[pk] = Method(kind=facts["kind"], name=facts["name"])
    return known | {method.pk: method for method in Method.objects.filter(course=course)}
