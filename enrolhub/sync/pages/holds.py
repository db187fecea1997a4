"""Deciding on held departures: what waits, run by run, and the form that approves, rejects or lets wait."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe

from enrolhub.access.again import prove_first
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import (
    Decider,
    departures_in,
    holds_seen,
    let_wait,
    reject_holds,
    request_approval,
    waiting_holds,
)
from enrolhub.sync.held import HeldDepartures, digest_of_waiting
from enrolhub.sync.models import Hold, Run
from enrolhub.sync.pages.runs import asks_somebody_else, run_or_404
from enrolhub.sync.queries import runs_holding
from enrolhub.sync.rules import can_decide_holds, can_view_runs
from enrolhub.sync.start import start_run
from enrolhub.sync.wording import fill, run_name, say_message
from enrolhub.web.refusals import needs

#: Decisions for which one shows again who one is; letting wait changes nothing.
DEEDS = {"approve": gettext_noop("Approve held departures"), "reject": gettext_noop("Reject held departures")}
#: Characters of a comment that are kept.
COMMENT = 500
#: Runs whose holds the page shows; older ones are superseded long before.
SHOWN_RUNS = 10


@require_safe
@needs(can_view_runs)
def list_holds(request: HttpRequest) -> HttpResponse:
    """Everything that waits for a decision, the newest run first."""
    runs = [held.run for held in runs_holding()[:SHOWN_RUNS]]
    parts = [
        {
            "run": run,
            "name": run_name(run),
            "holds": HeldDepartures(run),
            "second_person": asks_somebody_else(request, run),
        }
        for run in runs
    ]
    return render(request, "sync/holds.html", {"parts": parts, "may_decide": can_decide_holds(request.user)})


@require_POST
@needs(can_decide_holds)
def decide(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approve, reject or let wait what is ticked, bound to what was seen of it."""
    run = run_or_404(run_id)
    deed = DEEDS.get(request.POST.get("verdict", ""))
    comment = " ".join(request.POST.get("comment", "").split())[:COMMENT]
    if deed and (ask := prove_first(request, deed, f"{run_name(run)} : {comment}")):
        return ask
    assert not request.user.is_anonymous
    decider = Decider(request.user, comment)
    back = redirect(reverse("sync:holds") if "list" in request.POST else f"{reverse('sync:run', args=[run.pk])}#holds")
    try:
        holds = _chosen(request, run)
        if not decider.comment:
            raise RunRefused("decision_without_comment")
        return _decide(request, run, holds, decider) or back
    except RunRefused as refused:
        messages.error(request, say_message(refused.code, refused.params))
        return back


def _chosen(request: HttpRequest, run: Run) -> list[Hold]:
    """The holds that are ticked, or all of the run when that was asked for and nothing changed since. Raises RunRefused."""
    if "everything" in request.POST:
        if request.POST["everything"] != digest_of_waiting(run):
            raise RunRefused("hold_changed_all")
        return waiting_holds(run)
    pairs = (value.partition(":")[::2] for value in request.POST.getlist("hold"))
    return holds_seen(run, {int(number): digest for number, digest in pairs if _is_number(number)})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _decide(request: HttpRequest, run: Run, holds: Sequence[Hold], decider: Decider) -> HttpResponse | None:
    """Do it and say so; the answer when another page than the one one came from shows what happens."""
    number = departures_in(holds)
    match request.POST.get("verdict"):
        case "approve":
            return _approve(request, run, holds, decider)
        case "reject":
            reject_holds(run, holds, decider)
            words = ngettext(
                "Rejected: %(count)s departure. Nobody leaves.",
                "Rejected: %(count)s departures. Nobody leaves.",
                number,
            )
            messages.success(request, fill(words, {"count": number}))
        case "wait":
            let_wait(run, holds, decider)
            messages.success(request, _("Noted. Nothing is decided; the next night's extract replaces this plan."))
        case _:
            raise RunRefused("decision_unknown")
    return None


def _approve(request: HttpRequest, run: Run, holds: Sequence[Hold], decider: Decider) -> HttpResponse | None:
    approval = start_run(request_approval(run, holds, decider), departures_in(holds))
    if approval.is_live:
        messages.success(request, _("The departures are being applied. You may leave this page, the work goes on."))
        return redirect("sync:run", approval.pk)
    if approval.state != Run.State.APPLIED:
        raise RunRefused(approval.message, **approval.message_params)
    number = departures_in(approval.approved_holds.select_related("scope"))
    words = ngettext("Approved: %(count)s departure is applied.", "Approved: %(count)s departures are applied.", number)
    messages.success(request, fill(words, {"count": number}))
    moved = approval.findings.filter(code="hold_moved").first()
    if moved:
        codes = ", ".join(case["scope"] for case in moved.cases)
        messages.warning(request, say_message("hold_moved", {"codes": codes}))
    return None
