"""The forms of manual enrolment and self-enrolment: what they make of a method, and what is impossible, said at its field."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone, translation

from courses.methods.form import Draft, MethodForm
from courses.methods.protocol import MethodKind
from courses.methods.registry import METHOD_KINDS
from courses.models import Course, GroupKey, Method
from courses.terms import as_typed
from enrolhub.access.models import SiteRole, User
from tests.factories import CohortFactory, CourseFactory, GroupFactory, MethodFactory, SiteRoleFactory

pytestmark = pytest.mark.django_db
MANUAL = {"enabled": "yes", "role": "student", "expiry_policy": "keep"}
SELF = MANUAL | {"may_renew": "no", "may_withdraw": "yes"}


@pytest.fixture
def space(db: None) -> Course:
    course: Course = CourseFactory()
    for code in ("td1", "td2"):
        GroupFactory(course=course, code=code)
    return course


@pytest.fixture
def staff(db: None) -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF).user
    return user


def kind_called(name: str) -> MethodKind:
    return METHOD_KINDS[name]


def form_of(space: Course, author: User, name: str, data: dict[str, Any], method: Method | None = None) -> MethodForm:
    kind, sent = kind_called(name), QueryDict(mutable=True)
    for key, value in data.items():
        sent.setlist(key, value if isinstance(value, list) else [value])
    return kind.form(space, author, sent, problems=kind.problems, method=method)


def draft_of(form: MethodForm) -> Draft:
    assert form.is_valid(), form.errors
    [draft] = form.drafts()
    return draft


def test_a_manual_method_says_how_enrolments_by_hand_are_and_end(space: Course, staff: User) -> None:
    data = MANUAL | {"duration_days": "120", "expiry_policy": "suspend", "notice_days": "14", "role": "tutor"}
    method = draft_of(form_of(space, staff, "manual", data)).method
    said = (method.kind, method.role.short_name, method.duration_days, method.expiry_policy, method.notice_days)
    assert said == ("manual", "tutor", 120, "suspend", 14)
    assert "group" not in form_of(space, staff, "manual", {}).fields


def test_a_self_enrolment_says_who_when_how_many_and_for_how_long(space: Course, staff: User) -> None:
    opens, closes = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=30)
    cohort, td1 = CohortFactory(), space.groups.get(code="td1")
    data = SELF | {
        "key": "Printemps-2027",
        f"group_key_{td1.pk}": "groupe-un",
        "starts_at": as_typed(opens),
        "ends_at": as_typed(closes),
        "capacity": "40",
        "cohort": cohort.code,
        "duration_days": "30",
        "may_renew": "yes",
        "may_withdraw": "no",
        "welcome_message": "Bonjour {prenom}\r\nBienvenue",
        "group": str(td1.pk),
    }
    draft = draft_of(form_of(space, staff, "self", data))
    method = draft.method
    assert draft.group_keys == {"td1": "groupe-un"}
    assert (method.key, method.capacity, method.admits_cohort, method.group) == ("Printemps-2027", 40, cohort, td1)
    assert (as_typed(method.starts_at), as_typed(method.ends_at)) == (as_typed(opens), as_typed(closes))
    assert (method.may_renew, method.may_withdraw) == (True, False)
    assert method.welcome_message == "Bonjour {prenom}\nBienvenue"


def test_a_method_fills_its_own_form_and_comes_out_the_same(space: Course, staff: User) -> None:
    ends_at = (timezone.now() + timedelta(days=9)).replace(second=0, microsecond=0)
    method = MethodFactory(
        course=space, key="Printemps-2027", ends_at=ends_at, capacity=3, duration_days=10, may_renew=True
    )
    GroupKey.objects.create(method=method, group=space.groups.get(code="td2"), key="groupe-deux")
    kind = kind_called("self")
    empty = kind.form(space, staff, None, problems=kind.problems, method=method)
    data = {name: empty[name].value() for name in empty.fields if empty[name].value() not in (None, "")}
    draft = draft_of(form_of(space, staff, "self", data, method))
    assert draft.group_keys == {"td2": "groupe-deux"}
    fresh = Method.objects.get(pk=method.pk)
    names = [field.attname for field in Method._meta.concrete_fields if field.name != "changed_at"]
    assert {name: getattr(draft.method, name) for name in names} == {name: getattr(fresh, name) for name in names}


@pytest.mark.parametrize(
    ("field", "data", "words"),
    [
        ("capacity", {"capacity": "0"}, "at least one place"),
        ("capacity", {"capacity": "-3"}, "at least one place"),
        ("capacity", {"capacity": "many"}, "whole number"),
        ("key", {"key": "short"}, "at least 6 characters"),
        ("key", {"key": "x" * 129}, "at most 128"),
        ("key", {"key": "clé\u200bcachée"}, "invisible character"),
        ("starts_at", {"starts_at": "2027-03-28T02:30"}, "does not exist in Paris"),
        ("ends_at", {"ends_at": "2027-10-31T02:30"}, "comes twice in Paris"),
        ("ends_at", {"starts_at": "2027-05-02T00:00", "ends_at": "2027-05-01T00:00"}, "not after the start"),
        ("ends_at", {"starts_at": "2027-05-02T00:00", "ends_at": "2027-05-02T00:00"}, "not after the start"),
        ("duration_days", {"duration_days": "0"}, "greater than or equal to 1"),
        ("duration_days", {"duration_days": "99999"}, "less than or equal to 3650"),
        ("notice_days", {"notice_days": "91"}, "less than or equal to 90"),
        ("may_renew", {"may_renew": "yes"}, "duration first"),
        ("role", {"role": "editingteacher"}, "valid choice"),
        ("expiry_policy", {"expiry_policy": "forget"}, "valid choice"),
        ("welcome_message", {"welcome_message": "Bonjour {surname}"}, "no placeholder"),
        ("cohort", {"cohort": "NONE"}, "deleted meanwhile"),
    ],
)
def test_what_is_impossible_is_said_at_its_field(
    space: Course, staff: User, field: str, data: dict[str, str], words: str
) -> None:
    with translation.override("en"):
        form = form_of(space, staff, "self", SELF | data)
        assert not form.is_valid()
        assert list(form.errors) == [field]
        assert words in str(form.errors[field][0])


def test_keys_of_groups_need_one_of_the_course_and_are_all_different(space: Course, staff: User) -> None:
    first, second = (f"group_key_{space.groups.get(code=code).pk}" for code in ("td1", "td2"))
    cases = [
        ("key", {first: "groupe-un"}),
        (first, {"key": "Printemps", first: "Printemps"}),
        (second, {"key": "Printemps", first: "groupe-un", second: "groupe-un"}),
    ]
    for field, data in cases:
        assert list(form_of(space, staff, "self", SELF | data).errors) == [field]


def test_two_cohorts_are_one_too_many(space: Course, staff: User) -> None:
    codes = [CohortFactory().code, CohortFactory().code]
    assert list(form_of(space, staff, "self", SELF | {"cohort": codes}).errors) == ["cohort"]
