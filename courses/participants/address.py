"""The address of the list, which is its whole state: links that change one thing of it and keep the rest."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.http import QueryDict

from courses.participants.conditions import FILTERS, SINGLE

# What the list is: pages, opened rows and parameters of other concerns are left behind when it changes.
KEPT = frozenset((*FILTERS, *SINGLE, "sort", "per_page", "on"))


@dataclass(frozen=True)
class Address:
    """The parameters of an address, in their order."""

    pairs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"?{'&'.join(map(_written, self.pairs))}"

    def without(self, *names: str) -> "Address":
        """The address less every value of these parameters."""
        return Address(tuple(pair for pair in self.pairs if pair[0] not in names))

    def less(self, name: str, value: str) -> "Address":
        """The address less one value of a parameter; with the last value its match goes too."""
        kept = tuple(pair for pair in self.pairs if pair != (name, value))
        rest = Address(kept)
        return rest if any(pair[0] == name for pair in kept) else rest.without(f"{name}_match")

    def having(self, name: str, *values: str) -> "Address":
        """The address with these values of a parameter in place of whatever it had."""
        return Address((*self.without(name).pairs, *((name, value) for value in values)))

    def and_also(self, name: str, value: str) -> "Address":
        """The address with one more value of a parameter."""
        return Address(tuple(dict.fromkeys((*self.pairs, (name, value)))))

    def adding(self, *names: str) -> str:
        """The address that also opens the empty lines of these criteria."""
        return str(Address((*self.pairs, *(("add", name) for name in names))))

    def has(self, name: str) -> bool:
        return any(pair[0] == name for pair in self.pairs)

    def values(self, name: str) -> list[str]:
        return [value for parameter, value in self.pairs if parameter == name]

    def value(self, name: str) -> str:
        """The first value of a parameter, or nothing."""
        return next(iter(self.values(name)), "")

    def except_for(self, *names: str) -> list[tuple[str, str]]:
        """The pairs that a form carries along besides the parameters it asks for itself."""
        return [pair for pair in self.pairs if pair[0] not in names]


def address_of(query: QueryDict) -> Address:
    """The address as it is, each value once, less empty values and what does not belong to the list."""
    pairs = ((name, value) for name, values in query.lists() for value in values if value and _is_kept(name))
    return Address(tuple(dict.fromkeys(pairs)))


@lru_cache(1_024)  # each link of a page writes the whole address
def _written(pair: tuple[str, str]) -> str:
    return urlencode([pair])


def _is_kept(name: str) -> bool:
    return name in KEPT or name.endswith("_match")
