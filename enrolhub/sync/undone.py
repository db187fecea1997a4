"""What was taken back and still is: an undo counts until it is itself taken back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from enrolhub.sync.models import Run

UNDO = "undo"


@dataclass(frozen=True)
class Codes:
    """Some codes of courses and cohorts, or with ``all_but`` every code except these."""

    names: frozenset[str] = frozenset()
    all_but: bool = False

    def __contains__(self, code: str) -> bool:
        return (code in self.names) != self.all_but

    def __bool__(self) -> bool:
        return self.all_but or bool(self.names)

    def together(self, other: "Codes") -> "Codes":
        """The codes of either."""
        if self.all_but and other.all_but:
            return Codes(self.names & other.names, all_but=True)
        if self.all_but:
            return Codes(self.names - other.names, all_but=True)
        if other.all_but:
            return Codes(other.names - self.names, all_but=True)
        return Codes(self.names | other.names)

    def without(self, other: "Codes") -> "Codes":
        """The codes that the other does not have."""
        if self.all_but:
            return Codes(other.names - self.names) if other.all_but else Codes(self.names | other.names, all_but=True)
        return Codes(frozenset(name for name in self.names if name not in other))

    def matching(self, field: str) -> Q:
        """The condition of rows whose ``field`` is one of the codes."""
        some = Q(**{f"{field}__in": sorted(self.names)})
        return ~some if self.all_but else some


NONE, EVERYTHING = Codes(), Codes(all_but=True)


def codes_of(undo: Run) -> Codes:
    """What an undo was asked to take back."""
    names = undo.options.get("scopes")
    return Codes(frozenset(names)) if names else EVERYTHING


def standing_undos() -> list[tuple[Run, Codes]]:
    """Undos that count, newest first, each with the codes for which no later undo took it back."""
    undos = Run.objects.filter(kind=UNDO, dry_run=False, undoes__isnull=False, state=Run.State.APPLIED)
    gone: dict[int, Codes] = defaultdict(lambda: NONE)
    standing = []
    # An undo can only be taken back by a later one.
    for undo in undos.order_by("-pk"):
        left = codes_of(undo).without(gone[undo.pk])
        if left and undo.undoes_id is not None:
            gone[undo.undoes_id] = gone[undo.undoes_id].together(left)
            standing.append((undo, left))
    return standing


def undone_codes() -> dict[int, Codes]:
    """For each run of which anything was taken back: what. What a run's approvals applied was taken back with it."""
    undone: dict[int, Codes] = {}
    for undo, codes in standing_undos():
        if undo.undoes_id is not None:
            undone[undo.undoes_id] = undone.get(undo.undoes_id, NONE).together(codes)
    approvals = Run.objects.filter(approves__in=list(undone), dry_run=False) if undone else Run.objects.none()
    for approval in approvals:
        assert approval.approves_id is not None
        undone[approval.pk] = undone.get(approval.pk, NONE).together(undone[approval.approves_id])
    return undone


def runs_belonging_to(run_id: int) -> list[int]:
    """A run and the approvals of what it held, the run first: the changes of all of them are the run's."""
    approvals = Run.objects.filter(approves=run_id, dry_run=False).order_by("pk")
    return [run_id, *approvals.values_list("pk", flat=True)]


def is_undone(run: str, code: str, undone: Iterable[tuple[int, Codes]]) -> Q:
    """The condition of rows that lie in what was taken back; ``run`` and ``code`` are the fields that say where."""
    condition = Q(pk__in=[])
    whole = [number for number, codes in undone if codes == EVERYTHING]
    if whole:
        condition |= Q(**{f"{run}__in": whole})
    for number, codes in undone:
        if codes != EVERYTHING:
            condition |= Q(**{run: number}) & codes.matching(code)
    return condition
