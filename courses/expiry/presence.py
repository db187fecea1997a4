"""What the layers below are told of runs that end enrolments: how they are conducted, and their words."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.expiry.relations import KIND
from courses.expiry.runs import ExpiryChain
from courses.expiry.undoing import part_undoable_by
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.models import Run
from enrolhub.sync.rules import register_part
from enrolhub.sync.wording import fill, register_reasons, register_run_kind


def name_expiry(run: Run) -> str:
    """« Fin de 12 inscriptions »."""
    if run.is_live:
        return gettext("End of enrolments")
    words = ngettext("End of %(count)s enrolment", "End of %(count)s enrolments", run.departures)
    return fill(words, {"count": run.departures})


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(KIND, ExpiryChain)
    register_part(KIND, part_undoable_by)
    register_run_kind(KIND, _("Ends"), name_expiry)
    register_reasons({"ended": _("the enrolment had reached its end")})
