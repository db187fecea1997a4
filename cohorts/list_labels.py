"""What the lists of an extract are called when shown."""

from django.utils.translation import gettext_lazy as _

from cohorts.sources.protocol import LISTS

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
