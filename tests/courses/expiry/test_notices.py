"""Mails before an end: to the person and to those who may renew, once for each end."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.utils import timezone, translation

from courses.expiry.notices import tell_endings, untold
from courses.expiry.words import words_for_person, words_for_teachers
from courses.messages.rounds import empty_outbox
from courses.models import Course, Delivery, DigestChoice, EndNotice, Enrolment, Message, Method
from tests.factories import CourseFactory, EnrolmentFactory, MethodFactory, PersonFactory, UserFactory, role

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
SOON, LATER = NOW + timedelta(days=5), NOW + timedelta(days=12)


@pytest.fixture
def space(db: None) -> Course:
    """Somebody who is told a week before, at that time, and others who are not; one who teaches and may renew."""
    course: Course = CourseFactory(code="FIN1", title="Droit civil")
    manual = course.methods.get(kind="manual")
    course.methods.filter(pk=manual.pk).update(notice_days=7)
    EnrolmentFactory(method=manual, person=PersonFactory(username="soon", last_name="Abgrall"), ends_at=SOON)
    EnrolmentFactory(method=manual, person=PersonFactory(username="later"), ends_at=LATER)
    EnrolmentFactory(method=manual, person=PersonFactory(username="endless"))
    EnrolmentFactory(method=manual, person=PersonFactory(username="out"), ends_at=SOON, suspended_by="hand")
    EnrolmentFactory(method=manual, person=PersonFactory(username="prof"), role=role("editingteacher"))
    own = MethodFactory(course=course, kind=Method.Kind.SELF)
    EnrolmentFactory(method=own, person=PersonFactory(username="untold"), ends_at=SOON)
    return course


def told() -> list[str]:
    return sorted(Delivery.objects.values_list("person__username", flat=True))


def test_the_person_and_the_teacher_are_told_once(space: Course, settings: Any) -> None:
    settings.SITE_ADDRESS = "https://enrolhub.exemple"
    assert (tell_endings(NOW), told()) == (1, ["prof", "soon"])
    assert (tell_endings(NOW), tell_endings(NOW + timedelta(hours=1)), told()) == (0, 0, ["prof", "soon"])
    empty_outbox()
    by_reader = {message.to[0].partition("@")[0]: message for message in mail.outbox}
    assert sorted(by_reader) == ["prof", "soon"]
    end = f"{timezone.localtime(SOON):%d/%m/%Y}"
    assert end in by_reader["soon"].subject
    assert "Droit civil" in by_reader["soon"].subject
    assert "Abgrall" in str(by_reader["prof"].body)
    assert "Abgrall" not in str(by_reader["soon"].body)
    assert not by_reader["soon"].reply_to
    assert "https://enrolhub.exemple/my-courses/" in str(by_reader["soon"].body)
    assert "https://enrolhub.exemple/courses/FIN1/participants/" in str(by_reader["prof"].body)


def test_each_is_told_in_their_language_and_in_both_where_none_is_known(space: Course) -> None:
    user = UserFactory(username="soon")
    DigestChoice.objects.create(user=user, language="en", often="never", chosen_at=NOW)
    assert (tell_endings(NOW), told()) == (1, ["prof", "soon"])
    assert (tell_endings(NOW), Message.objects.count()) == (0, 2)
    empty_outbox()
    by_reader = {message.to[0].partition("@")[0]: message for message in mail.outbox}
    alone, both = str(by_reader["soon"].body), str(by_reader["prof"].body)
    assert ("Your enrolment in the course" in alone, "Bonjour" in alone, "de lui-même" in alone) == (True, False, False)
    assert both.index("Bonjour") < both.index("-" * 40) < both.index("Hello") < both.index("\n-- \n")
    closing = both.rpartition("\n-- \n")[2]
    assert ("EnrolHub wrote this by itself" in closing, closing.count("Droit civil")) == (True, 2)
    assert both.count("Abgrall") == 2
    assert " / " in by_reader["prof"].subject


def test_a_renewed_enrolment_is_told_of_its_new_end(space: Course) -> None:
    tell_endings(NOW)
    Enrolment.objects.filter(person__username="soon").update(ends_at=SOON + timedelta(days=300))
    assert tell_endings(NOW) == 0
    assert tell_endings(NOW + timedelta(days=298)) >= 1
    assert EndNotice.objects.filter(person__username="soon").count() == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("course__visible", False), ("enabled", False), ("notice_days", None), ("notice_days", 4), ("kind", "database")],
)
def test_who_is_not_told(space: Course, name: str, value: Any) -> None:
    if name == "course__visible":
        Course.objects.update(visible=value)
    else:
        Method.objects.filter(kind="manual").update(**{name: value})
    assert not untold(NOW).exists()


def test_a_closed_account_is_not_told(space: Course) -> None:
    Enrolment.objects.get(person__username="soon").person.__class__.objects.update(account_state="closed")
    assert tell_endings(NOW) == 0


def test_what_dies_in_between_tells_everybody_the_next_time(space: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any) -> None:
        raise RuntimeError("died")

    with monkeypatch.context() as patch:
        patch.setattr("courses.expiry.notices.tell_teachers", die)
        with pytest.raises(RuntimeError):
            tell_endings(NOW)
    assert (EndNotice.objects.count(), Message.objects.count(), told()) == (0, 0, [])
    assert (tell_endings(NOW), told()) == (1, ["prof", "soon"])


def test_in_separate_groups_the_teachers_mail_names_nobody(space: Course) -> None:
    Course.objects.update(separate_groups=True)
    tell_endings(NOW)
    assert not Message.objects.filter(body__contains="Abgrall").exists()


def test_one_mail_to_the_teachers_for_all_ends_of_the_day(space: Course) -> None:
    manual = space.methods.get(kind="manual")
    for hours in range(3):
        EnrolmentFactory(method=manual, person=PersonFactory(), ends_at=SOON + timedelta(hours=hours))
    tell_endings(NOW)
    assert Delivery.objects.filter(person__username="prof").count() == 1
    # The people of one moment read one message.
    assert Message.objects.count() == 3 + 1


@pytest.mark.parametrize("name", ["A{prenom}", "{{cours}}"])
def test_a_name_is_no_placeholder(name: str) -> None:
    with translation.override("en"):
        words = words_for_teachers(Course(title="C"), [(SOON, ([name], 3))])
    assert "{prenom}" not in words.body
    assert "{cours}" not in words.body


def test_each_policy_has_its_words() -> None:
    course = Course(title="C")
    said = {
        words_for_person(Method(course=course, kind=kind, expiry_policy=policy, may_renew=renew), SOON).body
        for kind, policy, renew in (
            ("manual", "keep", False),
            ("manual", "withdraw", False),
            ("self", "keep", True),
            ("self", "withdraw", True),
        )
    }
    assert len(said) == 4
    assert django_settings.LANGUAGE_CODE == "fr"
