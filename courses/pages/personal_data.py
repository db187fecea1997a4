"""What is kept about people: the notice for everybody, and one's own data, or somebody's for the CEMU, on a page and as a file."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from cohorts.models import Person
from courses.pages.list_preferences import account_of
from courses.privacy.personal_data import PersonalData, personal_data
from courses.privacy.purge import last_purge
from courses.privacy.retention import KINDS
from enrolhub.access.rules import can_see_trail, is_staff_cemu
from enrolhub.access.trail import record_event
from enrolhub.web.refusals import needs


@login_not_required
@require_safe
def show_notice(request: HttpRequest) -> HttpResponse:
    """What is kept, why, where from, how long, who sees it, and what one may ask for."""
    context: dict[str, object] = {
        "kinds": KINDS,
        "contact": settings.PRIVACY_CONTACT,
        "years": settings.RETENTION_PREVIOUS_YEARS + 1,
    }
    if can_see_trail(request.user):
        purge = last_purge()
        context |= {
            "sees_purge": True,
            "purge": purge,
            "purged": [(kind, purge.detail.get(kind.code)) for kind in KINDS] if purge else [],
        }
    return render(request, "courses/privacy_notice.html", context)


@require_safe
def show_own_data(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about whoever asks."""
    username = account_of(request).get_username()
    return show(request, personal_data(username, timezone.now()), reverse("courses:own_data_file"), is_own=True)


@require_safe
def download_own_data(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    return as_file(request, account_of(request).get_username(), is_own=True)


@require_safe
@needs(is_staff_cemu)
def show_data(request: HttpRequest, username: str) -> HttpResponse:
    """Everything that is kept about a person, for whoever answers a request of theirs."""
    person = get_object_or_404(Person, username=username)
    record_event(account_of(request).get_username(), "personal_data_shown", person.username)
    data = personal_data(person.username, timezone.now())
    return show(request, data, reverse("courses:person_data_file", args=[person.username]), is_own=False)


@require_safe
@needs(is_staff_cemu)
def download_data(request: HttpRequest, username: str) -> HttpResponse:
    """The same as a file."""
    return as_file(request, get_object_or_404(Person, username=username).username, is_own=False)


def show(request: HttpRequest, data: PersonalData, file_url: str, *, is_own: bool) -> HttpResponse:
    return render(request, "courses/personal_data.html", {"data": data, "file_url": file_url, "is_own": is_own})


def as_file(request: HttpRequest, username: str, *, is_own: bool) -> HttpResponse:
    """Traced before the first byte leaves."""
    data = personal_data(username, timezone.now())
    count = sum(len(section.rows) for section in data.sections)
    record_event(account_of(request).get_username(), "personal_data_exported", username, count=count, own=is_own)
    response = HttpResponse(data.as_json(), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"enrolhub-{username}.json") or "attachment"
    return response
