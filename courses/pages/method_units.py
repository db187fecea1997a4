"""The APOGÉE elements that feed a course through « Base de données », each for everybody or for an étape or a group only."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from courses.methods.units_form import UnitsForm
from courses.models import Method
from courses.pages.list_preferences import account_of
from courses.pages.method_steps import course_of_methods, method_or_404, step_of
from courses.setup.asking import Setup, Verb
from courses.setup.deeds import DEEDS, kind_label
from enrolhub.web.refusals import Refused

UNITS = "courses.edit_units"


@require_http_methods(["GET", "HEAD", "POST"])
def edit_units(request: HttpRequest, code: str, method_id: int) -> HttpResponse:
    """All the links of the course, to be changed, taken away and added to."""
    course = course_of_methods(request, code)
    method = method_or_404(course, method_id)
    if method.kind != Method.Kind.DATABASE or not account_of(request).has_perm(UNITS, course):
        raise Refused
    form = UnitsForm(course, posted(request))
    context = {"form": form, "method": method, "deed": DEEDS[Verb.UNITS], "label": kind_label(method.kind)}
    step = step_of(request, course, "courses/method_units.html", **context)
    if not step.is_sent:
        return step.show()
    account = account_of(request)
    if not form.is_valid():
        return step.show()
    return step.proceed(Setup(Verb.UNITS, method.kind, [course], account, units={course.pk: form.units()}))


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
