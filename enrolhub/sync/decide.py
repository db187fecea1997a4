"""Deciding on what a run held: approve, reject, or let it wait for the next night.

A decision names the departures it saw by their digest and is used once. An approval is a run of its own, conducted
like any other (docs/decisions/0049).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.guards import current_high_limit, is_high
from enrolhub.sync.mandate import asked_by
from enrolhub.sync.models import Hold, Phase, Run, Scope
from enrolhub.sync.replan import replan_for
from enrolhub.sync.wording import counted_relations

APPROVAL = "approval"


@dataclass(frozen=True)
class Decider:
    """Who decides, and why. Without an account: the operator at the shell, who is nobody's author."""

    account: User | None = None
    comment: str = ""

    @property
    def name(self) -> str:
        return self.account.get_username() if self.account else ""


def waiting_holds(run: Run, codes: Collection[str] = ()) -> list[Hold]:
    """The holds of a run that wait, of these course and cohort codes or all of them, in the order of its plan.

    Raises RunRefused when none waits, when the run held nothing of a code, and when a code was decided already.
    """
    give_back_unapplied(run)
    holds = Hold.objects.filter(scope__phase__run=run).select_related("scope__phase")
    _refuse_codes(holds, codes)
    if codes:
        holds = holds.filter(scope__code__in=codes)
    waiting = holds.filter(state=Hold.State.WAITING).order_by("scope__phase__position", "scope_id")
    found = list(waiting)
    if not found:
        superseded = holds.filter(state=Hold.State.SUPERSEDED).exists()
        raise RunRefused("hold_superseded" if superseded else "hold_nothing_waits", run=run.pk)
    return found


def give_back_unapplied(run: Run) -> None:
    """Let the holds wait again that an approval approved but did not come to apply: it failed, or was stopped."""
    ended = (Run.State.FAILED, Run.State.STOPPED, Run.State.REFUSED)
    approved = Hold.objects.filter(scope__phase__run=run, state=Hold.State.APPROVED, approval__state__in=ended)
    applied = Scope.objects.filter(
        phase__run=OuterRef("approval"),
        phase__relation=OuterRef("scope__phase__relation"),
        ref=OuterRef("scope__ref"),
        departed_at__isnull=False,
    )
    left = approved.filter(~Exists(applied)).values_list("pk", flat=True)
    Hold.objects.filter(pk__in=list(left)).update(
        state=Hold.State.WAITING, decided_by=None, decided_at=None, approval=None, comment=""
    )


def _refuse_codes(holds: QuerySet[Hold], codes: Collection[str]) -> None:
    states: dict[str, set[str]] = {}
    for code, state in holds.filter(scope__code__in=codes).order_by().values_list("scope__code", "state"):
        states.setdefault(code, set()).add(state)
    unknown = set(codes) - set(states)
    if unknown:
        raise RunRefused("hold_not_held", codes=", ".join(sorted(unknown)))
    decided = sorted(code for code, found in states.items() if Hold.State.WAITING not in found)
    for state in (Hold.State.APPROVED, Hold.State.REJECTED, Hold.State.SUPERSEDED):
        told = [code for code in decided if state in states[code]]
        if told:
            raise RunRefused(f"hold_{state.value}", codes=", ".join(told))


def holds_seen(run: Run, seen: Mapping[int, str]) -> list[Hold]:
    """The waiting holds of these numbers, if their departures are still those that were seen, by their digests.

    Raises RunRefused when one was decided meanwhile, or holds other departures by now.
    """
    holds = Hold.objects.filter(scope__phase__run=run, pk__in=list(seen)).select_related("scope__phase")
    found = list(holds.order_by("scope__phase__position", "scope_id"))
    if not found:
        raise RunRefused("hold_none_chosen")
    decided = [hold for hold in found if hold.state != Hold.State.WAITING]
    if decided:
        code = "hold_superseded" if decided[0].state == Hold.State.SUPERSEDED else f"hold_{decided[0].state}"
        raise RunRefused(code, codes=_codes(decided))
    changed = [hold for hold in found if hold.digest != seen[hold.pk]]
    if changed:
        raise RunRefused("hold_changed", codes=_codes(changed))
    return found


def _codes(holds: Iterable[Hold]) -> str:
    return ", ".join(sorted({hold.scope.code for hold in holds}))


def request_approval(run: Run, holds: Collection[Hold], decider: Decider) -> Run:
    """A waiting run that will apply these held departures and what follows from them. Raises RunRefused."""
    _refuse_approval(run, decider)
    number = departures_in(holds)
    try:
        with transaction.atomic():
            approval = Run.objects.create(
                kind=APPROVAL,
                lane=f"{APPROVAL}:{run.pk}",
                approves=run,
                author=decider.account,
                options=asked_by(decider.account),
            )
            _decide(holds, Hold.State.APPROVED, decider, approval)
            _record("approve", run, holds, decider, approval=approval.pk, departures=number)
    except IntegrityError:
        raise RunRefused("approval_under_way", run=run.pk) from None
    return approval


def reject_holds(run: Run, holds: Collection[Hold], decider: Decider) -> None:
    """Nobody leaves. The question comes back with the next night, unless the source has changed. Raises RunRefused."""
    with transaction.atomic():
        _decide(holds, Hold.State.REJECTED, decider, None)
        _record("reject", run, holds, decider, departures=departures_in(holds))


def let_wait(run: Run, holds: Collection[Hold], decider: Decider) -> None:
    """Decide nothing, and say so: the next night's extract replaces the plan."""
    with transaction.atomic():
        Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(comment=decider.comment)
        _record("wait", run, holds, decider, departures=departures_in(holds))


def _decide(holds: Collection[Hold], state: Hold.State, decider: Decider, approval: Run | None) -> None:
    """Decide each of these holds once: whoever comes second finds them decided, and nothing is changed."""
    waiting = Hold.objects.filter(pk__in=[hold.pk for hold in holds], state=Hold.State.WAITING)
    if dict(waiting.select_for_update().values_list("pk", "digest")) != {hold.pk: hold.digest for hold in holds}:
        raise RunRefused("hold_decided_meanwhile")
    waiting.update(
        state=state,
        decided_by=decider.account,
        decided_at=timezone.now(),
        comment=decider.comment,
        approval=approval,
    )


def _record(action: str, run: Run, holds: Collection[Hold], decider: Decider, departures: int, **detail: int) -> None:
    codes = sorted({hold.scope.code for hold in holds})
    record_event(
        decider.name, action, f"run:{run.pk}", count=departures, scopes=codes, comment=decider.comment, **detail
    )


def _refuse_approval(run: Run, decider: Decider) -> None:
    """Raise RunRefused, saying why, when nothing that this run held can be approved now, or not by them."""
    if run.is_live or run.dry_run:
        raise RunRefused("approval_not_applied", run=run.pk)
    if Run.objects.filter(Q(approves=run) | Q(undoes=run), dry_run=False, state__in=Run.LIVE).exists():
        raise RunRefused("approval_under_way", run=run.pk)
    if Run.objects.filter(lane=run.lane, dry_run=False, state__in=Run.LIVE).exists():
        raise RunRefused("approval_lane_busy", run=run.pk)
    if replan_for(run) is None:
        raise RunRefused("approval_unknown_kind", run=run.pk)
    if needs_second_person(run) and decider.account is not None and decider.account.pk == run.author_id:
        raise RunRefused("approval_second_person", run=run.pk)


def needs_second_person(run: Run) -> bool:
    """Whether the run has so many departures, those applied and those held, that its author may not approve them."""
    figures = Phase.objects.filter(run=run, relation__in=counted_relations()).aggregate(
        departures=Sum("departures"), unchanged=Sum("unchanged"), alterations=Sum("alterations")
    )
    departures, rest = figures["departures"] or 0, (figures["unchanged"] or 0) + (figures["alterations"] or 0)
    percent, count = current_high_limit()
    return is_high(departures + rest, departures, percent, count)


def departures_in(holds: Iterable[Hold]) -> int:
    return sum(hold.scope.departures for hold in holds)
