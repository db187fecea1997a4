"""XML read as it comes, in bounded memory: no document type, no entity, no endless tag."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar
from xml.parsers import expat

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import FileRefused

#: Bytes of one tag. What is longer is no tag of a spreadsheet, and expat would read its beginning again with each piece.
TAG_LIMIT = 1024 * 1024
Attributes = dict[str, str]
Item = TypeVar("Item")


class Listener(Protocol):
    """What is told of a document. Names come without their namespaces, attributes too."""

    def start(self, name: str, attributes: Attributes) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def listen(pieces: Iterable[bytes], listener: Listener, part: str) -> Iterator[None]:
    """Tell a listener of a document, yielding after each piece. Raises FileRefused when it is damaged or declares anything."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declaration(part)
    parser.StartElementHandler = _without_namespaces(listener.start)
    parser.EndElementHandler = lambda name: listener.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = listener.text
    fed = 0
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > TAG_LIMIT:
                raise FileRefused(refusals.DAMAGED, part=part[:80])
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        raise FileRefused(refusals.DAMAGED, part=part[:80]) from error
    yield


def listen_to_all(pieces: Iterable[bytes], listener: Listener, part: str) -> None:
    """Tell a listener of a whole document."""
    for _ in listen(pieces, listener, part):
        pass


def _refuse_declaration(part: str) -> Callable[..., None]:
    def refuse(*_declared: object) -> None:
        raise FileRefused(refusals.ENTITIES, part=part[:80])

    return refuse


def _without_namespaces(start: Callable[[str, Attributes], None]) -> Callable[[str, Attributes], None]:
    def tell(name: str, attributes: Attributes) -> None:
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()} if attributes else attributes
        start(name.rpartition(" ")[2], plain)

    return tell


class Silence:
    """A listener that hears what it wants of a document and nothing else."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text stands in the element."""


def whole_number(text: str | None, default: int, limit: int, part: str) -> int:
    """A number of an attribute, not below 0. Raises FileRefused when it is none, or above `limit`."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or int(text) > limit:
        raise FileRefused(refusals.DAMAGED, part=part[:80])
    return int(text)
