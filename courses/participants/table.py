"""The columns of the list: their headings with the orders one can ask for, and which of them are hidden."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.participants.address import Address


@dataclass(frozen=True)
class Column:
    """A column and the orders offered by its heading: what to sort by, and the word one clicks on."""

    name: str
    label: str | Promise
    orders: Sequence[tuple[tuple[str, ...], str | Promise]] = ()


COLUMNS = (
    Column(
        "name",
        _("Last name / First name"),
        ((("last_name", "first_name"), _("Last name")), (("first_name", "last_name"), _("First name"))),
    ),
    Column("username", _("Digital account"), ((("username",), _("Digital account")),)),
    Column("id_number", _("Identification number"), ((("id_number",), _("Identification number")),)),
    Column("email", _("Email address"), ((("email",), _("Email address")),)),
    Column("roles", _("Roles"), ((("roles",), _("Roles")),)),
    Column("groups", _("Groups"), ((("groups",), _("Groups")),)),
    Column("methods", _("Methods")),
    Column("last_access", _("Last access to the course"), ((("last_access",), _("Last access to the course")),)),
    Column("status", _("Status"), ((("status",), _("Status")),)),
)
# The name says whose row it is, and the status opens it: these two stay.
HIDEABLE = tuple(column.name for column in COLUMNS if column.name not in {"name", "status"})


@dataclass(frozen=True)
class Link:
    """One word of a heading; ``direction`` is ``ascending`` or ``descending`` when the list is in this order."""

    label: str
    url: str
    direction: str


@dataclass(frozen=True)
class Heading:
    """A shown column; without links nothing can be ordered by it."""

    name: str
    label: str
    links: Sequence[Link]

    @property
    def direction(self) -> str:
        """The value of ``aria-sort``."""
        return next((link.direction for link in self.links if link.direction), "")


def headings_of(sort: Sequence[str], address: Address, hidden: Collection[str]) -> list[Heading]:
    """The headings of the columns that are not hidden."""
    return [
        Heading(
            column.name, str(column.label), [_link(keys, str(label), sort, address) for keys, label in column.orders]
        )
        for column in COLUMNS
        if column.name not in hidden
    ]


def orders_of(sort: Sequence[str], address: Address) -> list[Link]:
    """Every order that the list offers, for where there is no table head."""
    return [_link(keys, str(label), sort, address) for column in COLUMNS for keys, label in column.orders]


def _link(keys: tuple[str, ...], label: str, sort: Sequence[str], address: Address) -> Link:
    """A click orders by these keys; on the order one is in, the other way round."""
    if sort[0] == keys[0]:
        return Link(label, str(address.having("sort", *(f"-{key}" for key in keys))), "ascending")
    direction = "descending" if sort[0] == f"-{keys[0]}" else ""
    return Link(label, str(address.having("sort", *keys)), direction)
