"""How many of all those whom a filter finds could be removed by hand; asked when everyone of the list is selected."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from courses.models import Method
from courses.pages.frame import course_or_404
from courses.pages.list_preferences import account_of
from courses.pages.participants import scope_for
from courses.pages.selection_bar import EDIT
from courses.participants.conditions import read_conditions
from courses.participants.finding import find
from courses.participants.kept_seats import known_seats_of
from enrolhub.web.refusals import Refused


@require_safe
def count_removable(request: HttpRequest, code: str) -> JsonResponse:
    """``found`` people, of whom ``removable`` are enrolled by hand only; 400 for a wrong filter."""
    course = course_or_404(request, code)
    if not account_of(request).has_perm(EDIT, course):
        raise Refused
    scope = scope_for(request, course)
    conditions = read_conditions(request.GET, scope.vocabulary)
    if conditions.complaints:
        return JsonResponse({"wrong": conditions.complaints[0].parameter}, status=400)
    seats = known_seats_of(scope)
    synced = {method.pk for method in scope.vocabulary.methods.values() if method.kind in Method.SYNCED}
    found = find(scope, conditions, seats).ids
    removable = found - seats.having(lambda kind: kind.method in synced)
    return JsonResponse({"found": len(found), "removable": len(removable)})
