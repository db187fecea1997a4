"""The search of people and cohorts as one types, held to plain loops over folded names; what cannot be searched says so."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cohorts import queries
from cohorts.models import Cohort, Person
from cohorts.queries import LONGEST_SEARCH, SearchRefused, search_cohorts, search_people
from enrolhub.web.folding import fold
from tests.factories import CohortFactory, HandCohortFactory, PersonFactory

pytestmark = pytest.mark.django_db

LAST_NAMES = ("Ärlig", "Bœuf", "D’Été", "De La Tour", "Éléonore", "Łukasz", "100%", "a_b", "", "Le")
FIRST_NAMES = ("Éléonore", "Jean-Luc", "La Tour", "Zoé", "", "Bœuf Noé")


def make_people() -> None:
    """Each last name with each first name, under logins of which some are names of others."""
    number = 0
    for last in LAST_NAMES:
        for first in FIRST_NAMES:
            number += 1
            login = ("Zoe" if number == 7 else "eleonore") if number in (7, 8) else f"{22600000 + number}"
            PersonFactory.create(username=login, last_name=last, first_name=first, email=f"{login}@etu.exemple.fr")


def expected(text: str, limit: int = 20) -> list[str]:
    """The same by plain loops: every word somewhere; then whose it is, whose name begins with it, the others, by name."""
    words, whole = fold(text).split(), fold(text)

    def rank(person: Person) -> int:
        if text.strip() in (person.username, person.id_number, person.student_number) or whole in (
            person.username,
            fold(person.email),
        ):
            return 0
        last, first = fold(person.last_name), fold(person.first_name)
        both = [f"{one} {other}" for one, other in ((last, first), (first, last)) if one and other]
        return 1 if any(name.startswith(whole) for name in (last, first, *both)) else 2

    def is_found(person: Person) -> bool:
        names = (person.last_name, person.first_name, person.username, person.id_number, person.email)
        return all(any(word in fold(name) for name in names) for word in words)

    def name(person: Person) -> tuple[str, str, str]:
        return fold(person.last_name), fold(person.first_name), person.username

    found = [person for person in Person.objects.all() if words and is_found(person)]
    return [person.username for person in sorted(found, key=lambda each: (rank(each), name(each)))][:limit]


class TestAgainstLoops(TestCase):
    """People once, whatever is typed."""

    @classmethod
    def setUpTestData(cls) -> None:
        make_people()

    @given(
        st.lists(st.sampled_from(sorted({*LAST_NAMES, *FIRST_NAMES, "226", "@ETU", "oe", "%", "_"})), max_size=3).map(
            " ".join
        )
        | st.sampled_from(LAST_NAMES + FIRST_NAMES).flatmap(
            lambda name: st.integers(0, len(name)).map(lambda length: name[:length].upper())
        )
        | st.text(alphabet="aàbeéœłz -’'%_\\0126@.", max_size=6)
    )
    def test_the_same_people_in_the_same_order(self, text: str) -> None:
        assert [person.username for person in search_people(text)] == expected(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("boeuf noe", "noe-boeuf"),
        ("BŒUF", "noe-boeuf"),
        ("Noé Bœuf", "noe-boeuf"),
        ("22600042", "number"),
        (" number ", "number"),
        ("E.MAIL@exemple.fr", "mail"),
        ("P1234", "staff"),
    ],
)
def test_the_best_match_comes_first(text: str, first: str) -> None:
    PersonFactory(username="noe-boeuf", last_name="Bœuf", first_name="Noé")
    PersonFactory(username="number", student_number="22600042", last_name="Zola")
    PersonFactory(username="mail", email="e.mail@exemple.fr", last_name="Zola")
    PersonFactory(username="staff", student_number="", id_number="P1234", last_name="Zola")
    for word in ("boeuf noe", "22600042", "number", "e.mail@exemple.fr", "p1234"):
        PersonFactory(last_name="Aaa", first_name=f"Xavier {word}")
    assert search_people(text)[0].username == first


def test_no_more_than_asked_for_and_only_among_those_given() -> None:
    for number in range(25):
        PersonFactory(username=f"u{number}", last_name=f"Dupont {number:02}")
    assert len(search_people("dupont")) == 20
    assert [person.username for person in search_people("dupont", limit=3)] == ["u0", "u1", "u2"]
    among = Person.objects.filter(username__in=["u7", "u24"])
    assert [person.username for person in search_people("dupont", among)] == ["u7", "u24"]


@pytest.mark.parametrize("text", ["du", "dupont 1", "zzzz", "u3"])
def test_three_queries_at_most(text: str) -> None:
    for number in range(25):
        PersonFactory(username=f"u{number}", last_name=f"Dupont {number:02}")
    with CaptureQueriesContext(connection) as asked:
        search_people(text)
    assert len(asked) <= 3


@pytest.mark.parametrize("few", [0, 3, 12, 25])
def test_few_or_many_are_in_the_same_order(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "FEW", few)
    for number in range(25):
        PersonFactory(
            username=f"u{number}", last_name=f"Dupont {number * 7 % 25:02}", first_name="" if number % 2 else "Zoé"
        )
    for text in ("exemple", "upont", "zo", "zoé upont 1", "upont 03", "xyz"):
        assert [person.username for person in search_people(text)] == expected(text)


@pytest.mark.parametrize("text", ["", "   ", "\u00a0", "\u200b"])
def test_nothing_typed_finds_nobody(text: str) -> None:
    PersonFactory()
    CohortFactory()
    assert (search_people(text), search_cohorts(text, Cohort.objects.all())) == ([], [])


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a" * (LONGEST_SEARCH + 1)])
def test_what_cannot_be_searched_says_so(text: str) -> None:
    with pytest.raises(SearchRefused):
        search_people(text)
    with pytest.raises(SearchRefused):
        search_cohorts(text, Cohort.objects.all())


def test_many_words_are_searched_all_the_same() -> None:
    PersonFactory(username="many", last_name=" ".join("abcdefghijklmnopqrstuvwxyz"))
    words = " ".join("zyxwvutsrqponmlkjihgfedcba" * 3)
    assert [person.username for person in search_people(words)] == ["many"]


def test_cohorts_by_code_by_name_and_the_newest_first() -> None:
    old = CohortFactory(academic_year="2025", programme_code="L2DRO", name="UFR Droit: L2 Droit")
    new = CohortFactory(academic_year="2026", programme_code="L2DRO", name="UFR Droit: L2 Droit")
    named = CohortFactory(code="2026-AUTRE", programme_code="AUTRE", name="Droit comparé")
    by_hand = HandCohortFactory(code="DROIT", name="Tuteurs de médecine")
    CohortFactory(name="UFR Sciences: L1 Physique")

    def found(text: str) -> list[Cohort]:
        return search_cohorts(text, Cohort.objects.all())

    assert found("droit") == [by_hand, named, new, old]
    assert found("dróit  L2") == [new, old]
    assert found("2026-l2dro") == [new]
    assert found("MEDECINE") == [by_hand]
    assert search_cohorts("droit", Cohort.objects.filter(academic_year="2025")) == [old]
    assert search_cohorts("droit", Cohort.objects.all(), limit=2) == [by_hand, named]
