"""What a local password may not be made of: common passwords, the words of the house, the account's own names."""

import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from enrolhub.access.models import User

OWN_FIELDS = ("username", "first_name", "last_name", "email")
#: A shorter word would be found in passwords that have nothing to do with it.
SHORTEST_WORD = 3


def plain(text: str) -> str:
    """The letters and digits of a text, without case or accents."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if each.isalnum())


class LengthenedPasswordValidator(CommonPasswordValidator):
    """Refuses a common password, and one that was only repeated, or set between digits and signs, to be long enough."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        for core in cores_of(password):
            super().validate(core, user)


def cores_of(password: str) -> list[str]:
    """The password, what is left of it between digits and signs, and what each of the two repeats."""
    ends = "".join(each for each in password if not each.isalpha())
    found = [password, password.strip(ends)]
    return [*found, *(text[: (text + text).find(text, 1)] for text in found if text)]


class HouseWordsValidator:
    """Refuses a password that is little besides words anybody here would try first.

    Those are ``PASSWORD_WORDS`` and the names of the account. Without them at least ``rest`` letters and digits are left.
    """

    def __init__(self, rest: int = 8) -> None:
        self.rest = rest

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        left = plain(password)
        for word in sorted(words_of(user), key=lambda word: (-len(word), word)):
            left = left.replace(word, "")
        if len(left) < self.rest:
            raise ValidationError(
                _(
                    "This password is little more than words that everybody here would try: those of the house, or of the account."
                ),
                code="password_house_words",
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be made of your names, or of words of the university and of this site.")


def words_of(user: User | None) -> set[str]:
    """The words of the house, and the parts of the account's names, as they are looked for."""
    own = [str(getattr(user, name, "") or "") for name in OWN_FIELDS]
    return set(_long_enough([*settings.PASSWORD_WORDS, *(part for text in own for part in _parts(text))]))


def _parts(text: str) -> list[str]:
    return [text, *"".join(each if each.isalnum() else " " for each in text).split()]


def _long_enough(words: Iterable[str]) -> list[str]:
    return [word for word in map(plain, words) if len(word) >= SHORTEST_WORD]
