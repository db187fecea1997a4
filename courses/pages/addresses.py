"""The mail addresses of the people selected, to be copied: as JSON for the button of the list, as a page without a script."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from courses.pages.actions import list_address, refuse
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.pages.participants import scope_for
from courses.participants.selection import QUERY, SelectionRefused, read_selection, selected_people
from enrolhub.access.pace import paced
from enrolhub.access.trail import record_event


@require_POST
@paced
def list_addresses(request: HttpRequest, code: str) -> HttpResponse:
    """``addresses`` once each in the order of names, and how many people have none. Traced, like every export."""
    course = course_or_404(request, code)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        people = selected_people(scope_for(request, course), read_selection(request.POST))
    except SelectionRefused as refused:
        if wants_json:
            return JsonResponse({"wrong": str(refused)}, status=400)
        return refuse(request, course, str(refused))
    found = list(people.order_by("last_name_key", "first_name_key", "username").values_list("email", flat=True))
    addresses = list(dict.fromkeys(address for address in found if address))
    lacking = found.count("")
    record_event(account_of(request).username, "addresses_copied", course.code, count=len(addresses))
    if wants_json:
        return JsonResponse({"addresses": addresses, "lacking": lacking})
    context = {
        "frame_of_course": frame_of(course, "participants"),
        "addresses": addresses,
        "lacking": lacking,
        "back_url": list_address(course, request.POST.get(QUERY, "").removeprefix("?")),
    }
    return render(request, "courses/addresses.html", context)
