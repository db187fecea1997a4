"""Names in running text: where somebody is named by what is theirs alone, somebody without a name is put. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from enrolhub.web.folding import fold

WORD = re.compile(r"[\w@][\w.@'’+-]*")
#: What may follow a word without belonging to it.
TAIL = ".'’+-"
#: What a query of an address keeps as it is.
PLAIN_IN_QUERY = "=&@:,/-"


@dataclass
class Names:
    """What stands for whom: identifiers by themselves, names as last and first name together, in either order.

    A last name alone may be anybody's, and stays.
    """

    identifiers: dict[str, str] = field(default_factory=dict)
    full_names: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, identifiers: Iterable[str], last_name: str, first_name: str, pseudonym: str) -> None:
        """From now on the pseudonym stands for these identifiers, and for this name."""
        for identifier in identifiers:
            if identifier:
                self.identifiers[identifier.lower()] = pseudonym
        if not (last_name and first_name):
            return
        for name in (f"{last_name} {first_name}", f"{first_name} {last_name}"):
            for spelled in dict.fromkeys((name.lower(), fold(name))):
                first = WORD.match(spelled)
                if first:
                    self.full_names.setdefault(first[0], []).append((spelled, pseudonym))

    def replace(self, text: str) -> str:
        """The text without the names, also where it is the query of an address."""
        if "%" in text or "+" in text:
            plain = unquote_plus(text)
            replaced = self._replace(plain)
            if replaced != plain:
                return quote_plus(replaced, safe=PLAIN_IN_QUERY)
        return self._replace(text)

    def _replace(self, text: str) -> str:
        lowered = text.lower()
        if len(lowered) != len(text):  # a letter that has no lower case of its own length: places would not agree
            text = lowered
        parts, done = [], 0
        for word in WORD.finditer(lowered):
            if word.start() < done:
                continue
            found = self._found_at(lowered, word.start(), word[0])
            if found:
                length, pseudonym = found
                parts += [text[done : word.start()], pseudonym]
                done = word.start() + length
        return "".join([*parts, text[done:]])

    def _found_at(self, lowered: str, start: int, word: str) -> tuple[int, str] | None:
        for name, pseudonym in self.full_names.get(word, ()):
            end = start + len(name)
            if lowered.startswith(name, start) and not lowered[end : end + 1].isalnum():
                return len(name), pseudonym
        bare = word.rstrip(TAIL)
        known = self.identifiers.get(word) or self.identifiers.get(bare)
        return (len(word if word in self.identifiers else bare), known) if known else None

    def replace_in(self, value: Any) -> Any:
        """A text, or what JSON holds, without the names; anything else as it is."""
        if isinstance(value, str):
            return self.replace(value)
        if isinstance(value, list):
            return [self.replace_in(each) for each in value]
        if isinstance(value, Mapping):
            return {self.replace(str(key)): self.replace_in(each) for key, each in value.items()}
        return value
