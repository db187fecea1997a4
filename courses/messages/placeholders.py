"""Placeholders of a message: ``{prenom}`` or ``{first_name}`` stands for the first name of whoever receives it.

A word between braces is a placeholder, in French or in English, whatever its case and accents. Doubled braces stand
for themselves (``{{prenom}}`` is read as ``{prenom}``), and braces around anything but one word are ordinary text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import category

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enrolhub.web.folding import fold

WORD = r"[^\W\d]\w*"
WRITTEN = re.compile(rf"\{{\{{\s*({WORD})\s*\}}\}}|\{{\s*({WORD})\s*\}}")
UNCLOSED = re.compile(rf"\{{\s*({WORD})(?!\w|\s*\}})")
# What would turn the letters around a name backwards.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Placeholder:
    """``name`` is what the code calls it and English writes; ``french`` what French writes; ``label`` what it stands for."""

    name: str
    french: str
    label: str | Promise

    @property
    def written(self) -> str:
        """The placeholder as it is written in the language of the moment, without its braces."""
        return self.french if (get_language() or "").startswith("fr") else self.name


PLACEHOLDERS = (
    Placeholder("first_name", "prenom", _("first name")),
    Placeholder("last_name", "nom", _("last name")),
    Placeholder("full_name", "nom_complet", _("first and last name")),
    Placeholder("course", "cours", _("title of the course")),
    Placeholder("course_code", "code_cours", _("code of the course")),
    Placeholder("course_address", "adresse_cours", _("address of the course")),
)
_NAMES = {fold(word): each.name for each in PLACEHOLDERS for word in (each.name, each.french)}


def unknown_placeholders(text: str) -> list[str]:
    """The placeholders of a text that stand for nothing, as they are written, each once."""
    used = [match[2] for match in WRITTEN.finditer(text) if match[2]]
    return list(dict.fromkeys(word for word in used if fold(word) not in _NAMES))


def unclosed_placeholders(text: str) -> list[str]:
    """The placeholders whose second brace is missing (``{prenom,``), as they are written, each once."""
    rest = WRITTEN.sub(" ", text)
    return list(dict.fromkeys(word for word in UNCLOSED.findall(rest) if fold(word) in _NAMES))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its value; an unknown one stays, and a value is never read for others."""

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return f"{{{match[1]}}}"
        name = _NAMES.get(fold(match[2]), "")
        return one_line(values[name]) if name in values else match[0]

    return WRITTEN.sub(replace, text)


def one_line(text: str) -> str:
    """The text on one line, without characters that print nothing: what a register holds can start no new header."""
    words = " ".join(text.split())
    return "".join(letter for letter in words if category(letter) != "Cc" and letter not in TURNING)
