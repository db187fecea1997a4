"""The people of the directory, and one of them: account, registrations, cohorts, courses."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cohorts.models import Person
from cohorts.queries import is_writable
from courses.explain.registered import PersonFacts, read_person
from courses.explain.wording import say_row, say_year
from courses.models import Course
from courses.pages.explained import RowLine
from courses.participants.statuses import LABELS
from courses.participants.wording import STATUS_TONES
from courses.people_table import PersonFilters, PersonTable, account_badge
from enrolhub.access.rules import is_staff_cemu, sees_everything
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import needs


@require_safe
@needs(sees_everything)
def list_people(request: HttpRequest) -> HttpResponse:
    rows = Person.objects.all()
    return render(request, "courses/people.html", {"list": build_list(request, rows, PersonTable, PersonFilters)})


@require_safe
@needs(sees_everything)
def show_person(request: HttpRequest, username: str) -> HttpResponse:
    """One person. With ``course`` in the address: on to why they are, or are not, in that course."""
    person = get_object_or_404(Person, username=username)
    asked = request.GET.get("course", "").strip()
    course = Course.objects.filter(code__iexact=asked).first() if asked and is_writable(asked) else None
    if course:
        return HttpResponseRedirect(reverse("courses:explain", args=[course.code, person.username]))
    facts = read_person(person, timezone.now())
    context = {
        "person": person,
        "badge": account_badge(person),
        "asked": asked,
        "complaint": _("No course has this code.") if asked else "",
        "facts": facts,
        "may_see_data": is_staff_cemu(request.user),
        **lines_of(facts),
    }
    return render(request, "courses/person.html", context)


def lines_of(facts: PersonFacts) -> dict[str, object]:
    """Rows and courses in words."""
    now = timezone.now()
    return {
        "registrations": [RowLine(row, say_row(row, now)) for row in facts.registrations],
        "units": [(line, say_year(line.year), say_row(line.row, now)) for line in facts.units],
        "courses": [(line, STATUS_TONES[line.status], str(LABELS[line.status])) for line in facts.courses],
        "unfed_count": sum(line.row.counts and not line.courses for line in facts.units),
    }
