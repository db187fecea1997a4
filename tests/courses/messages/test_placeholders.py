"""Placeholders: what is one, what is refused, and that no name can become anything else than text."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from courses.messages.draft import DraftForm
from courses.messages.placeholders import PLACEHOLDERS, fill, one_line, unclosed_placeholders, unknown_placeholders

VALUES = {each.name: f"<{each.name}>" for each in PLACEHOLDERS}
TOKEN = "1b671a64-40d5-491e-99b0-da01ff1f3341"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bonjour {prenom} {nom},", "Bonjour <first_name> <last_name>,"),
        ("Hello {first_name} {last_name},", "Hello <first_name> <last_name>,"),
        ("{ Prénom } {NOM_COMPLET}", "<first_name> <full_name>"),
        ("{cours} ({code_cours}) : {adresse_cours}", "<course> (<course_code>) : <course_address>"),
        ("{{prenom}} is written {prenom}", "{prenom} is written <first_name>"),
        ("f(x) = {1; 2}, {} and \\frac{1}{2}", "f(x) = {1; 2}, {} and \\frac{1}{2}"),
        ("if (a) { return b; }", "if (a) { return b; }"),
        ("nothing", "nothing"),
    ],
)
def test_what_is_filled(text: str, filled: str) -> None:
    assert unknown_placeholders(text) == []
    assert fill(text, VALUES) == filled


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Bonjour {surnom},", ["surnom"]),
        ("{prenom} {Surnom} {nom2} {Surnom}", ["Surnom", "nom2"]),
        ("{{surnom}}", []),
        ("{__class__} {prenom.__class__}", ["__class__"]),
    ],
)
def test_what_stands_for_nothing_is_named(text: str, unknown: list[str]) -> None:
    assert unknown_placeholders(text) == unknown


def test_a_missing_brace_is_seen() -> None:
    assert unclosed_placeholders("Bonjour {prenom, {nom} { nom_complet\n{surnom {prenomx") == ["prenom", "nom_complet"]
    assert unclosed_placeholders("{prenom} {{nom}} {prénom}") == []


def test_a_value_is_never_read_for_placeholders() -> None:
    assert fill("{prenom} {nom}", VALUES | {"first_name": "{nom}", "last_name": "%(x)s {{a}}"}) == "{nom} %(x)s {{a}}"


@given(st.text(max_size=60))
def test_whatever_a_register_holds_stays_on_one_line(name: str) -> None:
    line = fill("{prenom}", VALUES | {"first_name": name})
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
    assert "\x00" not in line


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_filled(text: str) -> None:
    unknown, unclosed = unknown_placeholders(text), unclosed_placeholders(text)
    filled = fill(text, VALUES)
    assert "{" in text or "}" in text or (list(unknown), list(unclosed), filled) == ([], [], text)


def errors_of(**data: str) -> dict[str, list[str]]:
    with override("en"):
        form = DraftForm({"subject": "Exam", "body": "Text", "token": TOKEN} | data)
        return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("subject", ["Exam{0}Bcc: all@exemple.fr", "Exam{0}", "{0}Exam"])
def test_a_subject_of_several_lines_is_refused(subject: str, breaks: str) -> None:
    assert errors_of(subject=subject.format(breaks)) == {
        "subject": ["The subject must stand on one line. Remove its line breaks."]
    }


def test_errors_stand_at_the_field_that_has_them() -> None:
    known = "{first_name}, {last_name}, {full_name}, {course}, {course_code}, {course_address}"
    assert errors_of(subject="For {you}", body="{you} and {me}") == {
        "subject": [f"{{you}} is no placeholder. Known ones: {known}. To write it as it is, double its braces."],
        "body": [
            f"{{you}}, {{me}} are no placeholders. Known ones: {known}. To write them as they are, double their braces."
        ],
    }
    assert errors_of(body="Hello {first_name") == {"body": ["The placeholder {first_name has no closing brace."]}
    assert set(errors_of(subject=" ", body="")) == {"subject", "body"}
    assert set(errors_of(subject="x" * 151, body="x" * 20_001)) == {"subject", "body"}
    assert set(errors_of(body="a\x00b", subject="\x1b[2J", token="1;")) == {"subject", "body", "token"}


def test_line_ends_of_browsers_become_plain_ones() -> None:
    form = DraftForm({"subject": " Exam ", "body": "a\r\nb\rc\td", "token": TOKEN})
    assert form.is_valid()
    assert (form.cleaned_data["subject"], form.cleaned_data["body"]) == ("Exam", "a\nb\nc\td")
