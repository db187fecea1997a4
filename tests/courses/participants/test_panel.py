"""The filter panel: its lines, its chips and the names one types, all as links that say the whole state."""

from collections.abc import Sequence

import pytest
from django.http import QueryDict
from django.utils import translation

from courses.models import Method
from courses.participants import panel as panels
from courses.participants.address import address_of
from courses.participants.conditions import read_conditions
from courses.participants.panel import Asked, Criterion, Panel, described, panel_of
from courses.participants.typed import MANY, read_typed
from courses.participants.vocabulary import Vocabulary, vocabulary_of
from courses.participants.wording import offered_values
from tests.courses.participants.conftest import World
from tests.factories import GroupFactory, MethodFactory

LETTERS = ({"a", "e"}, {"d", "#"})


@pytest.fixture
def words(world: World) -> Vocabulary:
    return vocabulary_of(world.course)


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


def panel(words: Vocabulary, query: str, added: Sequence[str] = ()) -> Panel:
    asked = QueryDict(query)
    return panel_of(Asked(words, read_conditions(asked, words), address_of(asked), added=added), LETTERS)


def line(shown: Panel, name: str) -> Criterion:
    return next(criterion for criterion in shown.criteria if criterion.name == name)


def typing(name: str, text: str, rest: str = "") -> QueryDict:
    """The rest of an address, and a name typed into the field of a criterion."""
    query = QueryDict(rest, mutable=True)
    query[f"typed_{name}"] = text
    return query


class TestLines:
    def test_a_line_for_each_criterion_in_their_order(self, words: Vocabulary) -> None:
        shown = panel(words, "status=active&role=student&role_match=none&inactive=30d&match=any")
        assert [(each.name, each.joined) for each in shown.criteria] == [
            ("role", ""),
            ("status", "or"),
            ("inactive", "or"),
        ]
        assert [option.value for option in line(shown, "role").matches if option.current] == ["none"]

    def test_each_cross_takes_away_what_it_stands_on(self, words: Vocabulary) -> None:
        query = "q=a&role=student&role=tutor&role_match=all&sort=email"
        role = line(panel(words, query), "role")
        assert [value.url for value in role.values] == [
            "?q=a&role=tutor&role_match=all&sort=email",
            "?q=a&role=student&role_match=all&sort=email",
        ]
        assert role.remove_url == "?q=a&sort=email"
        (last,) = line(panel(words, "role=tutor&role_match=all"), "role").values
        assert last.url == "?"

    def test_clearing_keeps_the_order_and_nothing_else(self, words: Vocabulary) -> None:
        query = "q=a&q=b&role=student&match=any&first=A&last=B&sort=-roles&per_page=50&inactive=1d&inactive_match=none"
        assert panel(words, query).clear_url == "?sort=-roles&per_page=50"

    def test_an_empty_line_keeps_its_match_and_the_lines_opened_before(self, words: Vocabulary) -> None:
        shown = panel(words, "group_match=none&sort=email", added=["group", "role"])
        assert [(each.name, each.is_new) for each in shown.criteria] == [("role", True), ("group", False)]
        assert [option.value for option in line(shown, "group").matches if option.current] == ["none"]
        urls = {option.value: option.url for option in shown.addable}
        assert urls["status"] == "?group_match=none&sort=email&add=group&add=role&add=status"
        assert sorted(urls) == ["inactive", "method", "q", "status"]

    def test_the_fields_of_the_form_and_what_it_carries_along_are_the_whole_address(self, words: Vocabulary) -> None:
        shown = panel(words, "q=a&role=student&first=A&sort=email&sort=-roles&per_page=50&match=none")
        assert shown.kept == [("first", "A"), ("sort", "email"), ("sort", "-roles"), ("per_page", "50")]
        assert (shown.keyword, [option.value for option in shown.joins if option.current]) == ("a", ["none"])

    def test_one_keyword_is_in_the_search_field_and_several_have_a_line(self, words: Vocabulary) -> None:
        single, several = panel(words, "q=a"), panel(words, "q=a&q=b")
        assert (single.searches, single.keyword, single.criteria) == (True, "a", [])
        assert (several.searches, [value.value for value in line(several, "q").values]) == (False, ["a", "b"])
        assert [value.value for value in line(panel(words, "q=a", added=["q"]), "q").values] == ["a"]
        assert line(panel(words, "q=a&q_match=none"), "q").summary == "Except keyword: a"

    def test_on_a_phone_each_criterion_and_initial_is_one_chip(self, words: Vocabulary) -> None:
        shown = panel(words, "status=ended&status=method_off&status_match=none&first=E&last=%23")
        assert [(option.label, option.url) for option in shown.summaries] == [
            ("Except status: Ended, +1", "?first=E&last=%23"),
            ("First name: E…", "?status=ended&status=method_off&status_match=none&last=%23"),
            ("Last name: #…", "?status=ended&status=method_off&status_match=none&first=E"),
        ]

    def test_initials_lead_on_where_somebody_has_them(self, words: Vocabulary) -> None:
        _name, _label, letters = panel(words, "q=a&last=Z").initials[1]
        linked = {letter.label: letter.url for letter in letters if letter.url}
        assert linked == {"All": "?q=a", "D": "?q=a&last=D", "Z": "?q=a&last=Z", "#": "?q=a&last=%23"}
        assert [letter.label for letter in letters if letter.current] == ["Z"]

    def test_a_span_of_the_address_is_among_the_choices(self, words: Vocabulary) -> None:
        more = line(panel(words, "inactive=45d"), "inactive").more
        assert [(option.value, option.label) for option in more if option.current] == [("45d", "45 days")]


class TestNames:
    def test_each_value_has_a_label_of_its_own_that_means_it(self, world: World, words: Vocabulary) -> None:
        MethodFactory(course=world.course, kind=Method.Kind.SELF, name="TD 1")
        words = vocabulary_of(world.course)
        for name in ("group", "method"):
            offered = offered_values(name, words)
            assert len(set(offered.values())) == len(offered)
            for value, label in offered.items():
                assert (label, read_typed(typing(name, label), words).address.pairs) == (label, ((name, value),))

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Équipe A", "E"), ("  equipe a ", "E"), ("ÉQUIPE", "E"), ("TP", "TP"), ("tp 2", "TP"), ("TD1B", "TD1B"),
            ("ZZ", "TD 10"), ("td 10", "TD10"), ("no group", "none"),
        ],
    )  # fmt: skip
    def test_a_name_typed_is_understood(self, words: Vocabulary, text: str, code: str) -> None:
        typed = read_typed(typing("group", text, "role=student&group=TD1&group_match=all"), words)
        assert (typed.was_asked, typed.complaints) == (True, [])
        assert typed.address.values("group") == ["TD1", *([code] if code != "TD1" else [])]
        assert typed.address.value("role") == "student"

    @pytest.mark.parametrize(
        ("text", "told"),
        [("td", "TD 1 (TD1), TD 1 (TD1B), TD 10"), ("nowhere", "suggestions"), ("\x00", "suggestions")],
    )
    def test_a_name_that_means_several_or_none_is_said(self, words: Vocabulary, text: str, told: str) -> None:
        (complaint,) = read_typed(typing("group", text), words).complaints
        assert (complaint.parameter, complaint.value, told in str(complaint.message)) == ("typed_group", text, True)

    def test_blanks_ask_for_nothing(self, words: Vocabulary) -> None:
        assert not read_typed(QueryDict("typed_group=%20&typed_method="), words).was_asked

    def test_many_values_are_typed_and_few_are_chosen(self, world: World, words: Vocabulary) -> None:
        few = line(panel(words, "", added=["group"]), "group")
        assert (few.suggests, few.field) == (False, "group")
        for number in range(MANY):
            GroupFactory(course=world.course, code=f"MANY{number}", name=f"Groupe {number}")
        many = line(panel(vocabulary_of(world.course), "", added=["group"]), "group")
        assert (many.suggests, many.field) == (True, "typed_group")


def test_a_query_in_words(words: Vocabulary) -> None:
    query = QueryDict(
        "q=zoé&role=student&group=none&group_match=none&last=B&sort=roles&sort=-last_name&sort=-first_name"
    )
    assert described(words, query) == [
        "Keyword: zoé",
        "Role: Student",
        "Except group: No group",
        "Last name: B…",
        "Order: Roles, Last name ↓",
    ]
    assert described(words, QueryDict("")) == []


def test_many_refused_values_are_told_by_the_first_ones_and_their_number(words: Vocabulary) -> None:
    query = "role=student&" + "&".join(f"group=g{number}" for number in range(40))
    *told, others = panel(words, query).problems
    assert [problem.parameter for problem in told] == ["group"] * panels.TOLD
    assert (others.message, others.remove_url) == ("30 more values are refused.", "?role=student")


def test_a_long_refused_value_is_shortened(words: Vocabulary) -> None:
    (problem,) = panel(words, f"role={'x' * 500}").problems
    assert len(problem.message) < 200
