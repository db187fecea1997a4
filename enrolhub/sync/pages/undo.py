"""Taking a run back: what that would do, then doing it. Whoever may not gets a 404."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods

from enrolhub.access.again import prove_first
from enrolhub.access.trail import record_event
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.pages.runs import run_or_404
from enrolhub.sync.rules import can_undo, can_view_run, can_view_runs, is_own_run, part_undoable_by
from enrolhub.sync.start import start_run
from enrolhub.sync.undo import refuse_undo, request_undo
from enrolhub.sync.undo_preview import UndoPreview, undo_lines
from enrolhub.sync.undone import Codes
from enrolhub.sync.wording import fill, run_name, say_message
from enrolhub.web.refusals import Refused

#: Changes of one's own that are taken back without a question; above it a worker does them.
FEW = 200


@require_http_methods(["GET", "HEAD", "POST"])
def show_undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """The preview of an undo; confirming it applies exactly that, or shows it again when something moved meanwhile."""
    run = run_or_404(run_id)
    preview = _preview(request, run)
    refusal = _refusal(preview)
    if request.method != "POST" or refusal:
        return _show(request, preview, refusal)
    if request.POST.get("digest") != preview.digest:
        words = _("Something changed between the preview and your confirmation. This is what would happen now.")
        return _show(request, preview, moved=words)
    if weighs(request, preview) and (ask := prove_first(request, gettext_noop("Take a run back"), run_name(run))):
        return ask
    return _undo(request, preview)


def _preview(request: HttpRequest, run: Run) -> UndoPreview:
    """What is asked for; of a run of which one may take back a part, at most that part. Raises Refused."""
    if can_undo(request.user, run):
        return UndoPreview(run, _codes(request))
    part = part_undoable_by(request.user, run)
    codes = _codes(request) or sorted(part)
    if not part or not set(codes) <= set(part):
        raise Refused
    return UndoPreview(run, codes, Codes(frozenset(part)))


def weighs(request: HttpRequest, preview: UndoPreview) -> bool:
    """Whether one shows again who one is before this undo: not for a few changes that one has made oneself, as toasts offer it."""
    return preview.change_count > FEW or not is_own_run(request.user, preview.run)


def _codes(request: HttpRequest) -> list[str]:
    """The codes of the address or of the form: chosen one by one, or typed with blanks or commas between them."""
    given = request.POST if request.method == "POST" else request.GET
    return [code for text in given.getlist("scope") for code in text.replace(",", " ").replace(";", " ").split()]


def _refusal(preview: UndoPreview) -> str:
    """Why the run, or these codes of it, cannot be taken back; empty when they can."""
    try:
        refuse_undo(preview.run, preview.codes)
    except RunRefused as refused:
        return say_message(refused.code, refused.params)
    return ""


def _show(request: HttpRequest, preview: UndoPreview, refusal: str = "", moved: str = "") -> HttpResponse:
    run = preview.run
    context = {
        "run": run,
        "name": run_name(run),
        "preview": preview,
        "refusal": refusal,
        "moved": moved,
        "sees_all": can_view_runs(request.user),
        "back_url": _way_back(request, preview),
    }
    if not refusal:
        page = preview.page(request.GET.get("page", 1))
        context |= {"page": page, "lines": undo_lines(page.object_list), "conflicts": preview.conflicts()}
    return render(request, "sync/undo.html", context)


def _way_back(request: HttpRequest, preview: UndoPreview) -> str:
    """The run's own page, or for those who may not see it the page of the first course that they may take back."""
    if can_view_run(request.user, preview.run):
        return reverse("sync:run", args=[preview.run.pk])
    return next(iter(part_undoable_by(request.user, preview.run).values()), "/")


def _undo(request: HttpRequest, preview: UndoPreview) -> HttpResponse:
    run = preview.run
    assert not request.user.is_anonymous
    try:
        undo = request_undo(run, request.user, codes=preview.codes)
    except RunRefused as refused:
        return _show(request, preview, say_message(refused.code, refused.params))
    record_event(
        request.user.get_username(),
        "undo",
        f"run:{run.pk}",
        count=preview.change_count,
        scopes=preview.codes,
        run=undo.pk,
    )
    ended = start_run(undo, preview.change_count)
    messages.success(request, _done_words(ended))
    return redirect("sync:run", ended.pk)


def _done_words(undo: Run) -> str:
    if undo.is_live:
        return _("The undo has begun. You may leave this page, the work goes on.")
    count = undo.arrivals + undo.departures + undo.alterations
    words = ngettext(
        "Taken back: %(count)s enrolment is as before.", "Taken back: %(count)s enrolments are as before.", count
    )
    return fill(words, {"count": count})
