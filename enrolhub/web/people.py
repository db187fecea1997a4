"""How a person is shown beside their name."""

from unicodedata import normalize
from zlib import crc32

from enrolhub.web.folding import fold

TINT_COUNT = 5


def initials(name: str) -> str:
    """The first letters of the first two words, accents kept: « Arsène-Dubois Éléonore » gives « AÉ »."""
    return "".join(word[0] for word in normalize("NFC", name).split()[:2]).upper()


def tint(name: str) -> int:
    """One of the quiet pairs of colours, always the same for a name however it is spelt."""
    return crc32(fold(name).encode()) % TINT_COUNT
