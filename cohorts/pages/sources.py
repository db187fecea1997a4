"""The sources: what the registers gave, how old it is, what was refused; and a trial of the settings for an operator."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cohorts.list_labels import list_label, say_problem_and_line, source_label
from cohorts.rules import can_try_sources, can_view_cohorts
from cohorts.source_states import RowSample, SourceState, last_refusals, sample_of, states_of
from cohorts.sources.configured import configured_sources
from cohorts.sources.protocol import COLUMNS, ConfiguredSource, ExtractRefused
from enrolhub.access.trail import record_event
from enrolhub.web.refusals import needs

#: Rows that a trial shows.
TRIED = 5


@dataclass(frozen=True)
class Trial:
    """What came of trying one source: counts and a few rows, or the reason why there are none."""

    label: str
    location: str
    counts: list[tuple[str, int | None]]
    sample: RowSample | None = None
    refusal: str = ""


@require_safe
@needs(can_view_cohorts)
def list_sources(request: HttpRequest) -> HttpResponse:
    return render_sources(request)


@require_POST
@needs(can_try_sources)
def try_sources(request: HttpRequest) -> HttpResponse:
    """Reach every source as the settings say, and show what it gives. Nothing is landed, nothing changes."""
    trials = [try_source(source) for source in configured_sources()]
    record_event(request.user.get_username(), "sources_tried", count=sum(not trial.refusal for trial in trials))
    return render_sources(request, trials)


def render_sources(request: HttpRequest, trials: list[Trial] | None = None) -> HttpResponse:
    states = states_of(configured_sources(), timezone.now())
    chosen = request.GET.get("list", "")
    context = {
        "states": states,
        "refusals": last_refusals(),
        "sample": chosen_sample(states, chosen),
        "chosen": chosen,
        "trials": trials,
        "may_try": can_try_sources(request.user),
    }
    return render(request, "cohorts/sources.html", context)


def chosen_sample(states: list[SourceState], list_name: str) -> RowSample | None:
    """The first rows of the list that the address names, of whichever source gives it."""
    return next((sample for state in states if (sample := sample_of(state, list_name))), None)


def try_source(source: ConfiguredSource) -> Trial:
    label = source_label(source.kind)
    try:
        sample = source.tried(TRIED)
    except ExtractRefused as refusal:
        return Trial(label, source.location, [], refusal=say_problem_and_line(refusal.problem.as_json()))
    counts = [(list_label(name), count) for name, count in sample.counts.items()]
    if not sample.list_name:
        return Trial(label, source.location, counts)
    rows = RowSample(list_label(sample.list_name), COLUMNS[sample.list_name], sample.rows)
    return Trial(label, source.location, counts, rows)
