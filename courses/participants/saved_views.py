"""The views that an account keeps of participant lists: a filter and an order under a name, for one course or for all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Course
from courses.participants.address import Address, address_of
from courses.participants.conditions import NO_GROUP, read_conditions
from courses.participants.vocabulary import PUBLIC_KINDS, Vocabulary
from enrolhub.access.models import SavedView, User
from enrolhub.web.folding import fold

LIST = "participants"
MOST = 50  # views of one account in one place
LONGEST = 2_000  # characters of a view's query


@dataclass(frozen=True)
class KeptView:
    """A view as the list offers it. ``url`` is the plain address that shows it."""

    pk: int
    name: str
    url: str
    is_everywhere: bool
    is_current: bool


def saved_views_of(user: User, course: Course) -> QuerySet[SavedView]:
    """The account's views that its list of this course offers."""
    return SavedView.objects.filter(Q(place=course.code) | Q(place=""), user=user, view=LIST)


def saved_views_for(user: User, course: Course, address: Address) -> list[KeptView]:
    """The same, by name; the one that ``address`` shows is current."""
    path = reverse("courses:participants", args=[course.code])
    query = query_of(address)
    views = sorted(saved_views_of(user, course), key=lambda view: (fold(view.name), view.name, view.place))
    return [
        KeptView(
            view.pk, view.name, f"{path}?{view.query}" if view.query else path, not view.place, view.query == query
        )
        for view in views
    ]


def query_of(address: Address) -> str:
    """What a view keeps of an address: its filter and its order, in one spelling (only orders depend on their order)."""
    pairs = address.without("per_page").pairs
    spelled = sorted(pairs, key=lambda pair: (pair[0], "" if pair[0] == "sort" else pair[1]))
    return str(Address(tuple(spelled))).removeprefix("?")


def is_bound_to_course(query: str) -> bool:
    """Whether a view names groups or methods of one course, so that it means nothing elsewhere."""
    address = address_of(QueryDict(query))
    methods = set(address.values("method")) - set(PUBLIC_KINDS.values())
    return bool(methods or set(address.values("group")) - {NO_GROUP})


def why_not_kept(query: str, words: Vocabulary) -> str:
    """Why a query cannot be kept as a view of the course; empty when it can."""
    if len(query) > LONGEST:
        return _("This filter is too long to be kept. Take some values out of it.")
    complaints: Sequence[object] = read_conditions(QueryDict(query), words).complaints
    if complaints:
        return _("This filter asks for something that does not exist here. Correct it before you keep it.")
    return ""
