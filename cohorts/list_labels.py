"""What the sources and the lists of an extract are called when shown, and what is wrong with them, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import OutputWrapper
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.sources.protocol import LISTS, Beat
from enrolhub.sync.wording import say_message
from enrolhub.web.dates import exact

_LABELS = {
    "annuaire": _("Directory"),
    "annees": _("APOGÉE, academic years"),
    "etapes": _("APOGÉE, étapes"),
    "inscriptions_administratives": _("APOGÉE, administrative registrations"),
    "elements": _("APOGÉE, elements"),
    "inscriptions_pedagogiques": _("APOGÉE, pedagogical registrations"),
    "groupes": _("APOGÉE, groups"),
    "affectations_groupes": _("APOGÉE, group assignments"),
}


def list_label(name: str) -> str:
    """« APOGÉE, inscriptions pédagogiques »; a list that is not known keeps its name."""
    return str(_LABELS.get(name, name))


def in_reading_order(name: str) -> int:
    """A sort key: the lists as the exchange format names them, unknown ones last."""
    return LISTS.index(name) if name in LISTS else len(LISTS)


_SOURCES = {
    "exchange_files": _("Folder of exchange files"),
    "directory_ldap": _("Directory (LDAP)"),
    "apogee_sql": _("APOGÉE (SQL)"),
    "together": _("All sources"),
}


def source_label(kind: str) -> str:
    """« Annuaire (LDAP) »; a source that is not known keeps its name."""
    return str(_SOURCES.get(kind, kind))


def say_problem(problem: Mapping[str, Any]) -> str:
    """One problem of an extract (``Problem.as_json``) as a sentence; its line is told beside it."""
    params = dict(problem.get("params") or {})
    if "source" in params:
        params["source"] = source_label(str(params["source"]))
    if "extracted_at" in params:
        params["extracted_at"] = exact(datetime.fromisoformat(str(params["extracted_at"])))
    return say_message(str(problem.get("code", "")), {**problem, **params})


def say_problem_and_line(problem: Mapping[str, Any]) -> str:
    """« annuaire.csv n’est pas un texte UTF-8. (ligne 12) »."""
    words = say_problem(problem)
    return f"{words} ({gettext('line %(line)s') % problem})" if problem.get("line") else words


def reading_reporter(stream: OutputWrapper) -> Beat:
    """A listener that says on a terminal which list is being read and how far; on anything else it is silent."""

    def report(list_name: str, rows: int) -> None:
        if stream.isatty():
            words = f"{list_label(list_name)}: {number_format(rows, force_grouping=True)}"
            stream.write(f"\r\x1b[K{words}", ending="\r")
            stream.flush()

    return report
