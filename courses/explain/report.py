"""An explanation as a program reads it, and as a terminal shows it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from courses.explain.chain import Explanation, Link, SourceRow, Way
from courses.explain.course_facts import took_effect
from courses.explain.phrases import PLACES, STATES
from courses.explain.wording import say_also_broken, say_conclusion, say_link, say_mender, say_remedy, say_row
from courses.participants.vocabulary import PUBLIC_KINDS
from enrolhub.sync.ledger import action_badge
from enrolhub.sync.models import Change
from enrolhub.sync.wording import run_name, say_reason

#: Changes told of one link, the last ones.
TOLD_CHANGES = 5


def as_json(explanation: Explanation) -> dict[str, Any]:
    """Codes, parameters and sentences of the whole chain. Times are ISO 8601."""
    snapshot = explanation.reading.snapshot
    conclusion, now = explanation.conclusion, explanation.at
    return {
        "course": explanation.course.code,
        "person": explanation.person.username,
        "enrolled": explanation.is_enrolled,
        "conclusion": {
            **_link(conclusion, now),
            "sentence": say_conclusion(explanation),
            "method": explanation.way.method.pk if explanation.way else None,
        },
        "broken": _link(explanation.way.broken, now) if explanation.way and explanation.way.broken else None,
        "registers": {
            "extracted_at": _iso(snapshot.extracted_at) if snapshot else None,
            "verdict": snapshot.verdict if snapshot else None,
            "run": snapshot.run_id if snapshot else None,
            "refused_since": bool(explanation.reading.refused),
        },
        "ways": [_way(way, now) for way in explanation.ways],
    }


def _way(way: Way, now: datetime) -> dict[str, Any]:
    return {
        "method": {
            "id": way.method.pk,
            "kind": PUBLIC_KINDS[way.method.kind],
            "name": str(way.method),
            "enabled": way.method.enabled,
        },
        "enrolled": way.is_enrolled,
        "broken": way.broken.place.value if way.broken else None,
        "links": [_link(link, now) for link in way.links],
    }


def _link(link: Link, now: datetime) -> dict[str, Any]:
    return {
        "link": link.place.value,
        "state": link.state.value,
        "code": link.code,
        "sentence": say_link(link, now),
        "mender": link.mender.value if link.mender else None,
        "remedy": say_remedy(link, now),
        "source_course": link.source or None,
        "params": dict(link.params),
        "rows": [_row(row) for row in link.rows],
        "changes": [_change(change) for change in link.changes[:TOLD_CHANGES]],
    }


def _row(row: SourceRow) -> dict[str, Any]:
    return {
        "file": f"{row.list_name}.csv",
        "line": row.line or None,
        "about": row.code,
        "label": row.label,
        "counts": row.counts,
        "finding": row.finding,
        "on": row.on or None,
    }


def _change(change: Change) -> dict[str, Any]:
    at = when_of(change)
    return {
        "run": change.scope.phase.run_id,
        "action": ACTIONS[change.action],
        "applied": took_effect(change),
        "at": _iso(at) if at else None,
        "reason": change.reason or None,
        "source": change.source or None,
    }


ACTIONS = {"A": "arrival", "D": "departure", "M": "alteration"}


def when_of(change: Change) -> datetime | None:
    """When a change took effect, None when it did not."""
    return change.scope.departed_at if change.action == Change.Action.DEPARTURE else change.scope.arrived_at


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


def as_text(explanation: Explanation) -> Iterator[str]:
    """The answer first, then each method's chain, a line a link; what stands below a link is indented."""
    now, conclusion = explanation.at, explanation.conclusion
    yield f"{explanation.person} ({explanation.person.username}) · {explanation.course} ({explanation.course.code})"
    yield say_conclusion(explanation)
    mender, remedy = say_mender(conclusion), say_remedy(conclusion, now)
    if mender:
        yield _("Who can mend it: %(mender)s.") % {"mender": mender}
    yield from (words for words in (remedy, say_also_broken(explanation)) if words)
    yield from _reading_lines(explanation)
    for way in explanation.ways:
        yield ""
        yield f"{way.method} ({way.method.get_kind_display()})"
        for link in way.links:
            yield from _link_lines(link, now)


def _reading_lines(explanation: Explanation) -> Iterator[str]:
    snapshot = explanation.reading.snapshot
    if snapshot and snapshot.extracted_at:
        words = {"at": local(snapshot.extracted_at), "verdict": snapshot.get_verdict_display()}
        yield _("Registers read as of %(at)s (%(verdict)s).") % words
    if explanation.reading.refused:
        yield _("A later extract was refused: the last accepted one stays in force.")


def _link_lines(link: Link, now: datetime) -> Iterator[str]:
    yield f"  {PLACES[link.place]} [{STATES[link.state]}]: {say_link(link, now)}"
    for row in link.rows:
        about = " ".join(part for part in (row.code, row.label) if part)
        place = row.source if row.line else f"{row.list_name}.csv"
        yield f"      {place}  {about}: {say_row(row, now)}"
    for change in link.changes[:TOLD_CHANGES]:
        yield f"      {say_change(change)}"


def say_change(change: Change) -> str:
    """« Arrivée, 2026-11-20 03:44, Nuit du 19 au 20 novembre 2026 (raison) inscriptions_pedagogiques.csv:412 »."""
    at = when_of(change)
    when = local(at) if at else pgettext("change", "not applied")
    words = f"{action_badge(change.action).word}, {when}, {run_name(change.scope.phase.run)}"
    reason = f" ({say_reason(change.reason)})" if change.reason else ""
    return f"{words}{reason} {change.source}".rstrip()


def local(when: datetime) -> str:
    """A time as a terminal shows it: « 2026-11-20 02:10 », in Paris."""
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M")
