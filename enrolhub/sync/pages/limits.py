"""The limits in force: what each setting says, what was raised, until when, by whom and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from enrolhub.access.again import prove_first
from enrolhub.access.rules import is_operator
from enrolhub.sync.forms import RaiseForm, range_of
from enrolhub.sync.limits import RAISABLE, active_raises, end_raise, raise_limit
from enrolhub.sync.models import LimitRaise
from enrolhub.sync.rules import can_view_runs
from enrolhub.sync.wording import say_limit
from enrolhub.web.refusals import Refused, needs

#: Raises that have ended and are still told.
TOLD = 10


@dataclass(frozen=True)
class LimitLine:
    """One limit: its setting, how far it goes, and the raise in force, if any."""

    limit: str
    words: str
    setting: int
    highest: int
    raised: LimitRaise | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_view_runs)
def show_limits(request: HttpRequest) -> HttpResponse:
    may_raise = is_operator(request.user)
    if request.method == "POST" and not may_raise:
        raise Refused
    form = RaiseForm(request.POST or None) if may_raise else None
    if form and form.is_valid():
        told = form.cleaned_data
        about = f"{say_limit(told['limit'])} : {told['value']}"
        ask = prove_first(request, gettext_noop("Raise a limit of the guards"), about)
        if ask:
            return ask
        assert not request.user.is_anonymous
        raise_limit(account=request.user, **form.cleaned_data)
        messages.success(request, _("The limit is raised. The setting is in force again by itself."))
        return redirect("sync:limits")
    past = LimitRaise.objects.select_related("author").exclude(pk__in=active_raises().order_by().values("pk"))
    context = {"lines": list(_lines()), "form": form, "past": [(each, say_limit(each.limit)) for each in past[:TOLD]]}
    return render(request, "sync/limits.html", context)


def _lines() -> Iterator[LimitLine]:
    raised = {each.limit: each for each in active_raises().select_related("author").order_by("value")}
    for limit in RAISABLE:
        setting, highest = range_of(limit)
        yield LimitLine(limit, say_limit(limit), setting, highest, raised.get(limit))


@require_POST
@needs(is_operator)
def give_back(request: HttpRequest, raise_id: int) -> HttpResponse:
    """End a raise before its time."""
    assert not request.user.is_anonymous
    end_raise(get_object_or_404(LimitRaise, pk=raise_id), request.user)
    messages.success(request, _("The setting is in force again."))
    return redirect("sync:limits")
