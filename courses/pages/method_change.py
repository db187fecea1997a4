"""Enabling, disabling, ordering and deleting the methods of a course."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.methods.form import NO, YES, Draft
from courses.methods.registry import kind_of
from courses.models import Course, Method
from courses.pages.list_preferences import account_of
from courses.pages.method_steps import course_of_methods, method_or_404, methods_address, step_of
from courses.setup.asking import Setup, Verb
from courses.setup.deeds import DEEDS

TEMPLATE = "courses/method_change.html"
UP, DOWN = "up", "down"


@require_http_methods(["GET", "HEAD", "POST"])
def change_state(request: HttpRequest, code: str, method_id: int) -> HttpResponse:
    """Enable a disabled method, disable an enabled one; ``enabled`` says which, so that a form sent twice does it once."""
    course = course_of_methods(request, code)
    method = method_there(request, course, method_id)
    if method is None:
        return gone(request, course)
    wanted = request.POST.get("enabled", NO if method.enabled else YES) == YES
    method.enabled = wanted
    verb = Verb.ENABLE if wanted else Verb.DISABLE
    step = step_of(request, course, TEMPLATE, method=method, deed=DEEDS[verb], enabled=YES if wanted else NO)
    return step.proceed(Setup(verb, method.kind, [course], account_of(request), [Draft(method)]))


@require_http_methods(["GET", "HEAD", "POST"])
def delete_method(request: HttpRequest, code: str, method_id: int) -> HttpResponse:
    """Delete a method, by the bin; « Base de données » stays."""
    course = course_of_methods(request, code)
    method = method_there(request, course, method_id)
    if method is None:
        return gone(request, course)
    kind = kind_of(method.kind)
    if kind is None or not kind.comes_by_hand:
        raise Http404
    step = step_of(request, course, TEMPLATE, method=method, deed=DEEDS[Verb.DELETE])
    return step.proceed(Setup(Verb.DELETE, method.kind, [course], account_of(request), deleted=[method]))


@require_POST
def change_order(request: HttpRequest, code: str, method_id: int) -> HttpResponse:
    """Move a method up or down, at once: it touches nobody."""
    course = course_of_methods(request, code)
    method = method_there(request, course, method_id)
    if method is None:
        return gone(request, course)
    step = step_of(request, course, TEMPLATE, method=method, deed=DEEDS[Verb.ORDER])
    drafts = [Draft(each) for each in moved(course, method, request.POST.get("direction", ""))]
    if not drafts:
        return HttpResponseRedirect(step.back_url)
    setup = Setup(Verb.ORDER, method.kind, [course], account_of(request), drafts)
    return step.carry_out_unseen(setup)


def moved(course: Course, method: Method, direction: str) -> list[Method]:
    """The methods of the course whose place changes, each with its new one."""
    methods = list(Method.objects.filter(course=course).select_related("role", "group").order_by("position", "pk"))
    at = next(place for place, each in enumerate(methods) if each.pk == method.pk)
    other = {UP: at - 1, DOWN: at + 1}.get(direction, at)
    if not 0 <= other < len(methods):
        return []
    methods[at], methods[other] = methods[other], methods[at]
    changed = []
    for place, each in enumerate(methods):
        if each.position != place:
            each.position = place
            changed.append(each)
    return changed


def method_there(request: HttpRequest, course: Course, method_id: int) -> Method | None:
    """A method of the course; None when a form was sent about one that is gone by now."""
    try:
        return method_or_404(course, method_id)
    except Http404:
        if request.method != "POST":
            raise
        return None


def gone(request: HttpRequest, course: Course) -> HttpResponse:
    """Back to the list: what a form was about has been deleted under someone's feet, or by its own first sending."""
    messages.error(request, _("The course has no such method any more. Nothing was done: look at those there are."))
    return HttpResponseRedirect(methods_address(course))
