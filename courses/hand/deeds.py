"""The verbs of runs by hand, as people are told of them: what is about to be done, what was done, what it means."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from enrolhub.sync.models import Run
from enrolhub.sync.wording import fill

Say = Callable[[int], str]


@dataclass(frozen=True)
class Deed:
    """One verb: « Suspendre 12 personnes », « 12 personnes suspendues », and what it means for them."""

    icon: str
    ask: Say
    told: Say
    help: str | Promise

    def say_asked(self, count: int) -> str:
        return fill(self.ask(count), {"count": count})

    def say_done(self, count: int) -> str:
        return fill(self.told(count), {"count": count})


DEEDS = {
    "suspend": Deed(
        "pause-circle",
        lambda n: ngettext("Suspend %(count)s person", "Suspend %(count)s people", n),
        lambda n: ngettext("%(count)s person suspended", "%(count)s people suspended", n),
        _(
            "They stay in the list but can no longer enter the course, whatever the next nights bring, until you resume them."
        ),
    ),
    "resume": Deed(
        "play-circle",
        lambda n: ngettext("Resume %(count)s person", "Resume %(count)s people", n),
        lambda n: ngettext("%(count)s person resumed", "%(count)s people resumed", n),
        _("They can enter the course again, as their enrolments say."),
    ),
    "set-end": Deed(
        "calendar-x",
        lambda n: ngettext("Change the end for %(count)s person", "Change the end for %(count)s people", n),
        lambda n: ngettext("End changed for %(count)s person", "End changed for %(count)s people", n),
        _("From the end on they can no longer enter the course. The nights do not touch this date."),
    ),
    "renew": Deed(
        "calendar-check",
        lambda n: ngettext("Renew the enrolment of %(count)s person", "Renew the enrolments of %(count)s people", n),
        lambda n: ngettext("Enrolment of %(count)s person renewed", "Enrolments of %(count)s people renewed", n),
        _("Enrolments by hand or by oneself last until a later end; those suspended at their end are resumed."),
    ),
    "convert": Deed(
        "arrow-left-right",
        lambda n: ngettext(
            "Turn the enrolment of %(count)s person into one by hand",
            "Turn the enrolments of %(count)s people into ones by hand",
            n,
        ),
        lambda n: ngettext(
            "Enrolment of %(count)s person turned into one by hand",
            "Enrolments of %(count)s people turned into ones by hand",
            n,
        ),
        _(
            "They stay until the end you give, whatever the registers say: the synchronised method neither brings them "
            "nor takes them away any more."
        ),
    ),
    "change-role": Deed(
        "person-gear",
        lambda n: ngettext("Change the role of %(count)s person", "Change the role of %(count)s people", n),
        lambda n: ngettext("Role changed for %(count)s person", "Role changed for %(count)s people", n),
        _(
            "Only enrolments by hand or by oneself have a role of their own; a synced method gives its role to everyone."
        ),
    ),
    "remove": Deed(
        "trash",
        lambda n: ngettext("Remove %(count)s person", "Remove %(count)s people", n),
        lambda n: ngettext("%(count)s person removed", "%(count)s people removed", n),
        _("Their enrolments by hand or by oneself are taken away, and their groups with the last one."),
    ),
    "exclude": Deed(
        "person-x",
        lambda n: ngettext("Exclude %(count)s person", "Exclude %(count)s people", n),
        lambda n: ngettext("%(count)s person excluded", "%(count)s people excluded", n),
        _("They leave the method, and no night brings them back until the exclusion is lifted."),
    ),
    "lift-exclusion": Deed(
        "person-check",
        lambda n: ngettext("Lift the exclusion of %(count)s person", "Lift the exclusion of %(count)s people", n),
        lambda n: ngettext("Exclusion of %(count)s person lifted", "Exclusion of %(count)s people lifted", n),
        _("Whom the method’s source names is enrolled again at once; the others are when it does."),
    ),
    "add-to-group": Deed(
        "people",
        lambda n: ngettext("Add %(count)s person to the group", "Add %(count)s people to the group", n),
        lambda n: ngettext("%(count)s person added to the group", "%(count)s people added to the group", n),
        _("They stay in the group until they are taken out or leave the course."),
    ),
    "remove-from-group": Deed(
        "person-dash",
        lambda n: ngettext("Take %(count)s person out of the group", "Take %(count)s people out of the group", n),
        lambda n: ngettext("%(count)s person taken out of the group", "%(count)s people taken out of the group", n),
        _("They stay in the course. A group given by an enrolment method cannot be taken away here."),
    ),
    "enrol": Deed(
        "person-plus",
        lambda n: ngettext("Enrol %(count)s person", "Enrol %(count)s people", n),
        lambda n: ngettext("%(count)s person enrolled", "%(count)s people enrolled", n),
        _("They are enrolled by hand: no night takes them away."),
    ),
}


def say_run(run: Run) -> str:
    """What a run by hand did: « 12 personnes suspendues »."""
    deed = DEEDS.get(run.options.get("verb", ""))
    return deed.say_done(run.options.get("people", 0)) if deed else run.kind
