"""Sentences of a chain, from its codes and parameters: what a link found, the conclusion, who can mend what breaks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from courses.explain.chain import Explanation, Link, Mender, SourceRow
from courses.explain.phrases import FINDINGS, MENDERS, REMEDIES, ROW_FINDINGS
from courses.models import Role
from courses.participants.statuses import LABELS
from enrolhub.sync.wording import fill, say_reason
from enrolhub.web.dates import moment, short_date


def say_link(link: Link, now: datetime) -> str:
    """What is found at a link, as a sentence without a full stop."""
    return str(capfirst(say_finding(link, now)))


def say_finding(link: Link, now: datetime) -> str:
    found = fill(FINDINGS.get(link.code, link.code), params_of(link, now))
    return (
        _("in the source course %(source)s, %(finding)s") % {"source": link.source, "finding": found}
        if link.source
        else found
    )


def say_conclusion(explanation: Explanation) -> str:
    """The answer in one sentence."""
    link, now = explanation.conclusion, explanation.at
    finding = {"finding": say_finding(link, now)}
    if explanation.is_enrolled:
        if link.code == "enrolled":
            return _("In this course: %(finding)s.") % finding
        return _("In this course, but: %(finding)s.") % finding
    return _("Not in this course: %(finding)s.") % finding


def say_remedy(link: Link, now: datetime) -> str:
    """What to do about a link that breaks; empty when there is nothing to be done."""
    return fill(REMEDIES.get(link.code, ""), params_of(link, now))


def say_also_broken(explanation: Explanation) -> str:
    """That mending the link which decides will not do, and what else is broken; empty when it will."""
    way, link = explanation.way, explanation.conclusion
    also = way.also_broken if way and link is way.broken else None
    if also is None:
        return ""
    return _("That alone will not do: %(finding)s.") % {"finding": say_finding(also, explanation.at)}


def say_mender(link: Link) -> str:
    """Who can mend it, with the faculty whose office it is; empty when nobody has to."""
    if link.mender is None:
        return ""
    words = str(MENDERS[link.mender])
    return words + of_component(link.params) if link.mender == Mender.REGISTRAR else words


def say_row(row: SourceRow, now: datetime) -> str:
    """« compte, du 15 sept. 2026 »."""
    found = str(ROW_FINDINGS.get(row.finding, row.finding))
    return _("%(finding)s, of %(date)s") % {"finding": found, "date": say_day(row.on, now)} if row.on else found


def params_of(link: Link, now: datetime) -> dict[str, Any]:
    """The parameters of a link's sentences, in words."""
    params = dict(link.params)
    for name in ("at", "since", "starts_at", "ends_at"):
        if params.get(name):
            params[name] = moment(datetime.fromisoformat(params[name]), now)
    if params.get("role") in Role.ShortName:
        params["role"] = Role.ShortName(params["role"]).label
    params["years"] = say_year(str(params.get("year", "")))
    params["of_component"] = of_component(params)
    who = params.get("suspender") or params.get("by")
    params["by_whom"] = _(" by %(name)s") % {"name": who} if who else ""
    if "status" in params:
        params["status"] = LABELS[params["status"]]
    if "hold" in params:
        params["hold"] = say_reason(params["hold"])
    return params


def of_component(params: Mapping[str, Any]) -> str:
    """« de l’UFR des Sciences », with the blank before it; empty when the faculty is not known."""
    name = params.get("component")
    return _(" of %(component)s") % {"component": name} if name else ""


def say_year(code: str) -> str:
    """« 2026-2027 »."""
    return f"{code}-{int(code) + 1}" if code.isdecimal() and len(code) == 4 else code


def say_day(text: str, now: datetime) -> str:
    """A date of the register as people read it; what is no date stays as it is."""
    try:
        return short_date(date.fromisoformat(text[:10]), now)
    except ValueError:
        return text
