"""Methods of several courses at once: the courses by the filter of their list, one preview, one run, one undo."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from courses.methods.many_form import SOURCES, ManyAddForm, ManyChangeForm, ManyDeleteForm, ManyForm
from courses.methods.registry import kind_of
from courses.models import Course
from courses.pages.list_preferences import account_of
from courses.pages.method_form import ShownField
from courses.pages.method_search import cohorts_offered, sources_offered
from courses.pages.method_steps import Step
from courses.queries import courses_for, with_counts
from courses.rules import can_edit_many_courses
from courses.setup.asking import Setup, Verb
from courses.setup.deeds import DEEDS, kind_label
from courses.tables import CourseFilters, CourseTable
from enrolhub.sync.wording import fill
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import needs

#: Courses of one change; more are narrowed by the filter first.
MOST_COURSES = 1_000
FORMS: dict[str, type[ManyForm]] = {"add": ManyAddForm, "change": ManyChangeForm, "delete": ManyDeleteForm}


@require_safe
@needs(can_edit_many_courses)
def choose_courses(request: HttpRequest) -> HttpResponse:
    """The courses that the filter finds, and what can be done in all of them."""
    rows = with_counts(courses_for(request.user)).select_related("platform")
    found = build_list(request, rows, CourseTable, CourseFilters)
    count = found.page.paginator.count
    context = {
        "list": found,
        "count": count,
        "is_possible": 0 < count <= MOST_COURSES,
        "most": MOST_COURSES,
        "query": request.GET.urlencode(),
        "kinds": [{"name": name, "label": kind_label(name), "icon": icon_of(name)} for name in SOURCES],
    }
    return render(request, "courses/many_courses.html", context)


def icon_of(name: str) -> str:
    kind = kind_of(name)
    return kind.icon if kind else ""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(can_edit_many_courses)
def change_many(request: HttpRequest, verb: str, kind: str) -> HttpResponse:
    """Add, change or delete methods of this kind in every course that the filter of the address finds."""
    if verb not in FORMS or kind not in SOURCES:
        raise Http404
    courses = courses_found(request)
    back_url = f"{reverse('courses:many_courses')}?{request.GET.urlencode()}"
    step = Step(request, "courses/many_form.html", back_url, context_of(verb, kind, courses))
    account = account_of(request)
    form = FORMS[verb](kind, courses, account, request.POST or None, is_sent=step.is_sent)
    step.context |= {"form": form, "fields": fields_of(form), **searches(request, form)}
    if not courses or len(courses) > MOST_COURSES:
        return step.show(said=_("Narrow the filter first: no course is found by it, or too many are."), status=409)
    if not step.is_sent:
        return step.show()
    if not form.is_valid():
        return step.repeated(account) or step.show()
    step.context["left"] = left_as_they_are(form)
    return step.proceed(setup_of(form, verb))


def courses_found(request: HttpRequest) -> list[Course]:
    """The courses of the filter in the address; none when it says something that the filter does not know."""
    filters = CourseFilters(request.GET, queryset=courses_for(request.user), request=request)
    return list(filters.qs.order_by("code")[: MOST_COURSES + 1]) if filters.is_valid() else []


def setup_of(form: ManyForm, verb: str) -> Setup:
    """The change that a valid form asks for; enabling and disabling are told apart, for they tell people apart."""
    if isinstance(form, ManyAddForm | ManyChangeForm):
        drafts = form.drafts()
        what = form.cleaned_data.get("what", "")
        told = Verb(what) if what in (Verb.ENABLE, Verb.DISABLE) else Verb(verb)
        return Setup(told, form.kind, courses_of([draft.method for draft in drafts]), form.account, drafts)
    methods = form.present()
    return Setup(Verb.DELETE, form.kind, courses_of(methods), form.account, deleted=methods)


def courses_of(methods: Sequence[Any]) -> list[Course]:
    """The courses of these methods, each once."""
    return list({method.course_id: method.course for method in methods}.values())


def left_as_they_are(form: ManyForm) -> str:
    """How many courses have the method already."""
    count = len({method.course_id for method in form.skipped()}) if isinstance(form, ManyAddForm) else 0
    if not count:
        return ""
    words = ngettext(
        "%(count)s course has the method already: it stays as it is.",
        "%(count)s courses have the method already: they stay as they are.",
        count,
    )
    return fill(words, {"count": count})


def context_of(verb: str, kind: str, courses: Sequence[Course]) -> dict[str, Any]:
    return {
        "deed": DEEDS[Verb(verb)],
        "label": kind_label(kind),
        "icon_name": icon_of(kind),
        "course_count": len(courses),
        "first_courses": courses[:5],
    }


def fields_of(form: ManyForm) -> list[ShownField]:
    return [ShownField(each, form.templates.get(each.name, ""), each.name in form.details) for each in form]


def searches(request: HttpRequest, form: ManyForm) -> dict[str, Any]:
    """What was searched for without a script, and what is chosen so far."""
    chosen: Any = form.chosen
    found: dict[str, Any] = {"chosen_codes": {each.code for each in chosen}}
    if form.source_name == "cohort":
        q = request.POST.get("cohort_q", "")
        return found | {
            "cohort_q": q,
            "found_cohorts": cohorts_offered(q, chosen),
            "cohorts_url": reverse("courses:many_cohorts"),
        }
    q = request.POST.get("source_q", "")
    return found | {
        "source_q": q,
        "found_sources": sources_offered(q, None, form.account, chosen),
        "sources_url": reverse("courses:many_sources"),
    }
