"""The participant list of a course: the first tab, and the page teachers live on."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.history.days import first_day
from courses.history.scopes import ON, asked_day, scope_on
from courses.models import Course
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of, preferences_of
from courses.pages.selection_bar import bar_for
from courses.participants.address import Address, address_of
from courses.participants.choices import count_lines
from courses.participants.conditions import FILTERS, Conditions, read_conditions
from courses.participants.counts import Counts, counts_of, letters_of
from courses.participants.details import Details, details_of
from courses.participants.kept_seats import known_seats_of
from courses.participants.listing import Listing, blame, list_people
from courses.participants.panel import Asked, panel_of
from courses.participants.queries import Scope
from courses.participants.saved_views import query_of, saved_views_for
from courses.participants.table import COLUMNS, HIDEABLE, headings_of, orders_of
from courses.participants.typed import Typed, read_typed
from courses.participants.vocabulary import vocabulary_of
from courses.participants.wording import criterion_label
from courses.queries import groups_seen_by
from enrolhub.sync.rules import can_view_runs
from enrolhub.web.dates import long_date
from enrolhub.web.list_page import page_size
from enrolhub.web.navigation import url_or_none


@require_safe
def show_participants(request: HttpRequest, code: str) -> HttpResponse:
    """The list that the address asks for; what it asks for and does not exist is said above it."""
    course = course_or_404(request, code)
    asked = asked_day(request.GET)
    with scope_on(course, asked.day, groups_seen_by(request.user, course)) as scope:
        typed = read_typed(request.GET, scope.vocabulary)
        if typed.was_asked and not typed.complaints:
            return HttpResponseRedirect(f"{request.path}{typed.address}")
        conditions = read_conditions(request.GET, scope.vocabulary)
        complaints = (*conditions.complaints, *typed.complaints, *asked.complaints)
        context = context_of(request, scope, replace(conditions, complaints=complaints), typed)
    if asked.day:  # the tabs are those of now
        context |= {"frame_of_course": frame_of(course, "participants"), **past_context(asked.day)}
    return render(request, "courses/participants.html", context)


def scope_for(request: HttpRequest, course: Course) -> Scope:
    """What this account sees of the course, at this instant."""
    return Scope(vocabulary_of(course), timezone.now(), groups_seen_by(request.user, course))


def context_of(request: HttpRequest, scope: Scope, conditions: Conditions, typed: Typed) -> dict[str, Any]:
    """Everything the page shows."""
    seats, preferences = known_seats_of(scope), preferences_of(account_of(request))
    counts = counts_of(scope, seats)
    size = page_size(request.GET.get("per_page") or str(preferences.per_page))
    listing = list_people(scope, conditions, seats, request.GET.get("page"), size)
    words, address = scope.vocabulary, address_of(request.GET)
    headings = headings_of(conditions.sort, address, preferences.hidden)
    # To those of a day that is over nothing can be done.
    bar = None if address.has(ON) else bar_for(account_of(request), words.course, address)
    return {
        **above_the_list(request, scope, conditions, typed, counts),
        "frame_of_course": frame_of(words.course, "participants", list(words.methods.values()), numbers(scope, counts)),
        "listing": listing,
        "selection": bar,
        "counts": counts,
        "conditions": conditions,
        "headings": headings,
        "column_count": len(headings) + (1 + bool(bar.alone) if bar else 0),
        "orders": orders_of(conditions.sort, address),
        "columns": [
            (column.name, column.label, column.name not in preferences.hidden)
            for column in COLUMNS
            if column.name in HIDEABLE
        ],
        "hidden": preferences.hidden,
        "row_url": str(address.having("page", str(listing.page.number)) if listing.page.number > 1 else address),
        "blamed": blamed(scope, conditions, listing, address),
        "words": words,
        **opened(request, scope, listing),
    }


def past_context(day: date) -> dict[str, Any]:
    """What the page says of a list that is not that of now."""
    today = timezone.localdate()
    return {"on": day, "on_words": long_date(day), "first_day": first_day(), "today": today}


def above_the_list(
    request: HttpRequest, scope: Scope, conditions: Conditions, typed: Typed, counts: Counts
) -> dict[str, Any]:
    """The one-click counts, the filter and the views kept of the list."""
    words, address = scope.vocabulary, address_of(request.GET)
    names = {complaint.parameter: complaint.value for complaint in typed.complaints}
    added = [name for name in dict.fromkeys(request.GET.getlist("add")) if name in FILTERS and not address.has(name)]
    asked = Asked(words, conditions, address, names, added)
    return {
        "count_lines": count_lines(words, conditions, address, counts),
        "panel": panel_of(asked, letters_of(scope, counts)),
        "added": added,
        "saved_views": saved_views_for(account_of(request), words.course, address),
        "view_query": query_of(address),
    }


def opened(request: HttpRequest, scope: Scope, listing: Listing) -> dict[str, Any]:
    """The person whose enrolments are unfolded, if their row is on the page."""
    username = request.GET.get("open", "")
    row = next((row for row in listing.rows if row.person.username == username), None)
    details: Details | None = details_of(scope, row) if row else None
    return {
        "open": username,
        "details": details,
        "sees_runs": details is not None and can_view_runs(request.user),
        "why_url": url_or_none("courses:explain", scope.vocabulary.course.code, username) if row else None,
    }


def numbers(scope: Scope, counts: Counts) -> dict[str, int]:
    """The numbers beside the tabs that this page knows."""
    words = scope.vocabulary
    return {"participants": counts.everyone, "methods": len(words.methods), "groups": len(words.groups)}


def blamed(scope: Scope, conditions: Conditions, listing: Listing, address: Address) -> list[tuple[str, str]]:
    """When nobody is found: the criteria that alone keep everybody out, each with the address without it."""
    if listing.found or conditions.complaints or not conditions.narrows:
        return []
    return [(criterion_label(name), str(address.without(name, f"{name}_match"))) for name in blame(scope, conditions)]
