"""One-click counts: each says how many people its click finds, told by plain loops."""

from dataclasses import replace

import pytest
from django.http import QueryDict
from django.utils import translation

from courses.models import Enrolment, Group, GroupMember
from courses.participants import choices
from courses.participants.address import address_of
from courses.participants.choices import Choice, CountLine, count_lines
from courses.participants.conditions import read_conditions
from courses.participants.counts import Counts, counts_of
from courses.participants.queries import Scope
from courses.participants.seats import seats_of
from courses.participants.vocabulary import vocabulary_of
from tests.courses.participants.conftest import World
from tests.courses.participants.oracle import expected_usernames
from tests.courses.participants.world import NOW
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory

OTHER_FILTERS = [
    "",
    "role=student&status=active",
    "group=TD1&q=a&match=any",
    "method=self&method_match=none&sort=-roles",
]


def counted(world: World, seen_groups: list[int] | None = None) -> Counts:
    scope = Scope(vocabulary_of(world.course), NOW, seen_groups)
    return counts_of(scope, seats_of(scope))


def lines_of(world: World, query: str = "", seen_groups: list[int] | None = None) -> dict[str, CountLine]:
    """The lines above the list of that query, by their criterion."""
    words, asked = vocabulary_of(world.course), QueryDict(query)
    lines = count_lines(words, read_conditions(asked, words), address_of(asked), counted(world, seen_groups))
    return {line.name: line for line in lines}


def all_choices(line: CountLine) -> list[Choice]:
    return [*line.shown, *line.others]


@pytest.mark.parametrize("query", OTHER_FILTERS)
def test_a_count_is_what_its_click_finds_alone(world: World, query: str) -> None:
    for line in lines_of(world, query).values():
        for choice in all_choices(line):
            chosen = QueryDict(choice.url.removeprefix("?")).getlist(line.name)
            if not choice.current and chosen:
                alone = f"{line.name}={chosen[0]}"
                assert (alone, choice.count) == (alone, len(expected_usernames(world.plain, alone)))


def test_every_value_that_somebody_has_is_offered(world: World) -> None:
    lines = lines_of(world)
    groups = {QueryDict(choice.url[1:])["group"] for choice in all_choices(lines["group"])}
    methods = {QueryDict(choice.url[1:])["method"] for choice in all_choices(lines["method"])}
    by_self = {pk for pk, method in world.plain.method_ids.items() if method.kind == "self"}
    assert groups == {"none", *world.plain.groups}
    assert methods == {"database", "manual", "cohort", "meta", *by_self}


def test_a_viewer_of_some_groups_counts_their_people_only(world: World) -> None:
    seen = [Group.objects.get(course=world.course, code="TD1").pk]
    plain = replace(world.plain, seen_groups=frozenset({"TD1"}))
    for line in lines_of(world, seen_groups=seen).values():
        for choice in all_choices(line):
            if not choice.current:
                query = choice.url.removeprefix("?")
                assert (query, choice.count) == (query, len(expected_usernames(plain, query)))


def test_a_click_keeps_the_rest_and_a_second_one_takes_it_back(world: World) -> None:
    query = "q=a&role=student&role_match=none&sort=-roles"
    student = next(choice for choice in lines_of(world, query)["role"].shown if "role=student" in choice.url)
    assert (student.url, student.current) == ("?q=a&sort=-roles&role=student", False)
    again = lines_of(world, student.url[1:])["role"].shown
    assert [choice.url for choice in again if choice.current] == ["?q=a&sort=-roles"]


def test_beyond_the_first_ones_groups_are_behind_dots_unless_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(choices.SHOWN, "group", 2)
    line = lines_of(world)["group"]
    assert (len(line.shown), len(line.others)) == (2, len(world.plain.groups) - 1)
    chosen = QueryDict(line.others[-1].url[1:])["group"]
    current = lines_of(world, f"group={chosen}")["group"].shown[-1]
    assert (current.current, current.label) == (True, line.others[-1].label)
    assert line.criterion_url == "?add=group"


def test_a_line_that_would_only_repeat_everybody_is_left_out(db: None) -> None:
    world = World.__new__(World)
    world.course = CourseFactory(code="PLAIN1")
    EnrolmentFactory(course=world.course)
    assert list(lines_of(world)) == ["role", "status"]


def test_counts_of_groups_follow_each_change_at_once(world: World) -> None:
    group = Group.objects.get(course=world.course, code="TP")
    before = counted(world).by_group["TP"]
    outside = Enrolment.objects.filter(method__course=world.course).exclude(person__group_memberships__group=group)
    first, second = (enrolment.person for enrolment in outside.order_by("person").distinct()[:2])
    member = GroupMember.objects.create(group=group, person=first)
    assert counted(world).by_group["TP"] == before + 1
    member.delete()
    GroupMember.objects.create(group=group, person=second)
    GroupMember.objects.create(group=group, person=PersonFactory(username="stranger"))
    assert counted(world).by_group["TP"] == before + 1
    Enrolment.objects.filter(method__course=world.course, person=second).delete()
    assert counted(world).by_group["TP"] == before


def test_labels_are_in_the_language_of_the_reader(world: World) -> None:
    with translation.override("fr"):
        french = [line.label for line in lines_of(world).values()]
    with translation.override("en"):
        english = [line.label for line in lines_of(world).values()]
    assert (french, english) == (["Rôle", "Statut", "Méthode", "Groupe"], ["Role", "Status", "Method", "Group"])
