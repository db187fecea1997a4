"""« Confirmez que c’est vous »: the password once more before what weighs, then the form that waited."""

from django.contrib.auth import BACKEND_SESSION_KEY, authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrolhub.access import sessions
from enrolhub.access.again import Waiting, let_go, waiting_in
from enrolhub.access.forms import ProofForm
from enrolhub.access.pages.door import FAULTS
from enrolhub.access.throttling import forgive_sign_in, show_wait, take_sign_in
from enrolhub.access.trail import record_event
from enrolhub.access.university import CAS_BACKEND


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Ask who it is; once that is shown, show the form that waits, to be sent by a click or left."""
    waiting = waiting_in(request.session)
    if waiting is None:
        return redirect("/")
    if "leave" in request.POST:
        let_go(request.session)
        return redirect(waiting.back)
    if sessions.has_fresh_proof(request.session):
        return render(request, "access/go_on.html", {"waiting": waiting, "deed": _(waiting.deed)})
    if request.session[BACKEND_SESSION_KEY] == CAS_BACKEND:
        return _show(request, waiting)
    form = ProofForm(request.POST or None)
    return _compare(request, waiting, form) if form.is_valid() else _show(request, waiting, form)


def _compare(request: HttpRequest, waiting: Waiting, form: ProofForm) -> HttpResponse:
    username = request.user.get_username()
    wait = take_sign_in(request, username)
    if wait:
        return show_wait(request, wait)
    account = authenticate(request, username=username, password=form.cleaned_data["password"])
    if account is None or account.pk != request.user.pk:
        form.add_error("password", _("This is not the password of your account. Try again."))
        return _show(request, waiting, form)
    forgive_sign_in(request, username)
    sessions.prove(request)
    record_event(username, "sign_in_again")
    return redirect("access:again")


def _show(request: HttpRequest, waiting: Waiting, form: ProofForm | None = None) -> HttpResponse:
    """The question; without a form the university asks it."""
    context = {"waiting": waiting, "deed": _(waiting.deed), "form": form}
    fault = FAULTS.get(request.GET.get("fault", ""))
    return render(request, "access/sign_in_again.html", context | {"fault": fault})
