"""The pages of cohorts kept by hand: asked, previewed, confirmed, taken back; and what is refused, with the reason."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cohorts.forms import code_from
from cohorts.models import Cohort, CohortMember
from enrolhub.access.models import SiteRole
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.undo import request_undo
from tests.factories import (
    ChangeFactory,
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    PhaseFactory,
    ScopeFactory,
    SiteRoleFactory,
)
from tests.html import cells_of, part_of, soup_of, text_of

pytestmark = pytest.mark.django_db


def address(name: str, cohort: Cohort) -> str:
    return reverse(f"cohorts:{name}", args=[cohort.code])


def soup(response: Any) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(response.content, "html.parser")


def hidden(page: Any) -> dict[str, str]:
    """What the confirmation of a preview sends."""
    fields = part_of(page, ".confirm-bar").select("input[type=hidden]")
    return {field["name"]: field["value"] for field in fields if field["name"] != "csrfmiddlewaretoken"}


def errors_in(response: Any) -> str:
    return " ".join(text_of(tag) for tag in soup(response).select(".field-error, .form-errors, [role=alert]"))


def members(cohort: Cohort) -> set[str]:
    return set(CohortMember.objects.filter(cohort=cohort).values_list("person__username", flat=True))


def test_created_then_filled_by_search_and_by_paste(staff: Client) -> None:
    ticked, pasted = PersonFactory(), PersonFactory(email="a.b@exemple.fr", email_key="a.b@exemple.fr")
    answer = staff.post(reverse("cohorts:new"), {"name": "  Tuteurs   L2 pharma ", "code": ""})
    cohort = Cohort.objects.get(code="TUTEURS-L2-PHARMA", name="Tuteurs L2 pharma")
    assert answer["Location"] == address("fill", cohort)
    found = soup_of(staff, f"{address('people_search', cohort)}?q={ticked.username}")
    assert part_of(found, "input[name=person]")["value"] == str(ticked.pk)
    asked = {"person": [ticked.pk], "identifiers": "A.B@exemple.fr; 404404\n", "step": "preview"}
    page = soup(staff.post(address("fill", cohort), asked))
    assert {row[0].split(" ", 1)[1] for row in cells_of(page)} == {str(ticked), str(pasted)}
    assert "404404" in text_of(part_of(page, "[aria-labelledby=misread-title]"))
    assert members(cohort) == set()
    answer = staff.post(address("fill", cohort), {**hidden(page), "step": "confirm"}, follow=True)
    assert members(cohort) == {ticked.username, pasted.username}
    toast = text_of(part_of(soup(answer), ".toasts, .toast"))
    assert "2 people added to the cohort “Tuteurs L2 pharma”" in toast
    run = Run.objects.latest("pk")
    assert soup_of(staff, reverse("sync:run", args=[run.pk])).h1 is not None
    assert len(cells_of(soup_of(staff, address("changes", cohort)))) == 3


def test_taken_out_one_by_one_and_emptied(staff: Client) -> None:
    cohort = HandCohortFactory()
    people = [CohortMemberFactory(cohort=cohort).person for _ in range(3)]
    page = soup(staff.post(address("empty", cohort), {"person": [people[0].pk], "step": "preview"}))
    assert len(cells_of(page)) == 1
    staff.post(address("empty", cohort), {**hidden(page), "step": "confirm"})
    assert members(cohort) == {people[1].username, people[2].username}
    page = soup(staff.post(address("empty", cohort), {"everyone": "1"}))
    staff.post(address("empty", cohort), {**hidden(page), "step": "confirm"})
    assert members(cohort) == set()


def test_a_preview_that_is_out_of_date_is_shown_again(staff: Client) -> None:
    cohort, person = HandCohortFactory(), PersonFactory()
    page = soup(staff.post(address("fill", cohort), {"person": [person.pk], "step": "preview"}))
    for never_seen in ("", "\x00", "0" * 64):
        answer = staff.post(address("fill", cohort), {**hidden(page), "step": "confirm", "digest": never_seen})
        assert (answer.status_code, members(cohort)) == (409, set())
    CohortMemberFactory(cohort=cohort, person=person)
    answer = staff.post(address("fill", cohort), {**hidden(page), "step": "confirm"})
    assert answer.status_code == 409
    assert "has changed since the preview" in errors_in(answer)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose at least one person"),
        ({"identifiers": "404404"}, "it has 6 digits, and a student number has 8"),
        ({"identifiers": "a\x00b"}, "Null characters are not allowed"),
        ({"identifiers": "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")}, "Nobody is meant by"),
        ({"identifiers": "x " * 100_001}, "at most 200000 characters"),
        ({"identifiers": " ".join(map(str, range(5_001)))}, "more than 5000 people"),
        ({"person": ["1'; DROP"]}, "names something that is no person"),
        ({"person": ["²"]}, "names something that is no person"),
        ({"person": [str(10**30)]}, "names something that is no person"),
    ],
)
def test_what_names_nobody_is_told_at_its_place(staff: Client, sent: dict[str, Any], said: str) -> None:
    cohort = HandCohortFactory()
    answer = staff.post(address("fill", cohort), {**sent, "step": "preview"})
    assert answer.status_code == 200
    assert said in errors_in(answer)
    assert not Run.objects.exists()


@pytest.mark.parametrize("people", ["", "x", "1,,2", "99999999", "9" * 40])
def test_a_confirmation_that_names_nobody_does_nothing(staff: Client, people: str) -> None:
    cohort = HandCohortFactory()
    for name in ("fill", "empty"):
        answer = staff.post(address(name, cohort), {"people": people, "digest": "0", "step": "confirm"})
        assert answer.status_code == 409
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("", "", "This field is required"),
        ("—", "", "Write a short name"),
        ("x" * 201, "", "at most 200 characters"),
        ("Tuteurs", "", "is called “TUTEURS” already"),
        ("Nouvelle", "TUT", "has this code already"),
        ("Nouvelle", "é", "is not allowed in an identifier"),
        ("Nouvelle", "a/b", "is not allowed in an identifier"),
        ("Nouvelle", "x" * 101, "at most 100 characters"),
    ],
)
def test_names_and_codes_that_cannot_be(staff: Client, name: str, code: str, said: str) -> None:
    HandCohortFactory(code="TUT", name="TUTEURS", name_key="tuteurs")
    answer = staff.post(reverse("cohorts:new"), {"name": name, "code": code})
    assert answer.status_code == 200
    assert said in errors_in(answer)
    assert Cohort.objects.count() == 1


def test_renamed(staff: Client) -> None:
    cohort = HandCohortFactory(name="Tuteurs")
    staff.post(address("rename", cohort), {"name": "Tutrices"})
    cohort.refresh_from_db()
    assert (cohort.name, cohort.name_key) == ("Tutrices", "tutrices")
    staff.post(address("rename", cohort), {"name": "Tutrices"})
    assert Run.objects.count() == 1


def test_deleted_and_brought_back(staff: Client) -> None:
    cohort = HandCohortFactory(code="TUT")
    person = CohortMemberFactory(cohort=cohort).person
    page = soup_of(staff, address("delete", cohort))
    assert str(person) in text_of(page)
    staff.post(address("delete", cohort), hidden(page))
    assert not Cohort.objects.exists()
    run = Run.objects.latest("pk")
    assert "TUT" in text_of(soup_of(staff, reverse("sync:undo", args=[run.pk])))
    attempt_run(request_undo(run))
    assert members(Cohort.objects.get(code="TUT")) == {person.username}


def test_a_cohort_in_use_says_by_which_courses(staff: Client) -> None:
    cohort = HandCohortFactory()
    MethodFactory(course=CourseFactory(title="Santé publique"), kind="cohort_sync", source_cohort=cohort)
    page = soup_of(staff, address("delete", cohort))
    assert "cannot be deleted: courses use it" in text_of(page)
    assert "Santé publique" in text_of(page)
    assert not page.select("main form")
    answer = staff.post(address("delete", cohort), {"digest": "whatever"})
    assert answer.status_code == 409
    assert Cohort.objects.exists()


@pytest.mark.parametrize("name", ["rename", "delete", "fill", "people_search"])
def test_what_the_register_keeps_is_read_only(staff: Client, name: str) -> None:
    cohort = CohortFactory()
    assert staff.get(address(name, cohort)).status_code == 404
    page = soup_of(staff, address("cohort", cohort))
    assert not page.select("main form[method=post], main input[name=person]")
    assert address("changes", cohort) in [link["href"] for link in page.select("main a")]


def test_what_a_night_changed_in_a_cohort(staff: Client) -> None:
    cohort, phase = CohortFactory(), PhaseFactory(relation="cohort_members")
    person = PersonFactory()
    scope = ScopeFactory(phase=phase, ref=cohort.pk, code=cohort.code)
    ChangeFactory(scope=scope, person=person.username, action="D", before="yes", reason="registration_missing")
    ChangeFactory(scope=ScopeFactory(phase=phase, code="OTHER"))
    rows = cells_of(soup_of(staff, address("changes", cohort)))
    assert [(row[1], row[2], row[4]) for row in rows] == [
        (f"{person} {person.username}", "Departure", "no administrative registration any more")
    ]
    assert cells_of(soup_of(staff, f"{address('changes', cohort)}?action=A")) == []


@pytest.mark.parametrize("rest", ["", "changes/", "name/", "delete/", "members/add/", "members/people/"])
def test_a_code_that_cannot_be_is_no_page(staff: Client, rest: str) -> None:
    assert [staff.get(f"/cohorts/{code}/{rest}").status_code for code in ("%00", "A%00", "%FF", "x" * 3_000)] == [
        404
    ] * 4


def test_a_cohort_may_be_called_like_a_page(staff: Client) -> None:
    cohort = HandCohortFactory(code="new")
    assert staff.get(address("cohort", cohort)).context["cohort"] == cohort
    assert staff.get(address("fill", cohort)).context["cohort"] == cohort


def test_those_who_only_read_find_no_way_to_change(client: Client) -> None:
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.AUDITOR).user)
    cohort = HandCohortFactory()
    CohortMemberFactory(cohort=cohort)
    page = soup_of(client, address("cohort", cohort))
    assert not page.select("main form[method=post], main input[name=person]")
    for name in ("empty", "fill", "delete", "rename"):
        assert client.post(address(name, cohort), {"everyone": "1", "step": "confirm"}).status_code == 404
    assert CohortMember.objects.count() == 1


def test_codes_are_made_from_names() -> None:
    HandCohortFactory(code="TUTEURS-L2")
    assert [code_from(name) for name in ("Tuteurs L2", "Éléonore & Cie !", "—", "x" * 200)] == [
        "TUTEURS-L2-2",
        "ELEONORE-CIE",
        "COHORTE",
        "X" * 95,
    ]
