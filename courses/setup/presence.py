"""What the layers below are told of runs that change methods: how they are conducted, taken back and worded."""

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.changed import cohort_members_changed
from courses import following
from courses.models import Role
from courses.models.platform import DeparturePolicy
from courses.presence import course_scopes, method_scopes, say_time
from courses.setup.chain import KIND, SetupChain
from courses.setup.deeds import kind_label, say_run
from courses.setup.facts import FACTS, YES
from courses.setup.relations import RELATIONS
from courses.setup.rows import GROUPS, KEYS, LINKED, METHODS, UNITS
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.judge import register_previewed
from enrolhub.sync.models import Run
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.wording import (
    RelationWords,
    register_messages,
    register_reasons,
    register_relation,
    register_run_kind,
)

LABELS = {
    "kind": _("Method"),
    "name": _("Name"),
    "enabled": _("State"),
    "position": _("Order"),
    "role": _("Role"),
    "group": _("Group"),
    "source_cohort": _("Cohort"),
    "source_course": _("Source course"),
    "role_map": _("Roles of the source course"),
    "departure_policy": _("Departures"),
    "starts_at": _("Start"),
    "ends_at": _("End"),
    "key": _("Key"),
    "capacity": _("Number of places"),
    "duration_days": _("Days of enrolment"),
    "expiry_policy": _("At the end of an enrolment"),
    "notice_days": _("Notice before the end (days)"),
    "admits_cohort": _("Members of the cohort only"),
    "welcome_message": _("Welcome message"),
    "may_withdraw": _("People may withdraw"),
    "may_renew": _("People may renew"),
}
FLAGS = ("may_withdraw", "may_renew")
#: What a key is shown as: the ledger is read by others than those who may let people in.
HIDDEN = "••••"
REASONS = {"setup_taken_away": _("taken away by hand")}
MESSAGES = {
    "method_moved": _("The course changed between the confirmation and the work: nothing was done. Look again."),
    "method_above": _(
        "This would touch people with a role that you may not give, perhaps yourself (%(count)s). Ask the CEMU, or a manager of"
        " the component."
    ),
    "method_there": _("The course %(course)s has this method already: “%(method)s”. Nothing was done."),
    "method_filled": _(
        "Somebody was enrolled by “%(method)s” meanwhile, so the method stays in %(course)s. Delete it again if it is to go."
    ),
}


def say_method_fact(name: str, value: str) -> str:
    """One fact of a method in words."""
    if name == "enabled":
        return gettext("enabled") if value == YES else gettext("disabled")
    if name in FLAGS:
        return gettext("yes") if value == YES else gettext("no")
    if name == "key":
        return HIDDEN if value else ""
    if name == "kind":
        return kind_label(value)
    if name == "role" and value in Role.ShortName:
        return str(Role.ShortName(value).label)
    if name.endswith("_policy") and value in DeparturePolicy:
        return str(DeparturePolicy(value).label)
    return say_time(value) if name in ("starts_at", "ends_at") else value


def say_key(name: str, value: str) -> str:
    return HIDDEN if value else ""


def say_link(name: str, value: str) -> str:
    return gettext("feeds the course") if value == LINKED else gettext("does not feed the course")


def name_setup_run(run: Run) -> str:
    """« 1 méthode ajoutée : Synchronisation des cohortes, L2 Droit, SMTU101 »."""
    where = run.options.get("course") or gettext("%(count)s courses") % {"count": run.options.get("course_count", 0)}
    return gettext("%(what)s, %(course)s") % {"what": say_run(run), "course": where}


def words_of_relations() -> Iterable[tuple[str, RelationWords]]:
    facts = tuple((name, LABELS[name]) for name in FACTS)
    yield METHODS, RelationWords(_("Methods"), facts, say_fact=say_method_fact, name_scopes=course_scopes)
    yield GROUPS, RelationWords(_("Groups made or taken away"), (("name", _("Name")),), name_scopes=course_scopes)
    yield KEYS, RelationWords(_("Keys of groups"), (("key", _("Key")),), say_fact=say_key, name_scopes=method_scopes)
    yield UNITS, RelationWords(_("Elements"), (("linked", _("Link")),), say_fact=say_link, name_scopes=course_scopes)


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(KIND, SetupChain)
    register_chain(following.KIND, following.FollowChain)
    for kind in (KIND, following.KIND):
        register_previewed(kind)
    for relation in RELATIONS:
        register_undoable(relation.name, relation)
    for name, words in words_of_relations():
        register_relation(name, words)
    register_run_kind(KIND, _("Enrolment methods"), name_setup_run)
    register_run_kind(following.KIND, _("Cohorts followed"), following.name_follow_run)
    cohort_members_changed.connect(following.follow_cohorts, dispatch_uid="courses.following")
    register_reasons(REASONS)
    register_messages(MESSAGES)
