"""One-click counts: how many people each role, status, method and group has, each leading to exactly these people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from courses.participants.address import Address
from courses.participants.conditions import ANY, NO_GROUP, Conditions
from courses.participants.counts import Counts
from courses.participants.statuses import STATUSES
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import CRITERIA, method_values, value_label

# So many values of a criterion stand side by side; the others are behind « … ».
SHOWN = {"role": 6, "status": 5, "method": 3, "group": 5}
# A menu longer than that is no longer read: the criterion's own field has suggestions.
LISTED = 60


@dataclass(frozen=True)
class Choice:
    """A count of ``pieces/counts.html``."""

    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True)
class CountLine:
    """The counts of one criterion: those ``shown``, the ``others`` behind « … », and the address that opens the criterion."""

    name: str
    label: str
    shown: Sequence[Choice]
    others: Sequence[Choice]
    criterion_url: str


def count_lines(words: Vocabulary, conditions: Conditions, address: Address, counts: Counts) -> list[CountLine]:
    """The lines worth a click; one that would only repeat the number of everybody is left out."""
    numbers: dict[str, Mapping[str, int]] = {
        "role": {name: counts.by_role.get(name, 0) for name in words.role_labels},
        "status": {status: counts.by_status.get(status, 0) for status in STATUSES},
        "method": {value: counts.by_method.get(value, 0) for value in method_values(words)},
        "group": {value: counts.by_group.get(value, 0) for value in (NO_GROUP, *words.groups)},
    }
    lines = [_line(name, values, words, conditions, address) for name, values in numbers.items()]
    everybody = Choice(_("All"), counts.everyone, str(_rest(address, "role")), conditions.get("role") is None)
    lines[0] = CountLine("role", lines[0].label, [everybody, *lines[0].shown], lines[0].others, lines[0].criterion_url)
    return [line for line in lines if _is_worth_it(line, words)]


def _is_worth_it(line: CountLine, words: Vocabulary) -> bool:
    if line.name == "group":
        return bool(words.groups)
    if line.name == "method":
        return len(line.shown) > 1 or any(choice.current for choice in line.shown)
    return bool(line.shown)


def _line(
    name: str, numbers: Mapping[str, int], words: Vocabulary, conditions: Conditions, address: Address
) -> CountLine:
    chosen = _only_value(conditions, name)
    rest = _rest(address, name)
    choices = []
    for value, count in numbers.items():
        current = value == chosen
        if count or current:
            # A second click on the current one takes it away.
            url = str(rest if current else rest.having(name, value))
            choices.append(Choice(value_label(name, value, words), count, url, current))
    shown = choices[: SHOWN[name]]
    others = choices[SHOWN[name] :]
    shown += [choice for choice in others if choice.current]
    others = [choice for choice in others if not choice.current]
    return CountLine(name, str(CRITERIA[name]), shown, others[:LISTED], str(address.adding(name)))


def _rest(address: Address, name: str) -> Address:
    return address.without(name, f"{name}_match")


def _only_value(conditions: Conditions, name: str) -> str:
    criterion = conditions.get(name)
    alone = criterion is not None and criterion.match == ANY and len(criterion.values) == 1
    return criterion.values[0] if criterion is not None and alone else ""
