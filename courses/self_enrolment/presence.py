"""What the layers below are told of runs that people make for themselves: how they are conducted, and their words."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.self_enrolment.own_run import KIND, REASON, OwnChain
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.models import Run
from enrolhub.sync.states import author_words
from enrolhub.sync.wording import register_reasons, register_run_kind

DEEDS = {
    "enrol": _("%(who)s: enrolled by oneself, %(course)s"),
    "withdraw": _("%(who)s: withdrew, %(course)s"),
    "renew": _("%(who)s: renewed by oneself, %(course)s"),
}


def name_own_run(run: Run) -> str:
    """« Nolwenn Abgrall : auto-inscription, SMTU101 »."""
    words = DEEDS.get(run.options.get("verb", ""))
    if words is None:
        return gettext("Self-enrolment")
    return str(words) % {"who": author_words(run), "course": run.options.get("course", "—")}


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(KIND, OwnChain)
    register_run_kind(KIND, _("Self-enrolment"), name_own_run)
    register_reasons({REASON: _("withdrew")})
