"""Panels that the applications above add to a cohort's page: this one has never heard of a course.

A panel is registered once, from the ``AppConfig.ready`` of whoever offers it, and worked out for one cohort at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cohorts.models import Cohort


@dataclass(frozen=True)
class Panel:
    """A part of a cohort's page: the template that shows it and what that template takes."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


#: How many things of the layers above stand on a cohort: while there are any, it is not deleted.
UseCounter = Callable[[Cohort], int]
PanelMaker = Callable[[Cohort, Any], Panel | None]
_makers: dict[str, PanelMaker] = {}
_counters: dict[str, UseCounter] = {}


def register_cohort_panel(name: str, maker: PanelMaker) -> None:
    """Offer a panel: `maker` gives it for one cohort as one account may see it, or nothing, in a constant number of queries."""
    _makers[name] = maker


def panels_of(cohort: Cohort, user: Any) -> list[Panel]:
    """The panels of one cohort's page, in the order in which they were offered."""
    made = (maker(cohort, user) for maker in _makers.values())
    return [panel for panel in made if panel is not None]


def register_cohort_use(name: str, counter: UseCounter) -> None:
    """Say what else stands on a cohort, in one query."""
    _counters[name] = counter


def uses_of(cohort: Cohort) -> int:
    """How many things of the layers above stand on the cohort."""
    return sum(counter(cohort) for counter in _counters.values())
