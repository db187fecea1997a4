"""One change of a course in words: who, what, before and after, why, and by which run or whom."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.history.changes import EXCLUSIONS, GROUPS, HAND
from courses.models import Course, Group, Method
from enrolhub.access.models import User
from enrolhub.sync.ledger import FactLine, action_badge, fact_lines
from enrolhub.sync.models import Change
from enrolhub.sync.rules import is_own_run
from enrolhub.sync.states import Badge, author_words
from enrolhub.sync.wording import Named, name_people, relation_words, run_name, say_reason
from enrolhub.web.navigation import url_or_none


@dataclass(frozen=True)
class HistoryWords:
    """What the codes of a course's ledger stand for now: its methods by id, the names of its groups by code."""

    course: Course
    methods: Mapping[int, Method]
    groups: Mapping[str, str]

    def name_method(self, relation: str, ref: int) -> str:
        """The method of a scope; one that is gone has left its kind only."""
        if relation == HAND:
            return _("By hand")
        if ref in self.methods:
            return str(self.methods[ref])
        kind = relation.removeprefix(GROUPS)
        label = Method.label_of(kind) if kind in Method.KINDS else _("Method")
        return _("%(method)s (deleted since)") % {"method": label}

    def name_person(self, username: str, people: Mapping[str, Named]) -> Named:
        """A person, whose page says why they are or are not in the course."""
        known = people.get(username) or Named(username)
        return Named(known.name, url_or_none("courses:explain", self.course.code, username) or "")


@dataclass(frozen=True)
class HistoryLine:
    """One change in words; ``at`` is UTC. Without a ``run_url`` the reader may not open the run.

    ``undo_url`` leads to taking back what it did in this course, where that is all that the reader may.
    """

    at: datetime
    person: Named
    username: str
    action: Badge
    what: str
    method: str
    facts: list[FactLine]
    reason: str
    source: str
    run: str
    run_url: str
    undo_url: str
    author: str


def history_words(course: Course) -> HistoryWords:
    """Read the names of a course's methods and groups: two queries."""
    methods = {method.pk: method for method in Method.objects.filter(course=course).order_by("position", "pk")}
    return HistoryWords(
        course, methods, dict(Group.objects.filter(course=course).order_by().values_list("code", "name"))
    )


def history_lines(
    changes: Iterable[Any], words: HistoryWords, reader: User, *, sees_runs: bool, undoable: Collection[int] = ()
) -> list[HistoryLine]:
    """Word the changes of one page, in one query. Their runs, with author and undone run, are selected with them.

    ``undoable`` are the runs of which the reader may take back what they did in this course.
    """
    changes = list(changes)
    people = name_people({change.person for change in changes})
    return [_line(change, words, people, reader, sees_runs, undoable) for change in changes]


def _line(
    change: Any,
    words: HistoryWords,
    people: Mapping[str, Named],
    reader: User,
    sees_runs: bool,
    undoable: Collection[int],
) -> HistoryLine:
    relation, run = change.scope.phase.relation, change.scope.phase.run
    in_group = relation.startswith(GROUPS)
    what = {EXCLUSIONS: _("Exclusion")}.get(relation, _("Group") if in_group else _("Enrolment"))
    return HistoryLine(
        at=change.at,
        person=words.name_person(change.person, people),
        username=change.person,
        action=action_badge(change.action),
        what=what,
        method=words.name_method(relation, change.scope.ref),
        facts=[_group_line(change, words)] if in_group else fact_lines(change, relation_words(relation)),
        # What was taken back keeps the source of the first time; it is not why it is so now.
        reason=say_reason(change.reason or ("run_undone" if run.undoes_id else "")),
        source="" if run.undoes_id or not sees_runs else change.source,
        run=run_name(run),
        run_url=reverse("sync:run", args=[run.pk]) if sees_runs or is_own_run(reader, run) else "",
        undo_url=f"{reverse('sync:undo', args=[run.pk])}?{urlencode({'scope': words.course.code})}"
        if run.pk in undoable
        else "",
        author=author_words(run),
    )


def _group_line(change: Change, words: HistoryWords) -> FactLine:
    name = words.groups.get(change.item, change.item)
    is_departure = change.action == Change.Action.DEPARTURE
    return FactLine(str(_("Group")), name if is_departure else "", "" if is_departure else name)
