"""The steps of every change of methods: what it would do, then exactly that, or why nothing was done."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Course, Method
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.pages.method_told import tell_setup
from courses.pages.red_list import hide_names
from courses.setup.asking import Setup
from courses.setup.confirming import SetupBusy, SetupMoved, carry_out, done_already
from courses.setup.deeds import DEEDS
from courses.setup.preview import SetupPreview, preview_setup
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.wording import fill, say_message
from enrolhub.web.refusals import Refused

PREVIEW, CONFIRM = "preview", "confirm"
EDIT = "courses.edit_methods"


@dataclass
class Step:
    """A page that asks for one change: its template, what that template takes, and where one comes from."""

    request: HttpRequest
    template: str
    back_url: str
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def is_confirmed(self) -> bool:
        return self.request.POST.get("step") == CONFIRM

    @property
    def is_sent(self) -> bool:
        """Whether the form asks for a preview, of another part of it too, or for its confirmation."""
        posted = self.request.POST
        return posted.get("step") in (PREVIEW, CONFIRM) or "tab" in posted or "page" in posted

    def show(self, preview: SetupPreview | None = None, said: str = "", status: int = 200) -> HttpResponse:
        told = {"preview": preview, "said": said, "back_url": self.back_url, "button": words_of_button(preview)}
        return render(self.request, self.template, self.context | told, status=status)

    def proceed(self, setup: Setup) -> HttpResponse:
        """Show what the change would do; once that is confirmed, do it."""
        try:
            if self.is_confirmed:
                return self.carry_out(setup)
            return self.show(self.preview(setup))
        except RunRefused as refused:
            return self.show(said=say_message(refused.code, refused.params), status=409)

    def preview(self, setup: Setup) -> SetupPreview:
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        page = asked.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1
        preview = preview_setup(setup, asked.get("tab", ""), number)
        hide_names(self.request.user, [line.person for line in preview.lines])
        return preview

    def carry_out(self, setup: Setup) -> HttpResponse:
        try:
            return self.done(carry_out(setup, self.request.POST.get("digest", "")))
        except SetupMoved:
            said = _("The course has changed since the preview. Nothing was done: this is what would happen now.")
        except SetupBusy:
            said = _("Another change to this course is under way. Nothing was done: confirm again in a moment.")
        return self.show(self.preview(setup), said, status=409)

    def carry_out_unseen(self, setup: Setup) -> HttpResponse:
        """Do at once what touches nobody."""
        try:
            return self.done(carry_out(setup, preview_setup(setup).digest))
        except (SetupMoved, SetupBusy):
            said = _("Another change to this course is under way. Nothing was done: try again in a moment.")
            messages.error(self.request, said)
            return HttpResponseRedirect(self.back_url)

    def done(self, run: Run) -> HttpResponse:
        tell_setup(self.request, run)
        return HttpResponseRedirect(self.back_url)

    def repeated(self, account: User) -> HttpResponse | None:
        """The answer to a form sent twice, whose second sending finds that what it asks for is there: by its first."""
        if not self.is_confirmed:
            return None
        run = done_already(account, self.request.POST.get("digest", ""))
        return self.done(run) if run else None


def words_of_button(preview: SetupPreview | None) -> str:
    """« Ajouter méthode : 412 arrivées »."""
    if preview is None:
        return ""
    said = str(DEEDS[preview.setup.verb].button)
    counts = {count.name: count.rows for count in preview.counts}
    arrivals = counts.get("arrive", 0) + counts.get("here", 0)
    departures = counts.get("leave", 0) + counts.get("stay", 0)
    parts = []
    if arrivals:
        parts.append(fill(ngettext("%(count)s arrival", "%(count)s arrivals", arrivals), {"count": arrivals}))
    if departures:
        parts.append(fill(ngettext("%(count)s departure", "%(count)s departures", departures), {"count": departures}))
    return _("%(button)s: %(what)s") % {"button": said, "what": ", ".join(parts)} if parts else said


def course_of_methods(request: HttpRequest, code: str) -> Course:
    """The course of that code if this account may change its methods; otherwise there is no such page."""
    course = course_or_404(request, code)
    if not account_of(request).has_perm(EDIT, course):
        raise Refused
    return course


def method_or_404(course: Course, method_id: int) -> Method:
    """A method of the course."""
    methods = Method.objects.select_related("role", "group", "source_cohort", "source_course", "admits_cohort")
    method = methods.filter(course=course, pk=method_id).first()
    if method is None:
        raise Http404
    method.course = course
    return method


def methods_address(course: Course) -> str:
    return reverse("courses:methods", args=[course.code])


def step_of(request: HttpRequest, course: Course, template: str, **context: Any) -> Step:
    """A step on a page of the course."""
    return Step(request, template, methods_address(course), {"frame_of_course": frame_of(course, "methods"), **context})
