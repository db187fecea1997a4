"""« Inscrire des utilisateurs »: people or the members of a cohort, by hand, once; seen before it is done, and undoable."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.hand.confirming import done_already
from courses.hand.enrolling import EnrolmentRefused, EnrolOutcome, enrol_people, preview_enrolling
from courses.hand.preview import ActionPreview
from courses.models import Course
from courses.pages.action_told import tell_run
from courses.pages.enrol_form import COHORT, EnrolForm, Enrolling
from courses.pages.enrol_search import cohorts_found, course_to_edit, people_found
from courses.pages.frame import frame_of
from courses.pages.list_preferences import account_of
from courses.pages.new_group import remark_on
from courses.pages.red_list import hide_names
from courses.queries import people_findable_by
from enrolhub.access.models import User
from enrolhub.sync.models import Run

PREVIEW, CONFIRM = "preview", "confirm"
#: What a preview carries to the confirmation, and back to the form.
CARRIED = ("who", "person", "cohort", "role", "group", "new_group", "starts_at", "ends_at")


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, code: str) -> HttpResponse:
    """Ask whom and how (``step=search`` looks for people without a script), show what will happen, do exactly that.

    An address may fill the form in: ``?who=cohort&cohort=2026-L2INF&ends_at=2027-08-31``.
    """
    course, step = course_to_edit(request, code), request.POST.get("step", "")
    if step not in (PREVIEW, CONFIRM):
        return ask(request, course, EnrolForm(course, account_of(request), request.POST or request.GET, is_sent=False))
    form = EnrolForm(course, account_of(request), request.POST)
    if not form.is_valid():
        # Sent twice, a form that makes a new group finds the name taken: by its own first time.
        if step == CONFIRM and (run := done_already(course, account_of(request), request.POST.get("digest", ""))):
            return tell(request, course, run)
        return ask(request, course, form)
    try:
        if step == PREVIEW:
            return show(request, course, form, preview_of(course, account_of(request), form.enrolling))
        outcome = carry_out(course, account_of(request), form.enrolling, request.POST.get("digest", ""))
    except EnrolmentRefused as refused:
        form.add_error(None, str(refused))
        return ask(request, course, form)
    if outcome.run is None:
        return show(request, course, form, outcome.preview, said=why_not(outcome))
    return tell(request, course, outcome.run)


def preview_of(course: Course, author: User, asked: Enrolling) -> ActionPreview:
    """What would happen, now. Raises EnrolmentRefused."""
    return preview_enrolling(
        course,
        asked.people,
        role=asked.role,
        group=asked.group,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        author=author,
    )


def carry_out(course: Course, author: User, asked: Enrolling, digest: str) -> EnrolOutcome:
    """Do what the preview of this digest showed; a new group is made by the same run. Raises EnrolmentRefused."""
    return enrol_people(
        course,
        asked.people,
        role=asked.role,
        group=asked.group,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        author=author,
        digest=digest,
    )


def why_not(outcome: EnrolOutcome) -> str:
    """Why a confirmation did nothing."""
    if outcome.busy:
        return _("Another change by hand to this course is under way. Nothing was done: confirm again in a moment.")
    return _("The course has changed since the preview. Nothing was done: this is what would happen now.")


def ask(request: HttpRequest, course: Course, form: EnrolForm) -> HttpResponse:
    """The form, with what was searched for without a script."""
    q, cohort_q = request.POST.get("q", ""), request.POST.get("cohort_q", "")
    context = {
        "frame_of_course": frame_of(course, "participants"),
        "form": form,
        "q": q,
        "cohort_q": cohort_q,
        "found_people": people_found(
            course, people_findable_by(account_of(request)), q, [person.pk for person in form.chosen]
        ),
        "found_cohorts": cohorts_found(cohort_q, form.cohort),
        "chosen_cohort": form.cohort,
    }
    return render(request, "courses/enrol.html", context)


def show(request: HttpRequest, course: Course, form: EnrolForm, preview: ActionPreview, said: str = "") -> HttpResponse:
    """What will happen, with the way to confirm it, and back to the form."""
    hide_names(request.user, [line.person for line in preview.lines])
    context: dict[str, Any] = {
        "frame_of_course": frame_of(course, "participants"),
        "preview": preview,
        "said": said,
        "asked": form.enrolling,
        "cohort": form.cohort if form.cleaned_data["who"] == COHORT else None,
        "remark": remark_on(form.enrolling.group),
        "carried": [(name, value) for name in CARRIED for value in request.POST.getlist(name)],
    }
    return render(request, "courses/enrol_preview.html", context)


def tell(request: HttpRequest, course: Course, run: Run) -> HttpResponse:
    """Back to the list, with what was done or is being done, and the way to take it back."""
    tell_run(request, run)
    return HttpResponseRedirect(reverse("courses:participants", args=[course.code]))
