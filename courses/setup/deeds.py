"""What changes of methods are called: while they are asked for, while they run, and when they are done."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from courses.models import Method
from courses.setup.asking import Verb
from enrolhub.sync.models import Run
from enrolhub.sync.wording import fill

Say = Callable[[int], str]


@dataclass(frozen=True)
class Deed:
    """One verb: its symbol, the title of its page, the button that confirms it, and what was done."""

    icon: str
    title: str | Promise
    button: str | Promise
    told: Say
    is_harmful: bool = False


DEEDS = {
    Verb.ADD: Deed(
        "plus-lg",
        gettext_lazy("Add a method"),
        gettext_lazy("Add method"),
        lambda n: ngettext("%(count)s method added", "%(count)s methods added", n),
    ),
    Verb.CHANGE: Deed(
        "pencil",
        gettext_lazy("Change a method"),
        gettext_lazy("Change method"),
        lambda n: ngettext("%(count)s method changed", "%(count)s methods changed", n),
    ),
    Verb.ENABLE: Deed(
        "eye",
        gettext_lazy("Enable a method"),
        gettext_lazy("Enable method"),
        lambda n: ngettext("%(count)s method enabled", "%(count)s methods enabled", n),
    ),
    Verb.DISABLE: Deed(
        "eye-slash",
        gettext_lazy("Disable a method"),
        gettext_lazy("Disable method"),
        lambda n: ngettext("%(count)s method disabled", "%(count)s methods disabled", n),
        is_harmful=True,
    ),
    Verb.ORDER: Deed(
        "arrow-down-up",
        gettext_lazy("Order of the methods"),
        gettext_lazy("Change the order"),
        lambda n: _("Order of the methods changed"),
    ),
    Verb.DELETE: Deed(
        "trash",
        gettext_lazy("Delete a method"),
        gettext_lazy("Delete method"),
        lambda n: ngettext("%(count)s method deleted", "%(count)s methods deleted", n),
        is_harmful=True,
    ),
    Verb.UNITS: Deed(
        "database",
        gettext_lazy("Elements that feed the course"),
        gettext_lazy("Change the elements"),
        lambda n: _("Elements of the course changed"),
    ),
}


def kind_label(kind: str) -> str:
    """What a kind of method is called."""
    return Method.label_of(kind)


def say_run(run: Run) -> str:
    """What a run has done: « 1 méthode ajoutée : Synchronisation des cohortes, L2 Droit »."""
    deed = DEEDS[Verb(run.options["verb"])]
    names = [name for name in run.options.get("names", ()) if name]
    count = run.options.get("method_count", 1)
    what = ", ".join([kind_label(run.options["method_kind"]), *names])
    return _("%(done)s: %(what)s") % {"done": fill(deed.told(count), {"count": count}), "what": what}


def say_asked(run: Run) -> str:
    """What a run that is not done is asked to do."""
    deed = DEEDS[Verb(run.options["verb"])]
    names = [name for name in run.options.get("names", ()) if name]
    return _("%(done)s: %(what)s") % {
        "done": deed.button,
        "what": ", ".join([kind_label(run.options["method_kind"]), *names]),
    }
