"""Where files are loaded: the kinds of file, those one is loading, and the form of a new one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from courses.imports.kinds import ENROLMENTS, KINDS, LABEL_IN_COURSE, ImportKind, columns_of, kinds_for, may_load
from courses.imports.work import receive
from courses.models import Course, ImportFile
from courses.pages.frame import course_or_404, frame_of
from courses.pages.imports_form import ImportForm
from courses.pages.imports_told import column_lines, label_of, state_badge
from courses.pages.list_preferences import account_of
from courses.rules import can_load_files
from enrolhub.access.models import User
from enrolhub.web.refusals import needs


@require_safe
@needs(can_load_files)
def list_imports(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    context = {"kinds": kinds_for(account), "files": files_of(account)}
    return render(request, "courses/imports.html", context)


def files_of(account: User, course: Course | None = None) -> list[dict[str, Any]]:
    """The files that the account has loaded or is loading, the newest first."""
    files = ImportFile.objects.filter(author=account).select_related("course", "run").defer("data", "preview")
    if course is not None:
        files = files.filter(course=course)
    return [{"file": file, "label": label_of(file), "badge": state_badge(file)} for file in files]


@require_http_methods(["GET", "HEAD", "POST"])
def load_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a file about the whole site; sent, it leads to the preview."""
    chosen = KINDS.get(kind)
    if chosen is None or not may_load(account_of(request), kind):
        raise Http404
    return answer(request, chosen)


@require_http_methods(["GET", "HEAD", "POST"])
def load_course_file(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a file of enrolments in one course."""
    course = course_or_404(request, code)
    if not may_load(account_of(request), ENROLMENTS, course):
        raise Http404
    return answer(request, KINDS[ENROLMENTS], course)


def answer(request: HttpRequest, kind: ImportKind, course: Course | None = None) -> HttpResponse:
    account = account_of(request)
    form = ImportForm(request, has_groups=kind.name == ENROLMENTS)
    if form.is_bound and form.is_valid():
        creates_groups = form.cleaned_data.get("creates_groups", False)
        file = receive(account, kind.name, course, form.name, form.content, creates_groups=creates_groups)
        return redirect("courses:import_file", file.pk)
    columns = columns_of(ImportFile(kind=kind.name, course=course))
    context: dict[str, Any] = {
        "kind": kind,
        "label": LABEL_IN_COURSE if course else kind.label,
        "form": form,
        "columns": column_lines(columns, kind.name),
        "course": course,
        "files": files_of(account, course) if course else [],
    }
    if course:
        context["frame_of_course"] = frame_of(course, "participants")
    status = 400 if form.is_bound else 200
    return render(
        request, "courses/import_course.html" if course else "courses/import_form.html", context, status=status
    )
