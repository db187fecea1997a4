"""Curricula are graphs: who is registered on one element is also a student of others. Pure functions of codes.

A course space linked to ``INF101+`` takes whoever is registered on INF101 or on anything it contains; one linked to ``INF101..``
whoever is registered on INF101 or on what directly contains it; ``INF101`` alone means that element and no other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

BELOW, ABOVE = "+", ".."
Links = Iterable[tuple[str, str]]

_linked: list[Callable[[], Iterable[str]]] = []


def register_linked_codes(codes: Callable[[], Iterable[str]]) -> None:
    """Give the function that lists the codes which course spaces are linked to; the last one given is asked."""
    _linked[:] = [codes]


def linked_codes() -> list[str]:
    """The codes that end in ``+`` or ``..``, in order."""
    codes = set(_linked[0]()) if _linked else set()
    return sorted(code for code in codes if code.endswith((BELOW, ABOVE)))


def element_of(code: str) -> str:
    """The element that a linked code is about."""
    return code.removesuffix(BELOW).removesuffix(ABOVE)


def reaching(wanted: Iterable[str], links: Links) -> Mapping[str, Sequence[str]]:
    """For each element the wanted codes that a registration on it also stands for; ``links`` are (parent, child)."""
    children, parents = defaultdict(list), defaultdict(list)
    for parent, child in links:
        children[parent].append(child)
        parents[child].append(parent)
    found: dict[str, list[str]] = defaultdict(list)
    for code in wanted:
        element = element_of(code)
        others = below(element, children) if code.endswith(BELOW) else {element, *parents.get(element, ())}
        for each in sorted(others):
            found[each].append(code)
    return found


def below(element: str, children: Mapping[str, Sequence[str]]) -> set[str]:
    """The element and everything it contains; a curriculum that loops is walked once."""
    seen, waiting = {element}, [element]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return seen
