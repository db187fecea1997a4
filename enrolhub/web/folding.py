"""Accent-free, case-free text: the one key used to search and to sort, on every database.

SQLite and a PostgreSQL without French collations both order and match accents wrongly, so names are kept
twice: as they are, and folded. A keyword is folded in the same way before it is compared.
"""

import unicodedata

_APOSTROPHES = "’‘‛ʼʹʻˈ′`´＇"
_HYPHENS = "‐‑‒–—―−⁃﹘﹣－"

# Letters that Unicode does not decompose, as a French keyboard would write them.
_SPELLED: dict[str, str] = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ı": "i",
    "ȷ": "j",
    "ĸ": "k",
    "ə": "e",
    "ƒ": "f",
    "ɨ": "i",
    "ʉ": "u",
    "ƀ": "b",
    "ǥ": "g",
    "ƶ": "z",
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_HYPHENS, "-"),
}


def _is_mark(letter: str) -> bool:
    """Combining marks and invisible format characters: nobody types them in a search box."""
    return unicodedata.combining(letter) != 0 or unicodedata.category(letter) in {"Mn", "Me", "Cf"}


def _fold_once(text: str) -> str:
    spelled = "".join(_SPELLED.get(letter, letter) for letter in text)
    decomposed = unicodedata.normalize("NFKD", spelled).casefold()
    return "".join(letter for letter in decomposed if not _is_mark(letter))


class _Letters(dict[int, str]):
    """A translation table that learns each character the first time it is met."""

    def __missing__(self, point: int) -> str:
        before, after = "", chr(point)
        while before != after:
            before, after = after, _fold_once(after)
        self[point] = after
        return after


_letters = _Letters()


def fold(text: str) -> str:
    """Bring a name or a keyword to the form in which two spellings of it are equal.

    Case, accents, Unicode form, typographic apostrophes and hyphens, and the width of blanks are folded
    away: ``fold("  ŒUVRÉ  d’Été ") == "oeuvre d'ete"``. Folding twice changes nothing.
    """
    # Most names and all logins are ASCII, where little is to be done.
    spelled = text.lower().replace("`", "'") if text.isascii() else text.translate(_letters)
    return " ".join(spelled.split())


def bounded(key: str, characters: int = 300, size: int = 900) -> str:
    """The beginning of a folded text: so many characters, and so many bytes of UTF-8, as columns and indexes take.

    What is folded may be longer than what people wrote: U+FDFA alone folds to eighteen characters.
    """
    if len(key) <= characters and (key.isascii() or len(key.encode()) <= size):
        return key
    return key[:characters].encode()[:size].decode(errors="ignore")


def bounded_search_key(key: str) -> str:
    """The beginning of the text in which keywords are looked for: PostgreSQL indexes no more than 2,704 bytes."""
    return bounded(key, 1_000, 2_400)


def initial_of(name: str) -> str:
    """Return the letter, ``a`` to ``z``, under which a name is filed, or ``#`` when it starts with none."""
    first = fold(name)[:1]
    return first if "a" <= first <= "z" else "#"
