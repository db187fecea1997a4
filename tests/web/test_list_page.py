"""The one list page: pages, order, refused values, and the table it prints."""

from collections.abc import Iterator
from typing import Any

import django_filters
import django_tables2
import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from enrolhub.access.models import User
from enrolhub.web.list_page import ListPage, address_without, build_list, page_of, page_size


class AccountTable(django_tables2.Table):
    caption = "Comptes"
    row_header = "username"
    username = django_tables2.Column(verbose_name="Compte")
    last_name = django_tables2.Column(verbose_name="Nom")
    email = django_tables2.Column(verbose_name="Courriel", orderable=False, attrs={"td": {"class": "no-phone"}})

    class Meta:
        order_by = ("last_name",)


class AccountFilter(django_filters.FilterSet):
    last_name = django_filters.CharFilter(label="Nom")
    number = django_filters.NumberFilter(field_name="pk", label="Numéro")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def accounts(db: None) -> None:
    User.objects.bulk_create(
        User(username=f"user{number:03}", last_name="ABC"[number % 3], email=f"{number}@example.org")
        for number in range(45)
    )


def request_for(query: str) -> HttpRequest:
    request = RequestFactory().get(f"/accounts/?{query}")
    request.user = AnonymousUser()
    return request


def list_for(query: str) -> ListPage:
    return build_list(request_for(query), User.objects.all(), AccountTable, AccountFilter)


def names(shown: ListPage) -> list[str]:
    return [row.record.username for row in shown.page.object_list]


def html(query: str) -> BeautifulSoup:
    context = {"list": list_for(query), "empty_title": "Aucun compte"}
    return BeautifulSoup(render_to_string("pieces/list.html", context, request_for(query)), "html.parser")


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        (None, 20),
        ("", 20),
        ("20", 20),
        ("34", 20),
        ("36", 50),
        ("75", 50),
        ("100", 100),
        ("100000", 500),
        ("-3", 20),
        ("ten", 20),
    ],
)
def test_page_size_is_the_nearest_allowed(asked: str | None, size: int) -> None:
    assert page_size(asked) == size


@pytest.mark.parametrize(
    ("asked", "number"), [(None, 1), ("2", 2), ("3", 3), ("99", 3), ("0", 1), ("-4", 1), ("last", 1)]
)
def test_past_the_last_page_is_the_last(asked: str | None, number: int) -> None:
    assert page_of(Paginator(range(45), 20), asked).number == number


def test_an_empty_list_has_one_page() -> None:
    assert list(page_of(Paginator([], 20), "7")) == []


def test_address_without() -> None:
    assert address_without(QueryDict("a=1&a=2&b=%C3%A9&page=3"), "a") == "?b=%C3%A9"


def test_pages_never_shuffle(accounts: None) -> None:
    seen = [name for number in (1, 2, 3) for name in names(list_for(f"page={number}"))]
    assert seen == list(User.objects.order_by("last_name", "pk").values_list("username", flat=True))


@pytest.mark.parametrize("query", ["per_page=-1", "per_page=0", "per_page=9223372036854775808", "page=-1", "page=0"])
def test_no_size_or_number_of_a_page_breaks_a_list(accounts: None, query: str) -> None:
    assert names(list_for(query))[0] == User.objects.order_by("last_name", "pk")[0].username


def test_several_sort_keys_and_a_descending_one(accounts: None) -> None:
    expected = User.objects.order_by("-last_name", "username").values_list("username", flat=True)[:50]
    assert names(list_for("sort=-last_name&sort=username&per_page=45")) == list(expected)


def test_a_list_costs_two_queries(accounts: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        html("last_name=A")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("number=x&last_name=A&page=2", [("number", "Numéro “x”: Enter a number.", "?last_name=A")]),
        ("sort=shoe&sort=-last_name", [("sort", "Unknown order “shoe”.", "?")]),
        ("sort=email", [("sort", "Unknown order “email”.", "?")]),
        ("sort=user.password", [("sort", "Unknown order “user.password”.", "?")]),
        ("utm_source=letter", []),
    ],
)
def test_what_the_list_does_not_understand_is_said(
    accounts: None, query: str, expected: list[tuple[str, str, str]]
) -> None:
    problems = list_for(query).problems
    assert [(problem.parameter, problem.message, problem.remove_url) for problem in problems] == expected


def test_a_refused_value_shows_a_note_and_no_table(accounts: None) -> None:
    page = html("number=x")
    note = page.select_one(".note-bad[role=alert]")
    assert note is not None
    assert " ".join(note.text.split()) == (
        "Numéro “x”: Enter a number. The list waits until this criterion is corrected. Remove the criterion"
    )
    assert page.table is None


def test_an_empty_list_says_so_and_offers_to_clear_the_filters(accounts: None) -> None:
    page = html("last_name=Z")
    way_out = page.select_one(".empty a")
    assert way_out is not None
    assert (page.h2.text, way_out["href"], way_out.text) == ("Aucun compte", "/accounts/", "Clear the filters")  # type: ignore[union-attr]


def test_the_table_is_readable_aloud(accounts: None) -> None:
    table: Any = html("sort=-last_name&page=2&last_name=A").table
    heads = [(head["scope"], head.get("aria-sort"), head.a and head.a["href"]) for head in table.thead.find_all("th")]
    assert table.caption.text == "Comptes"
    assert heads == [
        ("col", None, "?sort=username&last_name=A"),
        ("col", "descending", "?sort=last_name&last_name=A"),
        ("col", None, None),
    ]
    first = table.tbody.tr
    assert (first.th["scope"], first.th["role"]) == ("row", "rowheader")
    assert [
        (cell["data-label"], cell["class"] if cell.has_attr("class") else None) for cell in first.find_all("td")
    ] == [
        ("Nom", None),
        ("Courriel", ["no-phone"]),
    ]


def test_the_foot_keeps_the_rest_of_the_address(accounts: None) -> None:
    foot: Any = html("sort=username&page=2").select_one(".pages")
    assert " ".join(foot.span.text.split()) == "21–40 of 45"
    assert [(link["href"], link.get("aria-current")) for link in foot.select("nav a")] == [
        ("?sort=username&page=1", None),
        ("?sort=username&page=1", None),
        ("?sort=username&page=2", "page"),
        ("?sort=username&page=3", None),
        ("?sort=username&page=3", None),
    ]
    assert [(kept["name"], kept["value"]) for kept in foot.select("input[type=hidden]")] == [("sort", "username")]
