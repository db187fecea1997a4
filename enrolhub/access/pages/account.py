"""« Ma connexion »: another password for a local account, and the end of the sessions that one has elsewhere."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from enrolhub.access.again import prove_first
from enrolhub.access.ending import end_sessions, keep_this_one
from enrolhub.access.forms import NewPasswordForm
from enrolhub.access.models import User
from enrolhub.access.throttling import forgive_sign_in, show_wait, take_sign_in
from enrolhub.access.trail import record_event


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """How one signs in and for how long; a form sent with ``others`` ends the other sessions, any other one changes the password."""
    user = cast(User, request.user)
    if "others" in request.POST:
        return _end_others(request, user)
    form = NewPasswordForm(user, request.POST or None) if user.has_usable_password() else None
    if form is not None and request.method == "POST":
        wait = take_sign_in(request, user.username)
        if wait:
            return show_wait(request, wait)
        if form.is_valid():
            return _change(request, user, form)
    context = {"form": form, "idle": settings.SESSION_IDLE_MINUTES, "hours": settings.SESSION_HOURS}
    return render(request, "access/account.html", context)


def _change(request: HttpRequest, user: User, form: NewPasswordForm) -> HttpResponse:
    forgive_sign_in(request, user.username)
    form.save()
    record_event(user.username, "password_changed")
    keep_this_one(request, user)
    messages.success(request, _("Your password is changed. Your other sessions have ended."))
    return redirect("access:account")


def _end_others(request: HttpRequest, user: User) -> HttpResponse:
    ask = prove_first(request, gettext_noop("End the other sessions of my account"))
    if ask:
        return ask
    end_sessions(user, user.username)
    keep_this_one(request, user)
    messages.success(request, _("Your other sessions have ended."))
    return redirect("access:account")
