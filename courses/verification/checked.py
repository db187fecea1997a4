"""One student of a course, checked: what is not as the registers say, and the link at which it breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from courses.explain.chain import Link
from courses.explain.register_facts import Assignment
from courses.verification.material import Entry


class Gap(StrEnum):
    """What is not as the registers say, the most pressing first; the last ones are no gaps (``is_one``)."""

    ABSENT = "absent"
    NOT_COUNTING = "not_counting"
    NO_REGISTRATION = "no_registration"
    NO_GROUP = "no_group"
    UNREGISTERED = "unregistered"
    EXEMPT = "exempt"
    NONE = "none"

    @property
    def is_one(self) -> bool:
        """Whether anything is to be mended: somebody in order is not, nor who has acquired the element already."""
        return self not in (Gap.EXEMPT, Gap.NONE)


RANKS = {gap: rank for rank, gap in enumerate(Gap)}


@dataclass(frozen=True)
class Checked:
    """One student: the étapes they are registered on, the elements by which they should be in the course, their groups."""

    entry: Entry
    gap: Gap
    link: Link | None
    programmes: tuple[str, ...]
    units: tuple[str, ...]
    groups: tuple[Assignment, ...]
    is_enrolled: bool

    @property
    def name_key(self) -> tuple[str, str, str, str]:
        """The order of names."""
        entry = self.entry
        return entry.last_name_key, entry.first_name_key, entry.username, entry.student_number

    @property
    def gap_rank(self) -> int:
        """Where the gap stands among all, the most pressing first."""
        return RANKS[self.gap]

    @property
    def group_names(self) -> str:
        """Their groups in APOGÉE, by name."""
        return ", ".join(sorted(dict.fromkeys(group.name for group in self.groups)))


def counts_of(checked: Sequence[Checked]) -> Mapping[Gap, int]:
    """How many students have each gap."""
    counts = dict.fromkeys(Gap, 0)
    for each in checked:
        counts[each.gap] += 1
    return counts
