"""The participant list of a course: the first tab, and the page teachers live on."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from courses.models import Course
from courses.pages.frame import course_or_404, frame_of
from courses.participants.address import Address, address_of
from courses.participants.conditions import FILTERS, Conditions, read_conditions
from courses.participants.counts import Counts, counts_of, letters_of
from courses.participants.listing import Listing, blame, list_people
from courses.participants.panel import panel_of, role_choices, status_choices
from courses.participants.queries import Scope
from courses.participants.seats import seats_of
from courses.participants.table import COLUMNS, HIDEABLE, headings_of, orders_of
from courses.participants.vocabulary import vocabulary_of
from courses.participants.wording import criterion_label
from courses.queries import groups_seen_by
from enrolhub.access.models import User, ViewPreference
from enrolhub.web.list_page import page_size

VIEW = "participants"


@require_safe
def show_participants(request: HttpRequest, code: str) -> HttpResponse:
    """The list that the address asks for; what it asks for and does not exist is said above it."""
    course = course_or_404(request, code)
    scope = scope_for(request, course)
    conditions = read_conditions(request.GET, scope.vocabulary)
    seats = seats_of(scope)
    size = page_size(request.GET.get("per_page"))
    listing = list_people(scope, conditions, seats, request.GET.get("page"), size)
    context = context_of(request, scope, conditions, counts_of(seats), listing)
    return render(request, "courses/participants.html", context)


@require_POST
def choose_columns(request: HttpRequest, code: str) -> HttpResponse:
    """Remember which columns this account wants in every participant list."""
    course = course_or_404(request, code)
    shown = set(request.POST.getlist("column"))
    hidden = [name for name in HIDEABLE if name not in shown]
    ViewPreference.objects.update_or_create(user=account_of(request), view=VIEW, defaults={"value": {"hidden": hidden}})
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return HttpResponseRedirect(wanted if safe else reverse("courses:participants", args=[course.code]))


def scope_for(request: HttpRequest, course: Course) -> Scope:
    """What this account sees of the course, at this instant."""
    return Scope(vocabulary_of(course), timezone.now(), groups_seen_by(request.user, course))


def context_of(
    request: HttpRequest, scope: Scope, conditions: Conditions, counts: Counts, listing: Listing
) -> dict[str, Any]:
    words, address = scope.vocabulary, address_of(request.GET)
    hidden = hidden_columns(request)
    added = request.GET.get("add", "")
    return {
        "frame_of_course": frame_of(words.course, "participants", list(words.methods.values()), numbers(scope, counts)),
        "panel": panel_of(words, conditions, address, letters_of(scope, counts), added if added in FILTERS else ""),
        "roles": role_choices(words, conditions, address, counts),
        "statuses": status_choices(words, conditions, address, counts),
        "listing": listing,
        "counts": counts,
        "conditions": conditions,
        "headings": headings_of(conditions.sort, address, hidden),
        "orders": orders_of(conditions.sort, address),
        "columns": [
            (column.name, column.label, column.name not in hidden) for column in COLUMNS if column.name in HIDEABLE
        ],
        "hidden": hidden,
        "open": request.GET.get("open", ""),
        "row_url": str(address.having("page", str(listing.page.number)) if listing.page.number > 1 else address),
        "blamed": blamed(scope, conditions, listing, address),
        "words": words,
    }


def account_of(request: HttpRequest) -> User:
    """The account signed in: every page needs one."""
    return cast(User, request.user)


def numbers(scope: Scope, counts: Counts) -> dict[str, int]:
    """The numbers beside the tabs that this page knows."""
    return {"participants": counts.everyone, "methods": len(scope.vocabulary.methods)}


def hidden_columns(request: HttpRequest) -> list[str]:
    """The columns that this account has hidden."""
    kept = ViewPreference.objects.filter(user=account_of(request), view=VIEW).values_list("value", flat=True).first()
    return [name for name in HIDEABLE if name in (kept or {}).get("hidden", [])]


def blamed(scope: Scope, conditions: Conditions, listing: Listing, address: Address) -> list[tuple[str, str]]:
    """When nobody is found: the criteria that alone keep everybody out, each with the address without it."""
    if listing.found or conditions.complaints or not conditions.narrows:
        return []
    return [(criterion_label(name), str(address.without(name, f"{name}_match"))) for name in blame(scope, conditions)]
