"""Sign-in, sign-out, choice of language and theme, and the statement on accessibility."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from enrolhub.access.demonstration import demo_accounts
from enrolhub.access.forms import SignInForm

ONE_YEAR = 365 * 24 * 3600


class SignIn(LoginView):
    """The door. Someone already signed in is sent on."""

    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"demo_accounts": demo_accounts()}


class SignOut(LogoutView):
    """Leaving takes a POST: a link or an image cannot sign anyone out."""

    http_method_names = ["post", "options"]
    next_page = "access:sign_in"


sign_in = SignIn.as_view()
sign_out = method_decorator(login_not_required)(SignOut.as_view())


def safe_next(request: HttpRequest) -> str:
    """Where a form wants to go on, when that is a page of this site; the home page otherwise."""
    wanted = request.POST.get("next", "")
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
