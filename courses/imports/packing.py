"""What was seen of a file, packed: a summary at once, the long parts piece by piece, so that no size needs much memory."""

import json
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

#: Bytes unpacked at a time.
PIECE = 64 * 1024


class Section:
    """A long text, packed while it is written."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(1)
        self._packed = bytearray()

    def write(self, text: str) -> None:
        self._packed += self._stream.compress(text.encode())

    def write_row(self, row: Any) -> None:
        """Add one row to a section of rows."""
        self.write(f"{dump(row)}\n")

    def finish(self) -> bytes:
        self._packed += self._stream.flush()
        return bytes(self._packed)


def dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def pack(summary: Mapping[str, Any], sections: Mapping[str, Section]) -> bytes:
    """One piece of bytes of a summary and the sections that go with it."""
    packed = {name: section.finish() for name, section in sections.items()}
    sizes = {name: len(part) for name, part in packed.items()}
    return b"".join([zlib.compress(dump({**summary, "sizes": sizes}).encode(), 1), *packed.values()])


class Packed:
    """What `pack` packed, read as far as it is asked for; empty for a file that was not looked at yet."""

    def __init__(self, packed: bytes) -> None:
        stream = zlib.decompressobj()
        self.summary: dict[str, Any] = json.loads(stream.decompress(packed)) if packed else {}
        self._rest = memoryview(stream.unused_data)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The text of a section, a piece at a time; nothing when there is none of this name."""
        start = 0
        for other, size in self.summary.get("sizes", {}).items():
            if other == name:
                yield from _unpacked(self._rest[start : start + size])
            start += size

    def rows(self, name: str) -> Iterator[bytes]:
        """The rows of a section, each as JSON."""
        left = b""
        for piece in self.pieces(name):
            *lines, left = (left + piece).split(b"\n")
            yield from lines

    def page(self, name: str, start: int, stop: int, second: str = "") -> list[list[Any]]:
        """Some rows of a section, of those alone whose second cell is `second` if that is given."""
        rows = self.rows(name)
        if second:
            wanted = json.dumps(second).encode()
            rows = (row for row in rows if row.split(b",", 2)[1] == wanted)
        return [json.loads(row) for row in islice(rows, start, stop)]


def _unpacked(packed: memoryview) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    left: bytes | memoryview = packed
    while left and not stream.eof:
        yield stream.decompress(left, PIECE)
        left = stream.unconsumed_tail
