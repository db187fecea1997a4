"""The verbs of runs by hand on a cohort, as people are told of them."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.hand.chain import ADD, CREATE, DELETE, REMOVE, RENAME
from enrolhub.sync.models import Run
from enrolhub.sync.wording import fill


def say_run(run: Run) -> str:
    """What a run did: « 12 personnes ajoutées à la cohorte Tuteurs L2 pharma »."""
    return say_deed(run.options.get("verb", ""), run.options)


def say_deed(verb: str, options: dict[str, object]) -> str:
    """What a verb did; ``options`` are those of its run."""
    count = int(str(options.get("people", 0)))
    sentences = {
        CREATE: _("Cohort “%(name)s” created"),
        RENAME: _("Cohort “%(before)s” renamed “%(name)s”"),
        DELETE: _("Cohort “%(name)s” deleted"),
        ADD: ngettext(
            "%(people)s person added to the cohort “%(name)s”",
            "%(people)s people added to the cohort “%(name)s”",
            count,
        ),
        REMOVE: ngettext(
            "%(people)s person taken out of the cohort “%(name)s”",
            "%(people)s people taken out of the cohort “%(name)s”",
            count,
        ),
    }
    return fill(sentences.get(verb, verb), {"name": "—", "before": "—", **options, "people": count})
