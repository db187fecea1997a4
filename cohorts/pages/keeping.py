"""Cohorts kept by hand: created, renamed, deleted; each by a run that can be taken back."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cohorts.forms import CohortForm
from cohorts.hand.chain import CREATE, DELETE, RENAME
from cohorts.hand.confirming import CohortBusy, CohortMoved, carry_out
from cohorts.hand.deeds import say_deed, say_run
from cohorts.hand.proposal import Proposal
from cohorts.models import Cohort, Person
from cohorts.panels import panels_of, uses_of
from cohorts.queries import cohorts_for
from cohorts.rules import can_keep_cohorts
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.wording import say_message
from enrolhub.web.refusals import needs

NOBODY = Person.objects.none()


def cohort_to_keep_or_404(request: HttpRequest, code: str) -> Cohort:
    """A cohort kept by hand; one that a register keeps changes in the register only."""
    cohort = get_object_or_404(cohorts_for(request.user), code=code)
    if cohort.keeper != Cohort.Keeper.HAND:
        raise Http404
    return cohort


def account_of(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_keep_cohorts)
def create_cohort(request: HttpRequest) -> HttpResponse:
    """The form of a new cohort; once created, the page on which it is filled."""
    form = CohortForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cohort = Cohort(code=form.code_to_give, keeper=Cohort.Keeper.HAND)
        proposal = Proposal(CREATE, cohort, NOBODY, form.cleaned_data["name"])
        run = try_at_once(request, proposal, form)
        if run:
            tell(request, run)
            return redirect("cohorts:fill", cohort.code)
    return render(request, "cohorts/form.html", {"form": form, "cohort": None})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_keep_cohorts)
def rename_cohort(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a cohort's name; once renamed, its page."""
    cohort = cohort_to_keep_or_404(request, code)
    form = CohortForm(request.POST or None, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        proposal = Proposal(RENAME, cohort, NOBODY, form.cleaned_data["name"])
        if not proposal.changes_cohort:
            return redirect("cohorts:cohort", code)
        run = try_at_once(request, proposal, form)
        if run:
            tell(request, run)
            return redirect("cohorts:cohort", code)
    return render(request, "cohorts/form.html", {"form": form, "cohort": cohort})


def try_at_once(request: HttpRequest, proposal: Proposal, form: CohortForm) -> Run | None:
    """Do what the form says, which shows all there is to see; what stands in the way is an error of the form."""
    try:
        return carry_out(proposal, account_of(request), proposal.digest)
    except RunRefused as refused:
        form.add_error(None, say_message(refused.code, refused.params))
    except (CohortBusy, CohortMoved):
        form.add_error(None, why_not_now())
    return None


def why_not_now() -> str:
    return _("Another change to this cohort is under way. Nothing was done: confirm again in a moment.")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_keep_cohorts)
def delete_cohort(request: HttpRequest, code: str) -> HttpResponse:
    """What will go and who leaves, or which courses keep the cohort from going; once confirmed, the run."""
    cohort = cohort_to_keep_or_404(request, code)
    proposal = Proposal(DELETE, cohort, Person.objects.filter(cohort_memberships__cohort=cohort), cohort.name)
    said = ""
    if request.method == "POST":
        try:
            tell(request, carry_out(proposal, account_of(request), request.POST.get("digest", "")))
            return redirect("cohorts:list")
        except RunRefused as refused:
            said = say_message(refused.code, refused.params)
        except CohortMoved:
            said = _("The cohort has changed since the preview. Nothing was done: this is what would happen now.")
        except CohortBusy:
            said = why_not_now()
        proposal = Proposal(DELETE, cohort, proposal.people.all(), cohort.name)
    context: dict[str, Any] = {
        "cohort": cohort,
        "proposal": proposal,
        "said": said,
        "uses": uses_of(cohort),
        "panels": panels_of(cohort, request.user),
    }
    return render(request, "cohorts/delete.html", context, status=409 if said else 200)


def tell(request: HttpRequest, run: Run) -> None:
    """A toast: what was done and the way to take it back, or what is being done."""
    if run.is_live:
        words = say_deed(run.options["verb"], run.options)
        url = reverse("sync:run", args=[run.pk])
        messages.info(request, format_html('{} <a href="{}">{}</a>', words, url, _("Follow the progress")))
        return
    ways = [(reverse("sync:undo", args=[run.pk]), _("Undo")), (reverse("sync:run", args=[run.pk]), _("Report"))]
    links = [format_html('<a href="{}">{}</a>', *way) for way in ways]
    messages.success(request, format_html("{} · {} · {}", say_run(run), *links))
