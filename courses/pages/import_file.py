"""One loaded file: how it was read, what loading it would do, doing exactly that, and what came of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh
from rules import test_rule

from cohorts.models import Person
from courses.imports.kinds import ENROLMENTS, KINDS, columns_of, may_load
from courses.imports.packing import Packed
from courses.imports.preview import ROWS, rejects_in
from courses.imports.work import confirm, look_again
from courses.models import ImportFile
from courses.pages.frame import frame_of
from courses.pages.import_lines import choices_of, lines_of, totals_of
from courses.pages.imports_told import (
    heading_of,
    label_of,
    language_of_reader,
    progress_of,
    reading_fields,
    say,
    state_badge,
)
from courses.pages.list_preferences import account_of
from courses.pages.red_list import hide_names
from enrolhub.sync.report import Report
from enrolhub.sync.rules import can_view_runs
from enrolhub.web.list_page import page_of, page_size
from enrolhub.web.refusals import Refused, refusal_of
from enrolhub.web.sheets.command import shown
from enrolhub.web.sheets.recognition import COLUMN_LIMIT

State = ImportFile.State


def file_or_404(request: HttpRequest, file_id: int) -> ImportFile:
    """A file of the account itself, as long as it may load such files."""
    account = account_of(request)
    files = ImportFile.objects.select_related("author", "course__platform", "run")
    file = files.filter(pk=file_id, author=account).first()
    if file is None:
        raise refusal_of(files.filter(pk=file_id))
    if not may_load(account, file.kind, file.course):
        raise Refused
    return file


@require_http_methods(["GET", "HEAD", "POST"])
def show_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """What is known of the file; sent with a step, what is to be done with it."""
    file = file_or_404(request, file_id)
    if request.method != "POST":
        return show_progress(request, file) if request.headers.get("HX-Request") else show(request, file)
    step = request.POST.get("step", "")
    if step == "drop" and file.state != State.CONFIRMING:
        file.delete()
        messages.info(request, _("The file is forgotten: nothing of it is kept."))
        return HttpResponseRedirect(way_back(file))
    if step == "confirm":
        return take_in(request, file)
    if step in ("read", "look") and not file.is_over:
        look_again(file, **(corrections(request, file) if step == "read" else {}))
    return redirect("courses:import_file", file.pk)


def show_progress(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """While somebody is at work on the file its page asks again and again, then shows itself anew."""
    if file.is_at_work:
        return render(request, "courses/_import_work.html", {"file": file, "work": progress_of(file)})
    if file.run and file.run.is_live:
        context = {"file": file, "badge": state_badge(file), **run_context(request, file)}
        return render(request, "courses/_import_done.html", context)
    return HttpResponseClientRefresh()


def take_in(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """Load the file as it was seen; sent twice it is loaded once."""
    if file.state not in (State.CONFIRMING, State.DONE) and not confirm(file, request.POST.get("digest", "")):
        look_again(file)
        said = _(
            "The preview that you confirmed is no longer the last one. Nothing was done: this is what would happen now."
        )
        return show(request, file, said, status=409)
    if file.state == State.SEEN:  # refused: something moved
        return show(request, file, status=409)
    return redirect("courses:import_file", file.pk)


def corrections(request: HttpRequest, file: ImportFile) -> dict[str, Any]:
    """How the form says that the file is to be read. Columns are those of the separator and encoding they were read with."""
    read = Packed(bytes(file.preview)).summary.get("reading", {})
    encoding, separator = (storable(request.POST.get(name, "")) for name in ("encoding", "separator"))
    is_same = encoding == read.get("encoding", "") and separator == read.get("separator", "")
    columns = [storable(name) for name in request.POST.getlist("column")[:COLUMN_LIMIT]] if is_same else []
    reading = {"encoding": encoding, "separator": separator, "columns": columns}
    return {"reading": reading, "creates_groups": "creates_groups" in request.POST}


def storable(text: str) -> str:
    """A word of a form as any database takes it; no choice of ours is longer."""
    return text[:40].replace("\0", "\ufffd")


def way_back(file: ImportFile) -> str:
    """Where another file of the kind is loaded."""
    if file.course:
        return reverse("courses:course_import", args=[file.course.code])
    return reverse("courses:import", args=[file.kind])


def show(request: HttpRequest, file: ImportFile, said: str = "", status: int = 200) -> HttpResponse:
    packed, columns = Packed(bytes(file.preview)), columns_of(file)
    preview = packed.summary
    context: dict[str, Any] = {
        "file": file,
        "kind": KINDS[file.kind],
        "label": label_of(file),
        "badge": state_badge(file),
        "said": said or say(file.said),
        "work": progress_of(file),
        "back_url": way_back(file),
        "has_groups": file.kind == ENROLMENTS,
        "step": {State.SEEN: 2, State.CONFIRMING: 3, State.DONE: 4}.get(State(file.state), 1),
    }
    if file.course:
        context["frame_of_course"] = frame_of(file.course, "participants")
    if "reading" in preview:
        context["reading"] = reading_fields(preview["reading"], columns)
        context["read"] = preview["reading"]
    if "fates" in preview:
        context |= seen_context(request, file, packed)
    return render(request, "courses/import_file.html", context, status=status)


def seen_context(request: HttpRequest, file: ImportFile, packed: Packed) -> dict[str, Any]:
    """What the page shows of a preview, and of the run once there is one."""
    preview, narrowing = packed.summary, request.GET.get("show", "")
    tally, fates = preview["tally"], preview["fates"]
    count = fates.get(narrowing, 0) if narrowing else sum(fates.values())
    page = page_of(Paginator(range(count), page_size(request.GET.get("per_page"))), request.GET.get("page"))
    rows = packed.page(ROWS, page.start_index() - 1 if count else 0, page.end_index(), narrowing)
    known = {column.name: heading_of(column) for column in columns_of(file)}
    headings = {name: known[name] for name in preview["names"]}
    people = Person.objects.in_bulk([row[5] for row in rows if row[5]])
    hide_names(request.user, people.values())
    causes = [
        {
            **cause,
            "reason": say(cause["reason"]),
            "remedy": say(cause["remedy"]),
            "more": cause["count"] - len(cause["lines"]),
        }
        for cause in preview["causes"]
    ]
    seen = {
        "preview": preview,
        "tally": tally,
        "changes": tally["arrivals"] + tally["alterations"] + tally["departures"],
        "totals": totals_of(file, preview),
        "causes": causes,
        "remarks": say(preview["remarks"], []),
        "choices": choices_of(fates, narrowing),
        "headings": list(headings.values()),
        "lines": lines_of(rows, headings, people),
        "page": page,
    }
    return seen | (run_context(request, file) if file.run else {})


def run_context(request: HttpRequest, file: ImportFile) -> dict[str, Any]:
    run = file.run
    assert run is not None
    return {
        "run": run,
        "report": Report(run, linked=bool(can_view_runs(request.user))),
        "may_undo": not run.is_live and test_rule("sync.undo", request.user, run),
    }


@require_safe
def download_rejects(request: HttpRequest, file_id: int) -> HttpResponse:
    """The rejected rows as they were last seen, each with its reasons, to be mended and loaded again."""
    file = file_or_404(request, file_id)
    packed = Packed(bytes(file.preview))
    if "fates" not in packed.summary:
        raise Http404
    rejects = b"".join(packed.pieces(rejects_in(language_of_reader()))).decode()
    stem = shown(file.name).rpartition(".")[0] or shown(file.name)
    return as_attachment(rejects, f"{stem}-erreurs.csv")


@require_safe
def download_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file of this kind: the line of headings, in the reader's language."""
    if kind not in KINDS or not may_load(account_of(request), kind):
        raise Http404
    headings = ";".join(heading_of(column) for column in KINDS[kind].columns)
    return as_attachment(f"{headings}\r\n", f"{kind}.csv")


def as_attachment(text: str, name: str) -> HttpResponse:
    """A CSV file that a browser saves and never shows."""
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
