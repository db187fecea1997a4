"""Values typed by name: a field with suggestions sends what people call a group or a method, the address has its value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.participants.address import Address, address_of
from courses.participants.conditions import Complaint
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import TYPED, offered_values
from enrolhub.web.folding import fold

# Beyond so many values a choice is a field with suggestions, no longer a menu.
MANY = 15
BY_NAME = ("group", "method")
NAMED = 3  # of the values that a name could mean


@dataclass(frozen=True)
class Typed:
    """What was typed by name: ``address`` says it by values; what could not be understood is a complaint."""

    address: Address
    complaints: Sequence[Complaint]
    was_asked: bool


def read_typed(query: QueryDict, words: Vocabulary) -> Typed:
    """Turn the names typed for groups and methods (``typed_group``, ``typed_method``) into values of the address."""
    address, complaints, was_asked = address_of(query), [], False
    for name in BY_NAME:
        for text in dict.fromkeys(filter(None, map(str.strip, query.getlist(f"{TYPED}{name}")))):
            was_asked = True
            offered = offered_values(name, words)
            meant = _meant(text, offered)
            if len(meant) == 1:
                address = address.and_also(name, meant[0])
            else:
                complaints.append(Complaint(f"{TYPED}{name}", text, _reason([offered[value] for value in meant])))
    return Typed(address, complaints, was_asked)


def _meant(text: str, offered: dict[str, str]) -> list[str]:
    """The values that a text names: as suggested, as their labels read, as the address has them, or by words of a label."""
    folded = fold(text)
    words = folded.split()
    ways: Sequence[Callable[[str, str], bool]] = (
        lambda value, label: label == text,
        lambda value, label: fold(label) == folded,
        lambda value, label: value == text,
        lambda value, label: bool(words) and all(word in fold(label) for word in words),
    )
    meant = ([value for value, label in offered.items() if is_meant(value, label)] for is_meant in ways)
    return next(filter(None, meant), [])


def _reason(labels: Sequence[str]) -> str:
    if not labels:
        return _("nothing in this course is called so, choose from the suggestions")
    named = ", ".join(labels[:NAMED]) + (", …" if len(labels) > NAMED else "")
    return _("several are called so (%(names)s), choose one of them") % {"names": named}
