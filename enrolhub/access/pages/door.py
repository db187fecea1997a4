"""Sign-in, sign-out, choice of language and theme, and the statement on accessibility."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from enrolhub.access import sessions
from enrolhub.access.demonstration import demo_accounts
from enrolhub.access.forms import SignInForm
from enrolhub.access.throttling import forgive_sign_in, show_wait, take_sign_in
from enrolhub.access.university import CAS_BACKEND, site_page

ONE_YEAR = 365 * 24 * 3600


#: Why somebody stands at the door who was inside.
ENDED = {
    sessions.IDLE: _("Nobody used this session for a while: it has ended. What was being typed was not saved."),
    sessions.OVER: _("This session was open for long: it has ended. What was being typed was not saved."),
    sessions.CLOSED: _("Your university account is closed or locked: this session has ended."),
}
#: Why the university’s account did not open the door.
FAULTS = {
    "cas_unreachable": _("The university’s sign-in service does not answer. Try again in a while."),
    "cas_nonsense": _(
        "The university’s sign-in service gave an answer that cannot be understood. Try again; if it lasts, tell the CEMU."
    ),
    "cas_refused": _(
        "The university’s sign-in service does not confirm this sign-in: it was used before, or too late. Try again."
    ),
    "cas_nameless": _("The university’s sign-in service does not say which account is yours. Tell the CEMU."),
    "cas_barred": _(
        "This university account may not enter EnrolHub: it is closed or locked, or a local account has its name."
    ),
    "cas_elsewhere": _("This sign-in was begun in another browser, or too long ago. Begin it again here."),
    "cas_somebody_else": _("The university’s sign-in service confirmed another account than the one signed in here."),
}


class SignIn(LoginView):
    """The door. Someone already signed in is sent on."""

    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (self._username and request.POST.get("password")):
            return super().post(request, *args, **kwargs)
        wait = take_sign_in(request, self._username)
        return show_wait(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        forgive_sign_in(self.request, self._username)
        return super().form_valid(form)

    @property
    def _username(self) -> str:
        return self.request.POST.get("username", "").strip()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "demo_accounts": demo_accounts(),
            "ended": ENDED.get(self.request.GET.get("ended", "")),
            "fault": FAULTS.get(self.request.GET.get("fault", "")),
            **(self._university_context() if settings.CAS_SERVER_URL else {}),
        }

    def _university_context(self) -> dict[str, Any]:
        from enrolhub.access import cas  # needs the extra

        there, here = reverse("access:university"), reverse("access:sign_in")
        back = urlencode({"next": self.get_redirect_url() or "/"}, safe="/")
        leave = cas.logout_address(site_page(self.request, here)) if "left" in self.request.GET else ""
        return {"university_url": f"{there}?{back}", "leave_university_url": leave}


class SignOut(LogoutView):
    """Leaving takes a POST: a link or an image cannot sign anyone out.

    Whoever came by the university is told that they are still signed in there, and how to leave it, too: a form may
    not lead to another site by itself.
    """

    http_method_names = ["post", "options"]
    next_page = "access:sign_in"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        came_by_university = request.session.get(BACKEND_SESSION_KEY) == CAS_BACKEND
        answer = super().post(request, *args, **kwargs)
        return redirect(f"{reverse('access:sign_in')}?left=1") if came_by_university else answer


sign_in = SignIn.as_view()
sign_out = method_decorator(login_not_required)(SignOut.as_view())


def safe_next(request: HttpRequest) -> str:
    """Where a form wants to go on, when that is a page of this site; the home page otherwise."""
    return own_page(request, request.POST.get("next", ""))


def own_page(request: HttpRequest, wanted: str) -> str:
    """The address, when it is one of this site; the home page otherwise."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=ONE_YEAR, secure=settings.COOKIES_SECURE, httponly=True, samesite="Lax")


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie of this browser; an unknown one changes nothing."""
    response = HttpResponseRedirect(safe_next(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie of this browser; anything but light and dark gives the system's back."""
    response = HttpResponseRedirect(safe_next(request))
    theme = request.POST.get("theme", "")
    if theme in {"light", "dark"}:
        _remember(response, settings.THEME_COOKIE_NAME, theme)
    else:
        response.delete_cookie(settings.THEME_COOKIE_NAME, samesite="Lax")
    return response


@login_not_required
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is done, what is not known, and whom to tell."""
    return render(request, "access/accessibility.html", {"contact": settings.ACCESSIBILITY_CONTACT})
