"""The student's pages: one's own courses, the open ones, enrolling with a key, withdrawing, renewing."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cohorts.models import Person
from courses.models import Course, Delivery, Enrolment, Method
from enrolhub.access.models import Event
from enrolhub.sync.models import Run
from tests.factories import CohortFactory, CourseFactory, EnrolmentFactory, MethodFactory, PersonFactory, UserFactory
from tests.open_course import KEY, space, way

__all__ = ["space", "way"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def student(db: None) -> Client:
    PersonFactory(username="etu", email="etu@exemple.fr")
    return signed_in("etu")


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(UserFactory.create(username=username))
    client.cookies["django_language"] = "en"
    return client


def said(response: Any) -> str:
    """The words of a page on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def enrol(client: Client, way: Method, key: str = KEY, code: str = "OUV1", **more: Any) -> Any:
    return client.post(reverse("courses:self_enrol", args=[code]), {"method": way.pk, "key": key, **more})


def me() -> Enrolment:
    return Enrolment.objects.get(person__username="etu")


def test_an_open_course_is_found_entered_renewed_and_left(student: Client, way: Method) -> None:
    Method.objects.update(may_renew=True, welcome_message="Bonjour")
    CourseFactory(title="Fermé")
    found = student.get(reverse("courses:open_courses"), {"q": "autonomie"})
    assert "Anglais en autonomie" in said(found)
    assert "2 of 2" in said(found)
    assert "30 days" in said(student.get(reverse("courses:self_enrol", args=["OUV1"])))
    assert enrol(student, way)["Location"] == reverse("courses:my_courses")
    assert Delivery.objects.get().address == "etu@exemple.fr"
    page = student.get(reverse("courses:my_courses"))
    assert "You are enrolled in “Anglais en autonomie”" in said(page)
    assert f"{timezone.localtime(me().ends_at):%d/%m/%Y}" in said(page)
    assert "Anglais" not in said(student.get(reverse("courses:open_courses")))
    Enrolment.objects.update(ends_at=timezone.now() + timedelta(days=1))
    student.post(reverse("courses:self_renew", args=[way.pk]))
    assert (me().ends_at or timezone.now()) > timezone.now() + timedelta(days=29)
    assert "You leave the course" in said(student.get(reverse("courses:self_withdraw", args=[way.pk])))
    assert Enrolment.objects.exists()
    student.post(reverse("courses:self_withdraw", args=[way.pk]))
    assert not Enrolment.objects.exists()
    assert "You have withdrawn" in said(student.get(reverse("courses:my_courses")))


def test_a_wrong_key_is_told_at_its_field_and_too_many_make_wait(student: Client, way: Method) -> None:
    answer = enrol(student, way, "wrong-key")
    assert (answer.status_code, "This is not the key" in said(answer)) == (200, True)
    assert f'aria-describedby="id_{way.pk}_key' in answer.content.decode()
    for _ in range(4):
        enrol(student, way, "wrong-key")
    answer = enrol(student, way, KEY)
    assert (answer.status_code, "Try again in" in said(answer)) == (429, True)
    assert not Enrolment.objects.exists()


def test_a_key_stands_in_no_address_and_no_line(student: Client, way: Method, caplog: pytest.LogCaptureFixture) -> None:
    form = student.get(reverse("courses:self_enrol", args=["OUV1"])).content.decode()
    assert re.search(r'<form[^>]*method="post"[^>]*>(?:(?!</form>).)*name="key"', form, re.DOTALL)
    with caplog.at_level("DEBUG"):
        answers = [enrol(student, way, "wrong-key"), enrol(student, way, KEY)]
    assert Enrolment.objects.count() == 1
    told = [
        *(answer.get("Location", "") for answer in answers),
        *caplog.messages,
        *map(repr, Event.objects.values_list()),
    ]
    # Statements of the database stand in no log of a site: only DEBUG writes them.
    told = [line for line in told if "INSERT INTO" not in line and "SELECT" not in line]
    assert [line for line in told if KEY in line or "wrong-key" in line] == []


@pytest.mark.parametrize(
    ("key", "words"), [("", "This field is required"), ("x" * 129, "at most 128 characters")], ids=["none", "too long"]
)
def test_what_is_no_key_at_all_is_told_and_counts_for_nothing(
    student: Client, way: Method, key: str, words: str
) -> None:
    answer = enrol(student, way, key)
    assert (answer.status_code, words in said(answer), Enrolment.objects.exists()) == (200, True, False)


def test_a_form_sent_twice_enrols_once_and_says_so_kindly(student: Client, way: Method) -> None:
    first, second = enrol(student, way), enrol(student, way)
    assert first["Location"] == second["Location"] == reverse("courses:my_courses")
    assert "already" in said(student.get(reverse("courses:my_courses")))
    assert (Enrolment.objects.count(), Run.objects.count()) == (1, 1)


@pytest.mark.parametrize("gone", ["deleted", "disabled", "hidden", "full", "closed"])
def test_a_method_that_changed_under_the_form_enrols_nobody(student: Client, way: Method, gone: str) -> None:
    methods = Method.objects.filter(pk=way.pk)
    changes: dict[str, Any] = {
        "deleted": methods.delete,
        "disabled": lambda: methods.update(enabled=False),
        "hidden": lambda: Course.objects.update(visible=False),
        "full": lambda: methods.update(capacity=0),
        "closed": lambda: methods.update(ends_at=timezone.now() - timedelta(days=1)),
    }
    changes[gone]()
    answer = enrol(student, way)
    assert answer.status_code == (404 if gone == "hidden" else 302)
    assert (Enrolment.objects.exists(), Run.objects.exists()) == (False, False)
    words = said(student.get(reverse("courses:my_courses")))
    assert any(part in words for part in ("no longer", "No place", "closed")) == (gone != "hidden")


@pytest.mark.parametrize("method", ["", "0", "9" * 30, "x", "-1", "１"])
def test_what_names_no_method_is_refused_in_words(student: Client, way: Method, method: str) -> None:
    answer = student.post(reverse("courses:self_enrol", args=["OUV1"]), {"method": method, "key": KEY})
    assert (answer.status_code, Enrolment.objects.exists()) == (302, False)


def test_a_method_of_another_course_or_kind_is_not_entered(student: Client, way: Method) -> None:
    other = CourseFactory(code="AUT1")
    MethodFactory(course=other, kind=Method.Kind.SELF)
    assert enrol(student, way, code="AUT1").status_code == 302
    assert enrol(student, other.methods.get(kind="manual"), code="AUT1").status_code == 302
    assert not Enrolment.objects.exists()


def test_each_closed_way_says_why(student: Client, space: Course) -> None:
    now = timezone.now()
    cohort = CohortFactory(name="L2 Droit")
    for fields in (
        {"starts_at": now + timedelta(days=1)},
        {"ends_at": now - timedelta(days=1)},
        {"admits_cohort": cohort},
        {"capacity": 0},
    ):
        MethodFactory(course=space, kind=Method.Kind.SELF, **fields)
    words = said(student.get(reverse("courses:self_enrol", args=["OUV1"])))
    for part in ("Enrolment opens on", "Enrolment closed on", "cohort “L2 Droit”", "No place is left"):
        assert part in words
    assert "Enrol me" not in words


def test_nobody_withdraws_or_renews_what_is_not_theirs(student: Client, way: Method) -> None:
    EnrolmentFactory(method=way)
    EnrolmentFactory(course=way.course, person=Person.objects.get(username="etu"))
    assert student.get(reverse("courses:self_withdraw", args=[way.pk])).status_code == 404
    assert student.post(reverse("courses:self_renew", args=[way.pk])).status_code == 404
    student.post(reverse("courses:self_withdraw", args=[way.pk]))
    manual = way.course.methods.get(kind="manual")
    assert student.post(reverse("courses:self_withdraw", args=[manual.pk])).status_code == 404
    assert Enrolment.objects.count() == 2


def test_whom_a_teacher_suspended_cannot_leave_and_come_back(student: Client, way: Method) -> None:
    enrol(student, way)
    Enrolment.objects.update(suspended_by="hand")
    assert "only the teachers" in said(student.get(reverse("courses:self_withdraw", args=[way.pk])))
    student.post(reverse("courses:self_withdraw", args=[way.pk]))
    assert me().suspended_by == "hand"
    assert "Withdraw…" not in said(student.get(reverse("courses:my_courses")))


def test_an_account_without_a_person_is_told_so(way: Method) -> None:
    client = signed_in("robot")
    for name, args in (("my_courses", []), ("open_courses", []), ("self_enrol", ["OUV1"])):
        assert "The directory does not know this account" in said(client.get(reverse(f"courses:{name}", args=args)))
    assert enrol(client, way).status_code == 200
    assert not Enrolment.objects.exists()


def test_a_get_changes_nothing(student: Client, way: Method) -> None:
    student.get(reverse("courses:self_enrol", args=["OUV1"]), {"method": str(way.pk), "key": KEY})
    assert student.get(reverse("courses:self_renew", args=[way.pk])).status_code == 405
    assert not Run.objects.exists()


def test_forms_of_another_site_are_refused(student: Client, way: Method) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory.create(username="other"))
    assert enrol(strict, way).status_code == 403
