"""The toast after a change of methods, and the report of the run, which shows its progress while a worker is at it."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rules import test_rule

from cohorts.models import Person
from courses.hand.preview import PersonLine
from courses.hand.wording import Wording
from courses.models import Course, Method
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.queries import groups_seen_by
from courses.setup.chain import KIND
from courses.setup.deeds import say_asked, say_run
from courses.setup.facts import FACTS
from courses.setup.relations import RELATIONS
from courses.setup.rows import METHODS
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change, Run
from enrolhub.sync.report import Report
from enrolhub.sync.states import author_words
from enrolhub.web.list_page import page_of, page_size

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
    """What the run did to each person; asked for by htmx, the part of the page that follows its progress."""
    course = course_or_404(request, code)
    run = run_or_404(request, course, run_id)
    people = Person.objects.filter(pk__in=changes_of(run).order_by().values("member"))
    if groups_seen_by(account_of(request), course) is not None:
        people = people.none()  # in separate groups, most see only some people of the course
    ordered = people.order_by("last_name_key", "first_name_key", "username")
    page = page_of(Paginator(ordered, page_size(request.GET.get("per_page"))), request.GET.get("page"))
    context: dict[str, Any] = {
        "frame_of_course": frame_of(course, "methods"),
        "run": run,
        "title": say_run(run) if run.state == Run.State.APPLIED else say_asked(run),
        "author": author_words(run),
        "report": Report(run),
        "page": page,
        "lines": lines_of(course, run, list(page.object_list)),
        "may_undo": run.state == Run.State.APPLIED and test_rule("sync.undo", request.user, run),
    }
    is_progress = bool(request.headers.get("HX-Request"))
    return render(request, "courses/_method_report.html" if is_progress else "courses/method_report.html", context)


def run_or_404(request: HttpRequest, course: Course, run_id: int) -> Run:
    """The run of that course, for those who may change its methods; in separate groups, only one's own."""
    run = get_object_or_404(Run.objects.select_related("author"), pk=run_id, kind=KIND, options__course=course.code)
    account = account_of(request)
    is_hidden = run.author_id != account.pk and groups_seen_by(account, course) is not None
    if is_hidden or not account.has_perm("courses.edit_methods", course):
        raise Http404
    return run


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
