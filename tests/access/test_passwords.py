"""What a local password may be."""

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation
from pytest_django import Settings

from enrolhub.access.forms import SignInForm
from enrolhub.access.models import User
from enrolhub.access.passwords import words_of

ACCOUNT = User(username="dupont-m", first_name="Aïcha", last_name="de la Tour", email="aicha.tour@exemple.fr")


def codes(password: str) -> set[str | None]:
    """Why it is refused."""
    try:
        validate_password(password, ACCOUNT)
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("password", "refused_as"),
    [
        ("cheval pile agrafe exact", set()),
        ("éàüß œuvre naïve 漢字 🙂🙂", set()),  # any character, blanks too
        ("aaaabaaaabaa" * 10, set()),  # no rule of composition, and long ones are welcome
        ("EnrolHub: cheval pile agrafe", set()),  # a word of the house among others
        ("elevenchars", {"password_too_short"}),
        ("telechargement", {"password_too_common"}),
        ("iloveyou2026!", {"password_too_common"}),  # lengthened
        ("1985-SunshineSunshine-1985", {"password_too_common"}),
        ("EnrolHub2026!", {"password_house_words"}),
        ("Université-CEMU-2026", {"password_house_words"}),
        ("Aïcha.Tour.1985", {"password_house_words"}),
        ("AICHA-de-la-TOUR!!", {"password_house_words"}),
        ("dupont-m2026dupont", {"password_house_words"}),
    ],
)
def test_a_local_password_is_long_uncommon_and_no_word_of_the_house(password: str, refused_as: set[str]) -> None:
    assert codes(password) == refused_as


def test_the_words_of_the_house_are_a_setting(settings: Settings) -> None:
    settings.PASSWORD_WORDS = ["Université de Caen", "UFR"]
    assert codes("Universite de Caen 14") == {"password_house_words"}
    assert codes("EnrolHub-2026-demain") == set()
    assert words_of(None) == {"universitedecaen", "ufr"}


def test_each_refusal_is_said_in_both_languages() -> None:
    for language, beginning in (("en", "This password is little"), ("fr", "Ce mot de passe n’est guère")):
        with translation.override(language), pytest.raises(ValidationError, match=beginning):
            validate_password("EnrolHub2026!", ACCOUNT)


def test_a_password_is_kept_as_a_slow_hash_and_compared_to_the_letter() -> None:
    hasher = PBKDF2PasswordHasher()
    assert (global_settings.PASSWORD_HASHERS[0].rpartition(".")[2], hasher.iterations >= 600_000) == (
        "PBKDF2PasswordHasher",
        True,
    )
    kept = hasher.encode("Cheval Pile Agrafe", hasher.salt(), iterations=1)
    typed = ["Cheval Pile Agrafe", "cheval pile agrafe", "Cheval Pile Agrafe ", "Cheval Pile"]
    assert [hasher.verify(each, kept) for each in typed] == [True, False, False, False]


def test_password_managers_know_the_fields_and_nobody_beside_reads_them() -> None:
    fields = SignInForm().fields
    told = {name: (field.widget.attrs.get("autocomplete"), field.widget.input_type) for name, field in fields.items()}
    assert told == {"username": ("username", "text"), "password": ("current-password", "password")}
