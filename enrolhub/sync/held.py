"""The held departures of a run as its report shows them: how many of how many, why, and who for example."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrolhub.sync.consequences import Consequences, Follower, consequences_of
from enrolhub.sync.evidence import Evidence, EvidenceOf, Origin
from enrolhub.sync.guards import Limits, Reason
from enrolhub.sync.ledger import ledger_url
from enrolhub.sync.limits import limits_in_force
from enrolhub.sync.models import Change, Hold, Run
from enrolhub.sync.queries import examples_of
from enrolhub.sync.wording import Named, fill, name_people, name_scopes, say_hold
from enrolhub.web.navigation import url_or_none
from enrolhub.web.svg import share_bar

#: Scopes listed on the report, those that would lose most first; the rest is a number.
LISTED = 20


@dataclass(frozen=True)
class HoldLine:
    """Departures of one scope that wait or were decided."""

    hold: Hold
    scope: Named
    staying: int
    share: float
    bar: SafeString
    limit: str
    why: str
    examples: list[str]
    other_count: int
    url: str
    #: What a form sends of it: its number and the digest that was seen.
    seen: str
    #: The undo that took these departures back before.
    undo_url: str = ""
    followers: Sequence[Follower] = ()
    evidence: Evidence = field(default_factory=Evidence)
    #: The people named as examples, with what the ledger knows of each.
    cases: Sequence[tuple[Named, Origin]] = ()

    @property
    def follower_count(self) -> int:
        return sum(course.count for course in self.followers)


@dataclass(frozen=True)
class HoldSums:
    """Holds of one state: in how many scopes, and how many departures."""

    scope_count: int = 0
    departures: int = 0


@dataclass(frozen=True)
class DecisionLine:
    """One decision on some of what a run held: what, by whom, when, why; and the run that applied it, if any."""

    what: str
    url: str = ""


class HeldDepartures:
    """Everything a run held, in a constant number of queries."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def _holds(self) -> QuerySet[Hold]:
        return Hold.objects.filter(scope__phase__run=self.run)

    @cached_property
    def _sums(self) -> dict[str, HoldSums]:
        rows = self._holds.order_by().values_list("state").annotate(Count("pk"), Sum("scope__departures"))
        return {state: HoldSums(count, departures or 0) for state, count, departures in rows}

    @property
    def waiting(self) -> HoldSums:
        return self._sums.get(Hold.State.WAITING, HoldSums())

    @property
    def approved(self) -> HoldSums:
        return self._sums.get(Hold.State.APPROVED, HoldSums())

    @property
    def rejected(self) -> HoldSums:
        return self._sums.get(Hold.State.REJECTED, HoldSums())

    @property
    def superseded(self) -> HoldSums:
        return self._sums.get(Hold.State.SUPERSEDED, HoldSums())

    @cached_property
    def lines(self) -> list[HoldLine]:
        """The holds that wait, those of most departures first, no more than ``LISTED``."""
        waiting = self._holds.filter(state=Hold.State.WAITING).select_related("scope__phase")
        holds = list(waiting.order_by("-scope__departures", "scope__code", "scope__ref")[:LISTED])
        names = name_scopes((hold.scope.phase.relation, hold.scope.ref) for hold in holds)
        examples = examples_of(hold.scope for hold in holds)
        people = name_people({person for persons in examples.values() for person in persons})
        evidence = EvidenceOf(self.run, [hold.scope for hold in holds], examples)
        return [_line(hold, self, names, evidence, people) for hold in holds]

    @cached_property
    def limits(self) -> Limits:
        return limits_in_force()

    @cached_property
    def decisions(self) -> list[DecisionLine]:
        """The decisions taken, the first one first."""
        decided = self._holds.filter(decided_at__isnull=False).select_related("decided_by", "scope")
        together: dict[tuple[object, ...], list[Hold]] = {}
        for hold in decided.order_by("decided_at", "pk"):
            together.setdefault((hold.decided_at, hold.state, hold.decided_by_id, hold.comment), []).append(hold)
        return [_decision(holds) for holds in together.values()]

    @cached_property
    def consequences(self) -> Consequences:
        """What follows beyond the rows held; asked of finished runs that hold something."""
        ended = not self.run.is_live and not self.run.dry_run and self.waiting.scope_count
        return consequences_of(self.run) if ended else Consequences()

    @property
    def unlisted_count(self) -> int:
        return self.waiting.scope_count - len(self.lines)

    @cached_property
    def digest(self) -> str:
        """The print of everything that waits: who decides on all of it has seen all of it."""
        return digest_of_waiting(self.run)


def _decision(holds: Sequence[Hold]) -> DecisionLine:
    hold = holds[0]
    count = sum(hold.scope.departures for hold in holds)
    if hold.state == Hold.State.REJECTED:
        words = ngettext("%(count)s rejected by %(who)s, %(when)s", "%(count)s rejected by %(who)s, %(when)s", count)
    else:
        words = ngettext("%(count)s approved by %(who)s, %(when)s", "%(count)s approved by %(who)s, %(when)s", count)
    assert hold.decided_at is not None
    who = str(hold.decided_by) if hold.decided_by else _("the operator at the command line")
    what = fill(words, {"count": count, "who": who, "when": f"{timezone.localtime(hold.decided_at):%d/%m/%Y %H:%M}"})
    if hold.comment:
        what = _("%(decision)s: %(why)s") % {"decision": what, "why": hold.comment}
    return DecisionLine(what, reverse("sync:run", args=[hold.approval_id]) if hold.approval_id else "")


def digest_of_waiting(run: Run) -> str:
    """The print of all holds of a run that wait, with what each of them holds."""
    waiting = Hold.objects.filter(scope__phase__run=run, state=Hold.State.WAITING)
    rows = list(waiting.order_by("pk").values_list("pk", "digest"))
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _line(
    hold: Hold,
    held: HeldDepartures,
    names: Mapping[tuple[str, int], Named],
    evidence: EvidenceOf,
    people: Mapping[str, Named],
) -> HoldLine:
    scope = hold.scope
    behind, examples = evidence.of(scope), evidence.examples.get(scope.pk, ())
    part, whole = _judged(hold)
    share = part / whole if whole else 1.0
    words, limit = _limit_of(hold, whole, held.limits)
    filters = {"relation": scope.phase.relation, "scope": scope.code, "action": str(Change.Action.DEPARTURE)}
    return HoldLine(
        hold=hold,
        scope=names.get((scope.phase.relation, scope.ref), Named(scope.code)),
        staying=max(scope.size - scope.departures, 0),
        share=share * 100,
        bar=share_bar(share, limit),
        limit=words,
        why=say_hold(hold),
        examples=[people[person].name if person in people else person for person in examples],
        other_count=scope.departures - len(examples),
        url=ledger_url(held.run, **filters),
        seen=f"{hold.pk}:{hold.digest}",
        undo_url=reverse("sync:run", args=[hold.params["undo"]]) if hold.reason == Reason.UNDONE else "",
        followers=held.consequences.followers.get((scope.phase.relation, scope.ref), ()),
        evidence=behind,
        cases=[(_named(person, people), origin) for person, origin in behind.origins.items()],
    )


def _named(person: str, people: Mapping[str, Named]) -> Named:
    """A person with their page, which the applications above have."""
    known = people.get(person) or Named(person)
    return Named(known.name, known.url or url_or_none("courses:person", person) or "")


def _judged(hold: Hold) -> tuple[int, int]:
    """Departures and members that the guard compared: tonight's, with those of the last days when they are the reason."""
    recent = hold.params.get("recent", 0) if hold.reason == Reason.WINDOW else 0
    return hold.scope.departures + recent, hold.scope.size + recent


def _limit_of(hold: Hold, whole: int, limits: Limits) -> tuple[str, float | None]:
    """The limit in force for what was judged: in words, and as a share of 1 where the bar has a tick for it."""
    if hold.reason == Reason.UNDONE:
        return _("taken back before"), None
    if hold.reason == Reason.UNUSUAL:
        # Holds from before decision 125 say only what was usual.
        usual = hold.params.get("usual", 0)
        told = {"most": hold.params.get("most", limits.run_times * usual), "usual": usual}
        return fill(_("limit %(most)s departures; a usual day has %(usual)s"), told), None
    if hold.reason == Reason.RUN:
        return _("limit of the whole run %(percent)s %%") % {"percent": limits.run_percent}, None
    if whole <= limits.small_size:
        words = ngettext("limit %(count)s person", "limit %(count)s people", limits.small_count)
        return fill(words, {"count": limits.small_count}), limits.small_count / whole if whole else None
    percent = limits.medium_percent if whole <= limits.medium_size else limits.large_percent
    return _("limit %(percent)s %%") % {"percent": percent}, percent / 100
