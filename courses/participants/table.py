"""The columns of the list: their headings with the orders one can ask for, and which of them are hidden."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
        gettext_lazy("Last name / First name"),
        (
            (("last_name", "first_name"), gettext_lazy("Last name")),
            (("first_name", "last_name"), gettext_lazy("First name")),
        ),
    ),
    Column("username", gettext_lazy("Digital account"), ((("username",), gettext_lazy("Digital account")),)),
    Column(
        "id_number", gettext_lazy("Identification number"), ((("id_number",), gettext_lazy("Identification number")),)
    ),
    Column("email", gettext_lazy("Email address"), ((("email",), gettext_lazy("Email address")),)),
    Column("roles", gettext_lazy("Roles"), ((("roles",), gettext_lazy("Roles")),)),
    Column("groups", gettext_lazy("Groups"), ((("groups",), gettext_lazy("Groups")),)),
    Column("methods", gettext_lazy("Methods")),
    Column(
        "last_access",
        gettext_lazy("Last access to the course"),
        ((("last_access",), gettext_lazy("Last access to the course")),),
    ),
    Column("status", gettext_lazy("Status"), ((("status",), gettext_lazy("Status")),)),
)
# The name says whose row it is, and the status opens it: these two stay.
HIDEABLE = tuple(column.name for column in COLUMNS if column.name not in {"name", "status"})


@dataclass(frozen=True)
class Order:
    """One thing that the list is sorted by: the keys that a heading's word stands for, all in one direction."""

    keys: tuple[str, ...]
    descending: bool

    @property
    def written(self) -> list[str]:
        """The keys as the address has them."""
        return [f"-{key}" if self.descending else key for key in self.keys]

    @property
    def reversed(self) -> "Order":
        return Order(self.keys, not self.descending)


@dataclass(frozen=True)
class Link:
    """One word of a heading, and of the menu of orders.

    ``url`` sorts by it alone, the other way round when it already comes first; ``then_url`` sorts by it after the orders
    there are, or turns it round where it stands; ``drop_url`` leaves the others (empty when there are none). ``direction``
    is ``ascending`` or ``descending`` when the list is sorted by it, and ``place`` then says as which: 1, 2…
    """

    label: str
    url: str
    then_url: str
    drop_url: str = ""
    direction: str = ""
    place: int = 0


@dataclass(frozen=True)
class Heading:
    """A shown column; without links nothing can be ordered by it."""

    name: str
    label: str
    links: Sequence[Link]

    @property
    def direction(self) -> str:
        """The value of ``aria-sort``: that of the order which comes first."""
        return next((link.direction for link in self.links if link.place == 1), "")


def headings_of(sort: Sequence[str], address: Address, hidden: Collection[str]) -> list[Heading]:
    """The headings of the columns that are not hidden."""
    orders = orders_in(sort)
    return [
        Heading(
            column.name, str(column.label), [_link(keys, str(label), orders, address) for keys, label in column.orders]
        )
        for column in COLUMNS
        if column.name not in hidden
    ]


def orders_of(sort: Sequence[str], address: Address) -> list[Link]:
    """Every order that the list offers: first those it is in, one after the other."""
    orders = orders_in(sort)
    links = [_link(keys, str(label), orders, address) for column in COLUMNS for keys, label in column.orders]
    return sorted(links, key=lambda link: link.place or len(links))


def described_order(sort: Sequence[str]) -> list[str]:
    """« Ordre : Nom de famille, Rôles ↓ »."""
    labels = {keys[0]: str(label) for column in COLUMNS for keys, label in column.orders}
    orders = [order for order in orders_in(sort) if order.keys[0] in labels]
    named = ", ".join(f"{labels[order.keys[0]]}{' ↓' if order.descending else ''}" for order in orders)
    return [_("Order: %(columns)s") % {"columns": named}] if named else []


def orders_in(sort: Sequence[str]) -> list[Order]:
    """What the sort keys of the address stand for: keys that a heading puts together count as one order."""
    offered = [keys for column in COLUMNS for keys, _label in column.orders]
    orders, rest = [], list(sort)
    while rest:
        descending = rest[0].startswith("-")
        known = (Order(keys, descending) for keys in offered)
        order = next((order for order in known if rest[: len(order.keys)] == order.written), None)
        order = order or Order((rest[0].removeprefix("-"),), descending)
        orders.append(order)
        rest = rest[len(order.keys) :]
    return orders


def _link(keys: tuple[str, ...], label: str, orders: Sequence[Order], address: Address) -> Link:
    place = next((place for place, order in enumerate(orders) if order.keys[0] == keys[0]), None)
    new = Order(keys, descending=False)
    if place is None:
        others = [order for order in orders if not set(order.keys) & set(keys)]
        return Link(label, _sorted_by(address, [new]), _sorted_by(address, [*others, new]))
    own = orders[place]
    rest = [*orders[:place], *orders[place + 1 :]]
    return Link(
        label,
        url=_sorted_by(address, [own.reversed if place == 0 else new]),
        then_url=_sorted_by(address, [*orders[:place], own.reversed, *orders[place + 1 :]]),
        drop_url=_sorted_by(address, rest) if rest else "",
        direction="descending" if own.descending else "ascending",
        place=place + 1,
    )


def _sorted_by(address: Address, orders: Sequence[Order]) -> str:
    return str(address.having("sort", *(key for order in orders for key in order.written)))
