"""Actions on the people selected: what is asked for, what it would do to whom, and doing exactly that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses.hand.chosen import Chosen
from courses.hand.confirming import CourseBusy, CourseMoved, carry_out, done_already
from courses.hand.deeds import DEEDS, Deed
from courses.hand.preview import ActionPreview
from courses.models import Course
from courses.pages.action_form import ActionForm
from courses.pages.action_forms import ACTIONS
from courses.pages.action_told import tell_run
from courses.pages.enrol_search import course_to_edit
from courses.pages.exclusions import excluded_people
from courses.pages.frame import frame_of
from courses.pages.list_preferences import account_of
from courses.pages.participants import scope_for
from courses.participants.lists import is_among
from courses.participants.queries import Scope
from courses.participants.selection import QUERY, Selection, SelectionRefused, read_selection, selected_people

LIFT = "lift-exclusion"
PREVIEW, CONFIRM = "preview", "confirm"


@dataclass(frozen=True)
class Asked:
    """One action as a form sent it: on whom, with what; the page that shows it says all of this."""

    verb: str
    deed: Deed
    course: Course
    chosen: Chosen
    form: ActionForm
    kept: Sequence[tuple[str, str]]
    back_url: str

    def preview(self) -> ActionPreview:
        """What the action would do, now."""
        return ActionPreview(ACTIONS[self.verb].propose(self.form))


@require_POST
def take_action(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Ask what is needed, show what will happen, and once that is confirmed do it."""
    course = course_to_edit(request, code)
    if verb not in ACTIONS:
        raise Http404
    try:
        asked = read_asked(request, course, verb)
    except SelectionRefused as refused:
        return refuse(request, course, str(refused))
    step = request.POST.get("step", "")
    if asked.form.lacks:
        return refuse(request, course, asked.form.lacks)
    if not asked.form.is_valid() if asked.form.is_bound else not asked.form.is_ready:
        # Sent twice, a form that makes a new group finds the name taken: by its own first time.
        if step == CONFIRM and (run := done_already(course, account_of(request), request.POST.get("digest", ""))):
            tell_run(request, run)
            return HttpResponseRedirect(asked.back_url)
        return show(request, asked)
    if step == CONFIRM:
        return confirm(request, asked, request.POST.get("digest", ""))
    return show(request, asked, asked.preview())


def read_asked(request: HttpRequest, course: Course, verb: str) -> Asked:
    """What a form asks for. Raises SelectionRefused when it selects nobody."""
    scope, selection = scope_for(request, course), read_selection(request.POST)
    ids = selected_ids(scope, selection, verb)
    if not ids:
        raise SelectionRefused(_("None of the people selected is in the course any more."))
    chosen = Chosen(course, ids, account_of(request))
    is_sent = request.POST.get("step", "") in (PREVIEW, CONFIRM)
    form = ACTIONS[verb].form(chosen, request.POST if is_sent else None)
    if not is_sent:
        form.initial.update({name: request.POST[name] for name in form.fields if name in request.POST})
    query = request.POST.get(QUERY, "").removeprefix("?")
    kept = [*selection.fields(), *([] if selection.everyone else [(QUERY, query)])]
    return Asked(verb, DEEDS[verb], course, chosen, form, kept, list_address(course, query))


def selected_ids(scope: Scope, selection: Selection, verb: str) -> list[int]:
    """The people selected who are in the course; an exclusion can also be lifted for those who no longer are."""
    ids = list(selected_people(scope, selection).order_by().values_list("pk", flat=True))
    if verb == LIFT and not selection.everyone:
        excluded = excluded_people(scope).filter(is_among("pk", selection.ids)).values_list("pk", flat=True)
        ids = list(dict.fromkeys([*ids, *excluded]))
    return ids


def list_address(course: Course, query: str = "") -> str:
    """The list from which the people were selected."""
    address = reverse("courses:participants", args=[course.code])
    return f"{address}?{query}" if query else address


def confirm(request: HttpRequest, asked: Asked, digest: str) -> HttpResponse:
    """Do what was previewed, or show what would happen now and why nothing was done."""
    preview = asked.preview()
    try:
        run = carry_out(preview.proposal, asked.verb, digest)
    except CourseMoved:
        said = _("The course has changed since the preview. Nothing was done: this is what would happen now.")
        return show(request, asked, asked.preview(), said)
    except CourseBusy:
        said = _("Another change by hand to this course is under way. Nothing was done: confirm again in a moment.")
        return show(request, asked, preview, said)
    tell_run(request, run)
    return HttpResponseRedirect(asked.back_url)


def show(request: HttpRequest, asked: Asked, preview: ActionPreview | None = None, said: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "frame_of_course": frame_of(asked.course, "participants"),
        "asked": asked,
        "deed": asked.deed,
        "form": asked.form,
        "title": asked.deed.say_asked(len(asked.chosen.ids)),
        "preview": preview,
        "button": asked.deed.say_asked(preview.touched_count) if preview else "",
        "said": said,
    }
    return render(request, "courses/action.html", context)


def refuse(request: HttpRequest, course: Course, why: str) -> HttpResponse:
    """Nothing can be done: why, and the way back to the list."""
    query = request.POST.get(QUERY, "").removeprefix("?")
    context = {
        "frame_of_course": frame_of(course, "participants"),
        "why": why,
        "back_url": list_address(course, query),
    }
    return render(request, "courses/action_refused.html", context, status=400)
