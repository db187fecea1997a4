"""Adding a method to a course, and changing one: the form of its kind, what it would do, then exactly that."""

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from courses.methods.cohort_sync_form import CohortSyncForm
from courses.methods.form import MethodForm
from courses.methods.meta_link_form import MetaLinkForm
from courses.methods.protocol import MethodKind
from courses.methods.registry import kind_of
from courses.models import Course, Method
from courses.pages.advised import TEMPLATE as ADVICE
from courses.pages.advised import tell_advice
from courses.pages.list_preferences import account_of
from courses.pages.method_search import cohorts_offered, sources_offered
from courses.pages.method_steps import course_of_methods, method_or_404, step_of
from courses.setup.asking import Setup, Verb
from courses.setup.deeds import DEEDS, kind_label
from enrolhub.access.models import User
from enrolhub.web.refusals import Refused

TEMPLATE = "courses/method_form.html"


@require_http_methods(["GET", "HEAD", "POST"])
def add_method(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The form of a new method of this kind."""
    course, chosen = course_of_methods(request, code), kind_of(kind)
    if chosen is None or not chosen.comes_by_hand:
        raise Http404
    return answer(request, course, chosen, Verb.ADD)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_method(request: HttpRequest, code: str, method_id: int) -> HttpResponse:
    """The form of a method that the course has."""
    course = course_of_methods(request, code)
    method = method_or_404(course, method_id)
    chosen = kind_of(method.kind)
    if chosen is None or not may_edit(request, course, chosen):
        raise Refused
    return answer(request, course, chosen, Verb.CHANGE, method)


def may_edit(request: HttpRequest, course: Course, kind: MethodKind) -> bool:
    """« Base de données » is the CEMU's; others may but enable and disable it."""
    return kind.comes_by_hand or account_of(request).has_perm("courses.edit_units", course)


def answer(
    request: HttpRequest, course: Course, kind: MethodKind, verb: Verb, method: Method | None = None
) -> HttpResponse:
    """The form, with the preview once it is filled in; once that is confirmed, the list of methods."""
    account = account_of(request)
    step = step_of(request, course, TEMPLATE, **context_of(course, kind, verb, method, account))
    form = kind.form(course, account, request.POST or None, problems=kind.problems, method=method, is_sent=step.is_sent)
    step.context |= {"form": form, "fields": fields_of(form), **searches(request, course, form)}
    if not step.is_sent:
        return step.show()
    if not form.is_valid():
        return step.repeated(account) or step.show()
    return step.proceed(Setup(verb, str(kind.kind.value), [course], account, form.drafts()))


def context_of(course: Course, kind: MethodKind, verb: Verb, method: Method | None, account: User) -> dict[str, Any]:
    advice = tell_advice(course, str(kind.kind.value), account) if verb == Verb.ADD else None
    return {
        "kind": kind,
        "label": kind_label(str(kind.kind.value)),
        "deed": DEEDS[verb],
        "method": method,
        "advice": advice,
        "advice_template": ADVICE if advice else "",
        "is_discouraged": bool(advice and advice.is_against),
    }


@dataclass(frozen=True)
class ShownField:
    """A field as the page shows it: by a template of its kind, or plainly; details appear once they matter."""

    field: BoundField
    template: str
    is_detail: bool


def fields_of(form: MethodForm) -> list[ShownField]:
    return [ShownField(each, form.templates.get(each.name, ""), each.name in form.details) for each in form]


def searches(request: HttpRequest, course: Course, form: MethodForm) -> dict[str, Any]:
    """What was searched for without a script, and what is chosen so far."""
    found: dict[str, Any] = {}
    if isinstance(form, CohortSyncForm) and "cohort" in form.fields:
        q, chosen = request.POST.get("cohort_q", ""), form.chosen
        found |= {"cohort_q": q, "found_cohorts": cohorts_offered(q, chosen)}
        found |= {
            "cohorts_url": reverse("courses:method_cohorts", args=[course.code]),
            "chosen_codes": {each.code for each in chosen},
        }
    if isinstance(form, MetaLinkForm) and "source" in form.fields:
        q, sources = request.POST.get("source_q", ""), form.chosen
        found |= {"source_q": q, "found_sources": sources_offered(q, course, form.account, sources)}
        found |= {
            "sources_url": reverse("courses:method_sources", args=[course.code]),
            "chosen_codes": {each.code for each in sources},
        }
    return found
