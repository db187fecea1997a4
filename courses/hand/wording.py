"""What hands do, in words: what is asked of each person, what was done, and why something is left as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.asked_relations import AskedExclusions
from courses.hand.proposal import EXCLUSIONS
from courses.methods.expressions import ENROLMENT_FACTS
from courses.models import Course, Group, Method
from courses.presence import ENROLMENT_FACTS as FACT_LABELS
from courses.presence import say_enrolment_fact
from enrolhub.sync.facts import split_facts

#: Why nothing is done for someone.
LEFT = {
    "yourself": gettext_lazy("This is you: ask a colleague to do it"),
    "above_you": gettext_lazy("Has a role here that you may not give"),
    "suspended_already": gettext_lazy("Suspended already"),
    "suspended_by_sync": gettext_lazy(
        "Suspended by the synchronisation, which would suspend again: only its source can lift it"
    ),
    "not_suspended": gettext_lazy("Not suspended"),
    "suspended_at_end": gettext_lazy("Suspended at the end of the enrolment: renew it"),
    "dates_of_source": gettext_lazy("The dates follow the source course: change them there"),
    "end_before_start": gettext_lazy("The enrolment would end before it starts"),
    "end_already": gettext_lazy("Has this end already"),
    "ends_later": gettext_lazy("Does not end before that day"),
    "no_end": gettext_lazy("Has no end: there is nothing to renew"),
    "renewed_by_source": gettext_lazy("Enrolled by “%(method)s”, which has no end of its own"),
    "not_automatic": gettext_lazy("Not enrolled by a synchronised method"),
    "role_already": gettext_lazy("Has this role already"),
    "role_of_source": gettext_lazy("Enrolled by “%(method)s”, which gives the role: change it on the method"),
    "would_return": gettext_lazy("Enrolled by “%(method)s”: would be back next night. Exclude or suspend instead"),
    "not_in_method": gettext_lazy("Not enrolled by this method"),
    "not_excluded": gettext_lazy("Not excluded"),
    "in_group_already": gettext_lazy("In this group already"),
    "not_in_group": gettext_lazy("Not in this group"),
    "group_of_method": gettext_lazy("Put into the group by an enrolment method: would be back next night"),
    "enrolled_already": gettext_lazy("Enrolled by hand already"),
}
#: What is left as it is of someone for whom something is done.
REMARKS = {
    "would_return": gettext_lazy("Stays in the course by “%(method)s”"),
    "role_of_source": gettext_lazy("Keeps the role given by “%(method)s”"),
    "not_in_method": gettext_lazy("Stays in the course by another method"),
    "suspended_by_sync": gettext_lazy("Stays suspended by the synchronisation elsewhere in the course"),
    "dates_of_source": gettext_lazy("The meta-course link keeps the dates of its source"),
    "end_before_start": gettext_lazy("Another enrolment would end before it starts: it is left as it is"),
    "group_of_method": gettext_lazy("Stays in the group by an enrolment method"),
    "not_back_yet": gettext_lazy("Not enrolled at once: no source names this person today"),
    "renewed_by_source": gettext_lazy("Stays in the course by “%(method)s” as well"),
    "suspended_at_end": gettext_lazy("An enrolment suspended at its end stays so until it is renewed"),
    "here_otherwise": gettext_lazy("Is in the course by another method already"),
}


def say_left(code: str, *, touched: bool) -> str:
    """Why something is left as it is; nothing where it need not be told."""
    name, _dot, kind = code.partition(".")
    words = str((REMARKS if touched else LEFT).get(name, ""))
    return words % {"method": Method.label_of(kind)} if kind and words else words


@dataclass(frozen=True)
class Wording:
    """Rows of one course in words; its groups are read once, ``new_groups`` are not there yet."""

    course: Course
    methods: Mapping[int, Method]
    new_groups: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def groups(self) -> dict[str, str]:
        known = dict(Group.objects.filter(course=self.course).order_by().values_list("code", "name"))
        return {**known, **self.new_groups}

    def say_all(self, rows: Iterable[tuple[str, int, str, str, str]]) -> list[str]:
        """What changes for one person, line by line, of (relation, ref, item, before, after).

        Whoever leaves a group by one way and joins it by another keeps it.
        """
        told = list(rows)
        places = [(item, bool(after)) for relation, _ref, item, _before, after in told if is_place(relation)]
        kept = {item for item, joins in places if joins} & {item for item, joins in places if not joins}
        lines = []
        for relation, ref, item, before, after in told:
            if not (is_place(relation) and item in kept):
                lines.append(self.say(relation, ref, item, before, after))
            elif after:
                lines.append(_("Keeps the group %(group)s") % {"group": self.groups.get(item, item)})
        return lines

    def say(self, relation: str, ref: int, item: str, before: str, after: str) -> str:
        """What changes: « Inscription manuelle : rôle Étudiant → Tuteur »."""
        if is_place(relation):
            names = {"group": self.groups.get(item, item)}
            return (_("Joins the group %(group)s") if after else _("Leaves the group %(group)s")) % names
        names = {"method": str(self.methods.get(ref) or "")}
        if relation == EXCLUSIONS:
            return self._say_exclusion(after, names)
        if not after:
            return _("No longer enrolled by “%(method)s”") % names
        facts = "; ".join(say_facts(before, after))
        return _("%(method)s: %(facts)s") % {**names, "facts": facts}

    def _say_exclusion(self, after: str, names: dict[str, str]) -> str:
        if not after:
            return _("Exclusion from “%(method)s” lifted") % names
        reason = split_facts(after, AskedExclusions.fact_names).get("reason", "")
        words = _("Excluded from “%(method)s”") % names
        return f"{words} ({reason})" if reason else words


def is_place(relation: str) -> bool:
    """Whether the rows of the relation are places in groups."""
    return relation.startswith("group_members.")


def say_facts(before: str, after: str) -> list[str]:
    """The facts of an enrolment that change, each as « Rôle Étudiant → Tuteur »; of a new one those that say something."""
    was, becomes = split_facts(before, ENROLMENT_FACTS), split_facts(after, ENROLMENT_FACTS)
    lines = []
    for name, label in FACT_LABELS:
        old, new = was.get(name, ""), becomes.get(name, "")
        if old == new:
            continue
        said = say_enrolment_fact(name, new) or _("none")
        lines.append(f"{label} {say_enrolment_fact(name, old) or _('none')} → {said}" if before else f"{label} {said}")
    return lines
