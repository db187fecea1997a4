"""What is asked for to renew and to turn into enrolments by hand, what is refused in words, and the pages that lead there."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from courses.hand.chosen import Chosen
from courses.models import Course, Enrolment, Method
from courses.pages.end_forms import ConvertForm, RenewForm
from courses.pages.enrol_form import EnrolForm
from courses.terms import as_typed, end_after
from enrolhub.access.models import SiteRole, User
from tests.factories import CohortFactory, CohortMemberFactory, CourseFactory, EnrolmentFactory, SiteRoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> Course:
    course: Course = CourseFactory(code="FIN1", with_database=True)
    course.methods.filter(kind="manual").update(duration_days=30)
    return course


@pytest.fixture
def staff(db: None) -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF).user
    return user


@pytest.fixture
def chosen(space: Course, staff: User) -> Chosen:
    return Chosen(space, [EnrolmentFactory(method=space.methods.get(kind="database")).person_id], staff)


def posted(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write the day"),
        ("2020-01-01T00:00", "This moment is over"),
        ("2027-03-28T02:30", "does not exist in Paris"),
        ("2027-10-31T02:30", "comes twice in Paris"),
        ("2027-02-30T10:00", "does not exist"),
        ("tomorrow", "no date that can be read"),
        ("9999-01-01T00:00", "out of the question"),
    ],
)
def test_an_end_that_cannot_be_is_refused_at_its_field(chosen: Chosen, typed: str, words: str) -> None:
    with translation.override("en"):
        for form in (RenewForm(chosen, posted(ends_at=typed)), ConvertForm(chosen, posted(ends_at=typed, how="set"))):
            assert not form.is_valid()
            assert (words if typed else "Write the day") in str(form.errors["ends_at"][0])


def test_the_usual_duration_is_offered_wherever_an_end_is_asked_for(chosen: Chosen, space: Course) -> None:
    usual = as_typed(end_after(timezone.now(), 30))
    assert [form["ends_at"].value() for form in (RenewForm(chosen), ConvertForm(chosen))] == [usual] * 2
    assert EnrolForm(space, chosen.author, is_sent=False)["ends_at"].value() == usual


def test_no_end_is_chosen_knowingly(chosen: Chosen) -> None:
    form = ConvertForm(chosen, posted(how="clear", ends_at="nonsense", keeps_groups="on"))
    assert form.is_valid(), form.errors
    assert (form.conversion.ends_at, form.conversion.methods, form.conversion.keeps_groups) == (None, [], True)


def test_a_method_of_another_course_is_refused(chosen: Chosen) -> None:
    other = CourseFactory(with_database=True).methods.get(kind="database")
    form = ConvertForm(chosen, posted(how="clear", method=str(other.pk)))
    assert list(form.errors) == ["method"]


@pytest.mark.parametrize(("kind", "words"), [("database", "No synchronisation"), ("manual", "no manual")])
def test_what_lacks_is_said_before_anything_is_asked(chosen: Chosen, space: Course, kind: str, words: str) -> None:
    assert not ConvertForm(chosen).lacks
    Method.objects.filter(course=space, kind=kind).delete()
    fresh = Chosen(space, chosen.ids, chosen.author)
    with translation.override("en"):
        assert words in ConvertForm(fresh).lacks


def test_nobody_is_moved_into_a_disabled_method(space: Course, staff: User, chosen: Chosen) -> None:
    Method.objects.filter(course=space, kind="manual").update(enabled=False)
    with translation.override("en"):
        assert "Enable it first" in ConvertForm(Chosen(space, chosen.ids, staff)).lacks


def said(response: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_a_promotion_is_turned_into_enrolments_by_hand_from_the_list(space: Course, staff: User) -> None:
    client = Client()
    client.force_login(staff)
    client.cookies["django_language"] = "en"
    database = space.methods.get(kind="database")
    EnrolmentFactory.create_batch(3, method=database)
    end = as_typed(timezone.now() + timedelta(days=200))
    asked = {"everyone": "1", "query": f"method={database.pk}", "how": "set", "ends_at": end, "keeps_groups": "on"}
    address = reverse("courses:action", args=["FIN1", "convert"])
    assert "Turn the enrolments of 3 people" in said(client.post(address, asked))
    # What the button of a method sends along is chosen already.
    page = client.post(address, asked | {"method": database.pk}).content.decode()
    assert f'<option value="{database.pk}" selected' in page
    shown = client.post(address, asked | {"step": "preview"})
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', shown.content.decode())
    assert found, said(shown)
    assert client.post(address, asked | {"step": "confirm", "digest": found[1]}).status_code == 302
    assert set(Enrolment.objects.values_list("method__kind", flat=True)) == {"manual"}


def test_an_address_leads_to_a_cohort_enrolled_once_with_an_end(space: Course, staff: User) -> None:
    cohort = CohortFactory(code="2026-L2DRO")
    CohortMemberFactory.create_batch(2, cohort=cohort)
    client = Client()
    client.force_login(staff)
    page = client.get(
        reverse("courses:enrol", args=["FIN1"]),
        {"who": "cohort", "cohort": "2026-L2DRO", "ends_at": "2027-08-31T00:00"},
    ).content.decode()
    assert re.search(r'value="2026-L2DRO"[^>]* checked', page)
    assert 'value="2027-08-31T00:00"' in page
    assert re.search(r'value="cohort" id="who-cohort" checked', page)
    assert not Enrolment.objects.exists()
