"""Searching and sorting keys: PARTICIPANTS.md §2 and §3."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web.folding import bounded, fold, initial_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Éléonore", "eleonore"),
        ("Œuvré", "oeuvre"),
        ("Æsa", "aesa"),
        ("Straße", "strasse"),
        ("Łukasz", "lukasz"),
        ("Brønsted", "bronsted"),
        ("Đặng", "dang"),
        ("Þórður", "thordur"),
        ("Ilıca İzmir", "ilica izmir"),
        ("Nguyễn", "nguyen"),
        ("D’Été", "d'ete"),
        ("L`Hermite", "l'hermite"),
        ("Jean‑Luc", "jean-luc"),
        ("Anne–Sophie", "anne-sophie"),
        ("  Le \u00a0 Goff\t\n", "le goff"),
        ("zéro\u200blargeur\ufeff", "zerolargeur"),
        ("trait\u00add’union", "traitd'union"),
        ("100 %_*", "100 %_*"),
        ("ﬁn", "fin"),
        ("", ""),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_unicode_forms_are_equal(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert fold(composed) == fold(decomposed)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x17F)))
def test_case_is_folded_away(text: str) -> None:
    assert fold(text) == fold(text.lower())


@given(st.text())
def test_blanks_are_single_and_inside(text: str) -> None:
    assert fold(text).split() == [word for word in fold(text).split(" ") if word]


@given(st.text(alphabet=st.characters(max_codepoint=0x7F, exclude_categories=["Cc"])))
def test_plain_text_only_loses_its_case_and_spare_blanks(text: str) -> None:
    assert fold(text) == " ".join(text.replace("`", "'").lower().split())


@pytest.mark.parametrize(
    ("name", "initial"),
    [("Éléonore", "e"), ("Œuvré", "o"), ("'T Hooft", "#"), ("4e", "#"), ("", "#"), ("Ωmega", "#"), ("zoé", "z")],
)
def test_initial(name: str, initial: str) -> None:
    assert initial_of(name) == initial


@pytest.mark.parametrize(
    ("text", "characters", "size", "kept"),
    [
        ("dupont", 6, 6, "dupont"),
        ("dupont", 5, 6, "dupon"),
        ("дюпон", 10, 6, "дюп"),
        ("дюпон", 10, 5, "дю"),  # no half of a letter
        (fold("\ufdfa" * 40), 300, 900, fold("\ufdfa" * 40)[:300]),
    ],
)
def test_a_key_is_no_longer_than_its_column_and_its_index(text: str, characters: int, size: int, kept: str) -> None:
    assert bounded(text, characters, size) == kept
