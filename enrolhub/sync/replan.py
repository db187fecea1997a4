"""Asking a held run's relations again: some scopes alone, and what follows from what leaves them.

The engine knows no relation by name; each kind of run that may hold departures says how its relations are made anew.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from django.db.models import QuerySet

from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation


class Replan(Protocol):
    """The relations of one held run."""

    @property
    def upstream(self) -> Mapping[str, Collection[str]]:
        """Every relation of the run, in its order, with the relations whose departures have it lose rows."""

    def relation(self, name: str, run_id: int, refs: Collection[int] | None = None) -> Relation:
        """The relation as a run of this number sees it, for these scopes only, or for all of them."""

    def following(self, name: str, run_id: int) -> QuerySet[Any, Any] | None:
        """Current rows (``relation.CURRENT_COLUMNS``) that lose their only reason by the departures that the run of
        this number has planned so far; None: never any."""


ReplanMaker = Callable[[Run], Replan]
_makers: dict[str, ReplanMaker] = {}


def register_replan(kind: str, maker: ReplanMaker) -> None:
    """Say how the relations of a held run of this kind are asked again. The maker raises RunRefused when they cannot be."""
    _makers[kind] = maker


def replan_for(run: Run) -> Replan | None:
    """How to ask a run's relations again; None when runs of its kind hold nothing that could be approved."""
    maker = _makers.get(run.kind)
    return maker(run) if maker else None
