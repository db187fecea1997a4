"""Who is kept out of the synced methods of a course by hand: since when, by whom, why; and the way to let them in again."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cohorts.models import Person
from courses.models import Exclusion
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.pages.participants import scope_for
from courses.participants.queries import Scope, is_in_group
from enrolhub.web.list_page import page_of, page_size


@require_safe
def list_exclusions(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    people = excluded_people(scope_for(request, course)).order_by()
    exclusions = (
        Exclusion.objects.filter(method__course=course, person__in=people.values("pk"))
        .select_related("person", "method", "created_by")
        .order_by("person__last_name_key", "person__first_name_key", "person__username", "method__position", "pk")
    )
    context = {
        "frame_of_course": frame_of(course, "participants"),
        "page": page_of(Paginator(exclusions, page_size(request.GET.get("per_page"))), request.GET.get("page")),
        "may_edit": account_of(request).has_perm("courses.edit_participants", course),
    }
    return render(request, "courses/exclusions.html", context)


def excluded_people(scope: Scope) -> QuerySet[Person]:
    """The people excluded from a method of the course whom the viewer may see: in separate groups, those of their groups."""
    exclusions = Exclusion.objects.filter(method__in=scope.vocabulary.method_ids).order_by()
    people = Person.objects.filter(pk__in=exclusions.values("person"))
    return people if scope.seen_groups is None else people.filter(is_in_group(scope, scope.seen_groups))
