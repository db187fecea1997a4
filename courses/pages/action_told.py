"""The report of a run by hand, person by person, and the toast that leads to it."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rules import test_rule

from cohorts.models import LeftOut, Person
from courses.hand.chain import KIND
from courses.hand.deeds import DEEDS, say_run
from courses.hand.preview import PersonLine
from courses.hand.wording import Wording, say_left
from courses.models import Course, Method
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.queries import groups_seen_by
from enrolhub.sync.models import Change, Run
from enrolhub.sync.report import Report
from enrolhub.sync.states import author_words
from enrolhub.web.list_page import page_of, page_size

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
    course = course_or_404(request, code)
    run = run_or_404(request, course, run_id)
    narrowing = request.GET.get("show", "")
    people = people_of(run, narrowing)
    page = page_of(Paginator(people, page_size(request.GET.get("per_page"))), request.GET.get("page"))
    context: dict[str, Any] = {
        "frame_of_course": frame_of(course, "participants"),
        "run": run,
        "title": title_of(run),
        "author": author_words(run),
        "report": Report(run),
        "page": page,
        "lines": lines_of(course, run, list(page.object_list)),
        "choices": choices_of(run, narrowing),
        "may_undo": run.state == Run.State.APPLIED and test_rule("sync.undo", request.user, run),
    }
    is_progress = bool(request.headers.get("HX-Request"))
    return render(request, "courses/_action_report.html" if is_progress else "courses/action_report.html", context)


def run_or_404(request: HttpRequest, course: Course, run_id: int) -> Run:
    """The run by hand of that course, for those who may change its participants; in separate groups, only one's own."""
    run = get_object_or_404(Run.objects.select_related("author"), pk=run_id, kind=KIND, options__course=course.code)
    account = account_of(request)
    is_hidden = run.author_id != account.pk and groups_seen_by(account, course) is not None
    if is_hidden or not account.has_perm("courses.edit_participants", course):
        raise Http404
    return run


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
