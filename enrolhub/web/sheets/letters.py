"""Letters that nobody typed as they stand: what cannot be seen, what was garbled on its way, what is piled up."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets.problems import Cause, ValueRefused

_BLANKS_SHOWN = "\u00a0\u202f\u2009"
#: UTF-8 read as Windows-1252 or ISO-8859-1 (« Ã© » for « é »), and the sign for a character that was lost.
_GARBLED = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2\u20ac.|\ufffd"
)
#: `&eacute;` `&#233;` `%C3%A9` `=C3=A9`
_CODED = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});|(?:%[0-9A-Fa-f]{2}){2,}|(?:=[0-9A-F]{2}){2,}")
MARK_LIMIT = 3

INVISIBLE = Cause(
    "invisible",
    _("The text holds an invisible character (%(point)s)."),
    _("Type the text again by hand."),
)
GARBLED = Cause(
    "garbled",
    _("The text was garbled on its way from one encoding to another (“%(part)s”)."),
    _("Save the table again as CSV (UTF-8) from the place where it still reads well."),
)
ENCODED = Cause(
    "encoded",
    _("The text holds characters in the notation of a web page or a mail (“%(part)s”)."),
    _("Write the characters themselves."),
)
MARKS = Cause(
    "marks", _("One letter carries %(count)s marks; at most %(limit)s are taken."), _("Type the text again by hand.")
)


def point_of(letter: str) -> str:
    """« U+202E »."""
    return f"U+{ord(letter):04X}"


def is_plain_word(word: str) -> bool:
    """Whether nothing but case and accents was folded away: no full-width letters, ligatures or invisible characters."""
    return word.isprintable() and unicodedata.normalize("NFKC", word) == unicodedata.normalize("NFC", word)


def check_letters(text: str) -> None:
    """Refuse what was never typed as it stands: invisible and garbled characters, codes of pages and mails, piled marks."""
    if text.isascii() and text.isprintable() and not _CODED.search(text):
        return
    hidden = next((letter for letter in text if not letter.isprintable() and letter not in _BLANKS_SHOWN), "")
    if hidden:
        raise ValueRefused(INVISIBLE, point=point_of(hidden))
    if found := _GARBLED.search(text):
        raise ValueRefused(GARBLED, part=found.group())
    if found := _CODED.search(text):
        raise ValueRefused(ENCODED, part=found.group())
    pile = 0
    for letter in text:
        pile = pile + 1 if unicodedata.combining(letter) else 0
        if pile > MARK_LIMIT:
            raise ValueRefused(MARKS, count=pile, limit=MARK_LIMIT)
