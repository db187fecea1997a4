"""The list of cohorts and the page of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cohorts.models import Cohort
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    SnapshotFactory,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/cohorts/"


def cohort_with(members: int, **fields: Any) -> Cohort:
    cohort: Cohort = CohortFactory(**fields)
    for _ in range(members):
        CohortMemberFactory(cohort=cohort)
    return cohort


def codes_of(client: Client, query: str) -> list[str]:
    return [cohort.code for cohort in client.get(f"{LIST}?{query}").context["list"].records]


@time_machine.travel(datetime(2026, 11, 17, 9, 0, tzinfo=UTC), tick=False)
def test_each_cohort_in_a_row(staff: Client) -> None:
    now = timezone.now()
    cohort_with(2, programme_code="PHL2A1", version_code="241", code="2026-PHL2A1-241", refreshed_at=now)
    HandCohortFactory(code="TUTEURS-L2", name="Tuteurs L2 pharma", name_key="tuteurs l2 pharma")
    late = datetime(2026, 11, 3, 2, 30, tzinfo=UTC)
    cohort_with(0, programme_code="DRT2AA", name="Zoologie", refreshed_at=late, component="")
    assert cells_of(soup_of(staff, LIST)) == [
        ["Tuteurs L2 pharma TUTEURS-L2", "Kept by hand", "—", "—", "—", "0", "by hand"],
        ["UFR Droit: Étape PHL2A1 2026-PHL2A1-241", "Kept by the register", "PHL2A1 · 241", "2026-2027", "DRO", "2", "just now"],
        ["Zoologie 2026-DRT2AA", "Kept by the register", "DRT2AA", "2026-2027", "—", "0", "3 Nov. at 03:30"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["2026-AAA", "2025-BBB", "HAND"]),
        ("q=%C3%89TAPE+aaa", ["2026-AAA"]),
        ("q=2025-b", ["2025-BBB"]),
        ("q=%25", []),
        ("keeper=hand", ["HAND"]),
        ("year=2025", ["2025-BBB"]),
        ("year=none", ["HAND"]),
        ("component=MED", ["2025-BBB"]),
        ("component=none", ["HAND"]),
        ("refresh=overdue", ["2026-AAA"]),
        ("sort=-name", ["HAND", "2025-BBB", "2026-AAA"]),
        ("sort=member_count&sort=name", ["2026-AAA", "HAND", "2025-BBB"]),
    ],
)
def test_filters_and_orders(staff: Client, query: str, codes: list[str]) -> None:
    SnapshotFactory(academic_years=["2026"])
    CohortFactory(programme_code="AAA", refreshed_at=None)
    cohort_with(1, programme_code="BBB", academic_year="2025", component="MED")
    HandCohortFactory(code="HAND", name="Zzz", name_key="zzz")
    assert codes_of(staff, query) == codes


@pytest.mark.parametrize("query", ["keeper=nobody", "year=1999", "component=XYZ", "sort=colour"])
def test_what_the_address_cannot_ask_is_said_above_the_list(staff: Client, query: str) -> None:
    CohortFactory()
    soup = soup_of(staff, f"{LIST}?{query}")
    assert query.split("=")[1] in text_of(soup.select_one(".note-bad"))
    assert cells_of(soup) == []


def test_as_many_queries_for_one_cohort_as_for_fifty(staff: Client) -> None:
    costs = []
    for number in (1, 50):
        for _ in range(number):
            cohort_with(2)
        costs.append(cost_of(staff, f"{LIST}?per_page=100"))
    assert costs[0] == costs[1] <= 14


def test_an_empty_list_says_how_cohorts_come(staff: Client) -> None:
    assert "General cohorts appear by themselves" in text_of(soup_of(staff, LIST).select_one(".empty"))


def test_a_cohort_with_its_members_in_the_order_of_names(staff: Client) -> None:
    cohort = CohortFactory(programme_code="PHL2A1", refreshed_at=timezone.now())
    for last, state in (("Évrard", "active"), ("Ebert", "inactive")):
        person = PersonFactory(last_name=last, first_name="Maë", username=last.lower(), account_state=state)
        CohortMemberFactory(cohort=cohort, person=person, since=timezone.now())
    soup = soup_of(staff, reverse("cohorts:cohort", args=[cohort.code]))
    assert [[row[0], row[1], row[4]] for row in cells_of(soup)] == [
        ["EM Ebert Maë", "ebert", "Closed account"],
        ["ÉM Évrard Maë", "évrard", "Active account"],
    ]
    assert text_of(soup.select_one(".context")) == (
        "Kept by the register Étape PHL2A1 2026-2027 DRO Refreshed just now"
    )


def test_members_are_searched_with_accents_folded_away(staff: Client) -> None:
    cohort = CohortFactory()
    found, other = PersonFactory(last_name="Œuvré"), PersonFactory()
    for person in (found, other):
        CohortMemberFactory(cohort=cohort, person=person)
    response = staff.get(reverse("cohorts:cohort", args=[cohort.code]) + "?q=oeuvre")
    assert [member.person for member in response.context["list"].records] == [found]


def test_a_cohort_that_no_night_refreshed_for_a_day_is_flagged(staff: Client) -> None:
    cohort = CohortFactory(refreshed_at=timezone.now() - timedelta(hours=24, minutes=1))
    soup = soup_of(staff, reverse("cohorts:cohort", args=[cohort.code]))
    assert "Not refreshed for more than 24 h." in text_of(soup.select_one(".note-wait"))
    by_hand = HandCohortFactory()
    assert soup_of(staff, reverse("cohorts:cohort", args=[by_hand.code])).select(".note-wait") == []


def test_where_it_is_used_is_told_by_the_courses(staff: Client) -> None:
    cohort = CohortFactory()
    method = MethodFactory(
        course=CourseFactory(code="FOAD2", title="Santé publique"),
        kind="cohort_sync",
        source_cohort=cohort,
        enabled=False,
    )
    EnrolmentFactory(method=method)
    soup = soup_of(staff, reverse("cohorts:cohort", args=[cohort.code]))
    [line] = soup.select(".lines > li")
    assert text_of(line) == "Santé publique FOAD2 · Student · method disabled 1 people enrolled"
    link = line.select_one("a")
    assert link is not None
    assert link["href"] == reverse("courses:methods", args=["FOAD2"])


def test_as_many_queries_whatever_the_cohort_holds(staff: Client) -> None:
    costs = []
    for number in (1, 30):
        cohort = cohort_with(number)
        for _ in range(number):
            MethodFactory(kind="cohort_sync", source_cohort=cohort)
        costs.append(cost_of(staff, reverse("cohorts:cohort", args=[cohort.code]) + "?per_page=50"))
    assert costs[0] == costs[1] <= 14


def test_an_unknown_code_is_no_page(staff: Client) -> None:
    assert staff.get("/cohorts/2026-NOTHING/").status_code == 404
