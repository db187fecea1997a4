"""What approving would bring with it, beyond the rows that are held. Only the applications above know; they say it here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from enrolhub.sync.models import Run


@dataclass(frozen=True)
class Follower:
    """A course that loses people because a list it reads does: its code, its title, its page, how many."""

    code: str
    title: str
    url: str
    count: int


@dataclass(frozen=True)
class Consequences:
    """What follows when everything that waits in a run is approved.

    ``followers`` by the scope that is their cause, as (relation, ref); ``links`` are the courses that follow those
    courses in their turn. ``staying`` people keep another enrolment in the course that they would leave.
    """

    followers: Mapping[tuple[str, int], Sequence[Follower]] = field(default_factory=dict)
    links: Sequence[Follower] = ()
    staying: int = 0

    @property
    def follower_count(self) -> int:
        by_list = sum(course.count for courses in self.followers.values() for course in courses)
        return by_list + sum(course.count for course in self.links)


_tellers: list[Callable[[Run], Consequences]] = []


def register_consequences(tell: Callable[[Run], Consequences]) -> None:
    """Give the function that works out what follows, in a constant number of queries; the last one given is asked."""
    _tellers[:] = [tell]


def consequences_of(run: Run) -> Consequences:
    return _tellers[0](run) if _tellers else Consequences()
