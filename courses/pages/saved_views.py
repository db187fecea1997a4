"""The views that an account keeps of a course's participant list: keep one, rename it, delete it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.models import Course
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.participants.address import Address, address_of
from courses.participants.panel import described
from courses.participants.saved_views import (
    LIST,
    LONGEST,
    MOST,
    KeptView,
    is_bound_to_course,
    query_of,
    saved_views_for,
    saved_views_of,
    why_not_kept,
)
from courses.participants.vocabulary import vocabulary_of
from enrolhub.access.forms import SavedViewForm
from enrolhub.access.models import SavedView


@dataclass(frozen=True)
class ViewLine:
    """A view with what it asks for in words, and the form that renames it."""

    view: KeptView
    said: Sequence[str]
    form: SavedViewForm


@require_http_methods(["GET", "HEAD", "POST"])
def manage_views(request: HttpRequest, code: str) -> HttpResponse:
    """The account's views, and the form that keeps the filter and order of the query string; a POST keeps them."""
    course = course_or_404(request, code)
    if request.method != "POST":
        query = query_of(address_of(request.GET))
        return show_views(request, course, query=query, form=view_form(request, course, query))
    query = request.POST.get("query", "")
    if len(query) <= LONGEST:
        query = query_of(address_of(QueryDict(query)))
    form = view_form(request, course, query, request.POST)
    if refusal := refusal_of(request, course, query):
        form.add_error(None, refusal)
    if form.is_valid() and is_kept(form):
        messages.success(request, _("View “%(name)s” kept.") % {"name": form.instance.name})
        return HttpResponseRedirect(f"{reverse('courses:participants', args=[course.code])}?{query}")
    return show_views(request, course, query=query, form=form)


@require_POST
def rename_view(request: HttpRequest, code: str, view_id: int) -> HttpResponse:
    """Give one of the account's views another name."""
    course = course_or_404(request, code)
    view = view_or_404(request, course, view_id)
    fields = {"name": request.POST.get("name", ""), "everywhere": not view.place}
    form = SavedViewForm(fields, instance=view, place=view.place, auto_id=auto_id(view_id))
    if form.is_valid() and is_kept(form):
        messages.success(request, _("View renamed “%(name)s”.") % {"name": view.name})
        return redirect("courses:views", course.code)
    return show_views(request, course, renaming=form)


@require_POST
def delete_view(request: HttpRequest, code: str, view_id: int) -> HttpResponse:
    """Forget one of the account's views; the list itself is not touched."""
    course = course_or_404(request, code)
    view = view_or_404(request, course, view_id)
    view.delete()
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name})
    return redirect("courses:views", course.code)


def view_or_404(request: HttpRequest, course: Course, view_id: int) -> SavedView:
    """One of the account's own views that this course's list offers."""
    return get_object_or_404(saved_views_of(account_of(request), course), pk=view_id)


def view_form(request: HttpRequest, course: Course, query: str, data: QueryDict | None = None) -> SavedViewForm:
    """The form that keeps this query as a view."""
    view = SavedView(user=account_of(request), view=LIST, query=query)
    stays = len(query) <= LONGEST and is_bound_to_course(query)
    return SavedViewForm(data, instance=view, place=course.code, stays=stays)


def auto_id(view_id: int) -> str:
    """How the fields of a view's own form are called in the page."""
    return f"view-{view_id}-%s"


def refusal_of(request: HttpRequest, course: Course, query: str) -> str:
    """Why nothing can be kept, whatever its name; empty when it can."""
    if not query:
        return _("There is nothing to keep: filter the list or choose an order first.")
    if saved_views_of(account_of(request), course).count() >= MOST:
        return _("You have %(most)s views here already. Delete one that you no longer use.") % {"most": MOST}
    return why_not_kept(query, vocabulary_of(course))


def is_kept(form: SavedViewForm) -> bool:
    """Whether the view is written; somebody signed in twice may have taken the name a moment ago."""
    try:
        form.keep()
    except IntegrityError:
        form.add_error("name", _("You already have a view of this name. Choose another name, or replace that view."))
        return False
    return True


def show_views(
    request: HttpRequest,
    course: Course,
    *,
    query: str = "",
    form: SavedViewForm | None = None,
    renaming: SavedViewForm | None = None,
) -> HttpResponse:
    """The page: the views kept, and the form for the query, if there is one to keep."""
    words, user = vocabulary_of(course), account_of(request)
    kept = {view.pk: view for view in saved_views_of(user, course)}
    lines = [
        ViewLine(
            each,
            described(words, QueryDict(kept[each.pk].query)),
            renaming
            if renaming is not None and renaming.instance.pk == each.pk
            else SavedViewForm(instance=kept[each.pk], auto_id=auto_id(each.pk)),
        )
        for each in saved_views_for(user, course, Address(()))
    ]
    context = {
        "frame_of_course": frame_of(course, "participants", list(words.methods.values())),
        "lines": lines,
        "form": form,
        "query": query,
        "said": described(words, QueryDict(query)) if query and len(query) <= LONGEST else [],
    }
    return render(request, "courses/saved_views.html", context)
