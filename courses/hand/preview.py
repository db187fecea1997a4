"""What an action will do, before it does it: how many people, whom and what, who is left out and why. Nothing is stored."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from cohorts.models import Person
from courses.hand.proposal import Proposal
from courses.hand.wording import Wording, say_left

#: People listed in each half of a preview, those left out and those changed; the rest is a number.
LISTED = 25


@dataclass(frozen=True)
class LeftCount:
    """How many people one reason concerns."""

    count: int
    words: str


@dataclass(frozen=True)
class PersonLine:
    """One person: what changes in words, and what is left as it is and why."""

    person: Person
    touched: bool
    changes: Sequence[str]
    left: str


@dataclass(frozen=True)
class ActionPreview:
    """A proposal as a page shows it, read when it is asked for."""

    proposal: Proposal

    @cached_property
    def digest(self) -> str:
        return self.proposal.digest()

    @cached_property
    def _counts(self) -> Counter[tuple[bool, str]]:
        rows = self.proposal.people.order_by().values_list("touched", "left").annotate(Count("pk"))
        return Counter({(bool(touched), left): count for touched, left, count in rows})

    @property
    def people_count(self) -> int:
        """Everyone chosen."""
        return self._counts.total()

    @property
    def touched_count(self) -> int:
        """Those for whom something is done."""
        return sum(count for (touched, _left), count in self._counts.items() if touched)

    @property
    def left_count(self) -> int:
        """Those for whom nothing is done."""
        return self.people_count - self.touched_count

    @property
    def left(self) -> list[LeftCount]:
        """Why nothing is done for some, the most frequent reason first."""
        return self._reasons(touched=False)

    @property
    def remarks(self) -> list[LeftCount]:
        """What is left as it is of those for whom something is done."""
        return self._reasons(touched=True)

    def _reasons(self, *, touched: bool) -> list[LeftCount]:
        found = [
            LeftCount(count, say_left(code, touched=touched))
            for (is_touched, code), count in self._counts.most_common()
            if is_touched == touched
        ]
        return [each for each in found if each.words]

    @cached_property
    def left_lines(self) -> list[PersonLine]:
        """The first people for whom nothing is done, by name."""
        return self._lines(touched=False)

    @cached_property
    def changed_lines(self) -> list[PersonLine]:
        """The first people for whom something is done, by name."""
        return self._lines(touched=True)

    @property
    def lines(self) -> list[PersonLine]:
        """Those left as they are before the others."""
        return [*self.left_lines, *self.changed_lines]

    def _lines(self, *, touched: bool) -> list[PersonLine]:
        order = ("last_name_key", "first_name_key", "username")
        people = list(self.proposal.people.filter(touched=touched).order_by(*order)[:LISTED])
        changes = self._changes_of(people) if touched else {}
        return [
            PersonLine(person, touched, changes.get(person.pk, ()), say_left(person.left, touched=touched))
            for person in people
        ]

    def _changes_of(self, people: Sequence[Person]) -> dict[int, list[str]]:
        words = Wording(self.proposal.chosen.course, self.proposal.chosen.methods, self.proposal.new_groups)
        rows: dict[int, list[tuple[str, int, str, str, str]]] = defaultdict(list)
        for part in self.proposal.parts:
            for row in part.read([person.pk for person in people]):
                rows[row.member].append((row.relation, row.ref, row.item, row.before, row.facts))
        return {member: words.say_all(told) for member, told in rows.items()}

    @property
    def unlisted_count(self) -> int:
        return self.people_count - len(self.lines)

    @property
    def unlisted_left_count(self) -> int:
        return self.left_count - len(self.left_lines)

    @property
    def unlisted_changed_count(self) -> int:
        return self.touched_count - len(self.changed_lines)
