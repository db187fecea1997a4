"""« Journal d’audit »: who did what, when, to how many; for the operator and the auditor."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrolhub.access.models import Event
from enrolhub.access.rules import can_see_trail
from enrolhub.access.trail import record_event
from enrolhub.web.exports import CONTENT_TYPES, Export, TooManyRows, check_fits, export_response
from enrolhub.web.list_page import address_without, build_list, filter_problems, sort_keys, sort_problems
from enrolhub.web.navigation import place_url
from enrolhub.web.refusals import needs
from enrolhub.web.trail.files import HEADINGS, rows_of
from enrolhub.web.trail.listing import EventFilters, EventTable
from enrolhub.web.trail.wording import OUTCOMES, action_words, say_detail, say_target, say_value

#: Parts of the details that the page shows in a table of their own.
CHANGED, IN_FORCE = "changed", "in_force"


@require_safe
@needs(can_see_trail)
def list_events(request: HttpRequest) -> HttpResponse:
    shown = build_list(request, Event.objects.all(), EventTable, EventFilters)
    asked = address_without(request.GET, "per_page")
    kinds = [(kind, f"{reverse('trail:export', args=[kind])}{asked}") for kind in CONTENT_TYPES]
    context = {"list": shown, "kinds": kinds, "runs_url": place_url("nights", request.user)}
    return render(request, "trail/events.html", context)


@require_safe
@needs(can_see_trail)
def show_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Everything that one event says."""
    event = get_object_or_404(Event, pk=event_id)
    words = action_words(event)
    context = {
        "event": event,
        "words": words,
        "outcome": OUTCOMES[words.outcome],
        "target": say_target(event),
        "url": words.url_of(event) if words.url_of else None,
        "details": details_of(event.detail),
        "changed": changes_in(event.detail),
        "in_force": sorted(in_force(event.detail).items()),
    }
    return render(request, "trail/event.html", context)


def details_of(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The details in words, but for the settings."""
    tables = {CHANGED, IN_FORCE} if in_force(detail) else set()
    return [(say_detail(name), say_value(value)) for name, value in detail.items() if name not in tables]


def in_force(detail: Mapping[str, Any]) -> Mapping[str, str]:
    """The settings that an event tells."""
    told = detail.get(IN_FORCE)
    return told if isinstance(told, Mapping) else {}


def changes_in(detail: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each setting that changed, with its value before and after."""
    told = detail.get(CHANGED) if in_force(detail) else None
    if not isinstance(told, Mapping):
        return []
    return [(name, say_value(before), say_value(after)) for name, (before, after) in sorted(told.items())]


@require_safe
@needs(can_see_trail)
def export_events(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The events that the address finds as a file (``csv``, ``xlsx``, ``ods``); what it asks for and does not exist leads to the list."""
    if kind not in CONTENT_TYPES:
        raise Http404
    filters = EventFilters(request.GET, queryset=Event.objects.all(), request=request)
    if [*filter_problems(filters, request.GET), *sort_problems(EventTable, request.GET)]:
        return redirect(f"{reverse('trail:events')}?{request.GET.urlencode()}")
    events = filters.qs.order_by(*tied(sort_keys(EventTable, request.GET)))
    count = events.count()
    try:
        check_fits(count, kind)
    except TooManyRows as refusal:
        messages.error(request, str(refusal))
        return redirect("trail:events")
    asked = address_without(request.GET, "per_page").removeprefix("?")
    written = record_event(request.user.get_username(), "export", "audit", count=count, filter=asked, format=kind)
    export = Export(_("Audit trail"), HEADINGS, rows_of(events.filter(pk__lt=written.pk)))
    return export_response(export, kind, f"audit-{timezone.localdate():%Y-%m-%d}.{kind}")


def tied(keys: Sequence[str]) -> Sequence[str]:
    """The order with which equal rows keep theirs."""
    newest_first = not keys or keys[0].startswith("-")
    return (*keys, "-pk" if newest_first else "pk")
