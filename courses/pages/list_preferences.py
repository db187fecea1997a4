"""How an account likes every participant list: which columns it hides, and how many people a page has."""

from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from courses.models import Course
from courses.pages.frame import course_or_404
from courses.participants.table import HIDEABLE
from enrolhub.access.models import User, ViewPreference
from enrolhub.web.list_page import page_size

VIEW = "participants"


@dataclass(frozen=True)
class Preferences:
    """``hidden`` columns, and people per page."""

    hidden: tuple[str, ...]
    per_page: int


def account_of(request: HttpRequest) -> User:
    """The account signed in: every page needs one."""
    return cast(User, request.user)


def preferences_of(user: User) -> Preferences:
    """What this account has chosen, or the usual."""
    kept = ViewPreference.objects.filter(user=user, view=VIEW).values_list("value", flat=True).first() or {}
    hidden = kept.get("hidden", [])
    return Preferences(tuple(name for name in HIDEABLE if name in hidden), page_size(str(kept.get("per_page", ""))))


@require_POST
def choose_columns(request: HttpRequest, code: str) -> HttpResponse:
    """Remember which columns this account wants in every participant list."""
    course = course_or_404(request, code)
    shown = set(request.POST.getlist("column"))
    remember(account_of(request), hidden=[name for name in HIDEABLE if name not in shown])
    return back_to_list(request, course)


@require_POST
def choose_page_size(request: HttpRequest, code: str) -> HttpResponse:
    """Remember how many people a page has for this account; the list starts again at its first page."""
    course = course_or_404(request, code)
    remember(account_of(request), per_page=page_size(request.POST.get("per_page")))
    return back_to_list(request, course, "per_page", "page")


def remember(user: User, **chosen: Any) -> None:
    """Keep what was chosen beside what was chosen before."""
    with transaction.atomic():
        preference, _made = ViewPreference.objects.select_for_update().get_or_create(user=user, view=VIEW)
        preference.value = {**preference.value, **chosen}
        preference.save(update_fields=["value"])


def back_to_list(request: HttpRequest, course: Course, *without: str) -> HttpResponse:
    """To the list of the course as it was, less these parameters: of ``next`` only the query string counts."""
    query = QueryDict(request.POST.get("next", "").partition("?")[2].partition("#")[0], mutable=True)
    for name in without:
        query.pop(name, None)
    url = reverse("courses:participants", args=[course.code])
    return HttpResponseRedirect(f"{url}?{query.urlencode()}" if query else url)
