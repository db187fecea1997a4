"""Filling and emptying a cohort kept by hand: who joins or leaves is shown, then done exactly so, and can be taken back."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cohorts.forms import Misread, PeopleForm, is_id, read_ids
from cohorts.hand.chain import ADD, REMOVE
from cohorts.hand.confirming import CohortBusy, CohortMoved, carry_out
from cohorts.hand.proposal import LISTED, Proposal
from cohorts.models import Cohort, Person
from cohorts.pages.keeping import account_of, cohort_to_keep_or_404, tell, why_not_now
from cohorts.pages.searching import people_found
from cohorts.panels import panels_of
from cohorts.rules import can_keep_cohorts
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.wording import say_message
from enrolhub.web.navigation import place_url
from enrolhub.web.refusals import needs

PREVIEW, CONFIRM = "preview", "confirm"
PEOPLE, EVERYONE = "people", "everyone"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_keep_cohorts)
def fill_cohort(request: HttpRequest, code: str) -> HttpResponse:
    """Ask whom (``step=search`` looks for people without a script), show what will happen, do exactly that."""
    cohort, step = cohort_to_keep_or_404(request, code), request.POST.get("step", "")
    if step == CONFIRM:
        return confirm(request, Proposal(ADD, cohort, people_sent(request), cohort.name))
    form = PeopleForm(request.POST or None, is_sent=step == PREVIEW)
    if step == PREVIEW and form.is_valid():
        proposal = Proposal(ADD, cohort, Person.objects.filter(pk__in=form.people), cohort.name)
        return show(request, proposal, misread=form.misread)
    q = request.POST.get("q", "")
    found = people_found(cohort, q, [person.pk for person in form.chosen])
    context = {"cohort": cohort, "form": form, "q": q, "found_people": found}
    return render(request, "cohorts/fill.html", context | {"imports_url": place_url("imports", request.user)})


@require_safe
@needs(can_keep_cohorts)
def find_people(request: HttpRequest, code: str) -> HttpResponse:
    """The people found by ``q``, as a part of the page of filling."""
    found = people_found(cohort_to_keep_or_404(request, code), request.GET.get("q", ""))
    return render(request, "cohorts/found_people.html", {"found_people": found, "alone": True})


@require_POST
@needs(can_keep_cohorts)
def empty_cohort(request: HttpRequest, code: str) -> HttpResponse:
    """Take the people ticked out of the cohort, or everyone: shown first, done when that is confirmed."""
    cohort = cohort_to_keep_or_404(request, code)
    if request.POST.get(EVERYONE):
        people: QuerySet[Person] = Person.objects.filter(cohort_memberships__cohort=cohort)
    elif request.POST.get("step") == CONFIRM:
        people = people_sent(request)
    else:
        people = Person.objects.filter(pk__in=read_ids(request.POST)[0])
    proposal = Proposal(REMOVE, cohort, people, cohort.name)
    return confirm(request, proposal) if request.POST.get("step") == CONFIRM else show(request, proposal)


def people_sent(request: HttpRequest) -> QuerySet[Person]:
    """The people that a preview carried to its confirmation; what is no id is nobody."""
    ids = [int(each) for each in request.POST.get(PEOPLE, "").split(",") if is_id(each)]
    return Person.objects.filter(pk__in=ids)


def confirm(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Do what was previewed, or show what would happen now and why nothing was done."""
    try:
        tell(request, carry_out(proposal, account_of(request), request.POST.get("digest", "")))
    except (CohortMoved, CohortBusy, RunRefused) as hindrance:
        proposal = Proposal(proposal.verb, proposal.cohort, proposal.people.all(), proposal.name)
        return show(request, proposal, said=why_not(hindrance))
    return redirect("cohorts:cohort", proposal.cohort.code)


def why_not(hindrance: Exception) -> str:
    if isinstance(hindrance, RunRefused):
        return say_message(hindrance.code, hindrance.params)
    if isinstance(hindrance, CohortBusy):
        return why_not_now()
    return _("The cohort has changed since the preview. Nothing was done: this is what would happen now.")


def show(request: HttpRequest, proposal: Proposal, *, misread: Sequence[Misread] = (), said: str = "") -> HttpResponse:
    """What will happen, with the way to confirm it."""
    cohort: Cohort = proposal.cohort
    everyone = proposal.verb == REMOVE and bool(request.POST.get(EVERYONE))
    ids = () if everyone else proposal.people.order_by("pk").values_list("pk", flat=True)
    context: dict[str, Any] = {
        "cohort": cohort,
        "proposal": proposal,
        "adds": proposal.verb == ADD,
        "everyone": everyone,
        "people": ",".join(map(str, ids)),
        "misread": misread[:LISTED],
        "misread_count": len(misread),
        "misread_others": max(len(misread) - LISTED, 0),
        "said": said,
        "panels": panels_of(cohort, request.user),
    }
    return render(request, "cohorts/preview.html", context, status=409 if said else 200)
