"""Every form of the site, whatever is sent: it answers, and what it takes is within its bounds (hypothesis)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.forms import BaseForm
from django.forms.models import ModelChoiceField
from django.http import QueryDict
from django.utils import translation
from django_filters import FilterSet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolhub.access.models import SiteRole
from tests.factories import (
    ChangeFactory,
    CohortFactory,
    CourseFactory,
    DeliveryFactory,
    EnrolmentFactory,
    GroupFactory,
    MethodFactory,
    PersonFactory,
    RunFactory,
    SiteRoleFactory,
    UserFactory,
    manual_method,
)
from tests.hostile.web.makers import FILTERS, FORMS, SHARED, Maker, Setting, classes_of_ours
from tests.hostile.web.values import EXTRA, SCRIPT, VALUES

MAKERS = {f"{each.__module__}.{each.__name__}": maker for each, maker in [*FORMS.items(), *FILTERS.items()]}
#: What a careful person writes, for any kind of field.
SENSIBLE = [
    "1",
    "2",
    "Droit",
    "TD1",
    "CMP1",
    "student",
    "2026-12-24",
    "2027-01-05T10:00",
    "yes",
    "new",
    "+new",
    "secret-key-7",
]


@pytest.fixture
def setting(db: None) -> Setting:
    course = CourseFactory.create(code="CMP1", with_database=True)
    MethodFactory(course=course, kind="self", key="secret-key-7")
    cohort, person = CohortFactory.create(code="COH1"), PersonFactory.create(username="u1")
    GroupFactory(course=course, code="TD1", name="TD1")
    EnrolmentFactory(method=manual_method(course), person=person)
    staff = SiteRoleFactory.create(user=UserFactory(username="cemu"), kind=SiteRole.Kind.STAFF)
    run = RunFactory.create()
    ChangeFactory(scope__phase__run=run, scope__code="CMP1", person="u1")
    return Setting(course, staff.user, cohort, DeliveryFactory.create(message__course=course).message, run)


def test_every_form_is_tried() -> None:
    assert classes_of_ours(BaseForm) == {*FORMS, *SHARED}
    assert classes_of_ours(FilterSet) == set(FILTERS)


def form_of(made: Any) -> BaseForm:
    form: BaseForm = made.form if isinstance(made, FilterSet) else made
    return form


def fields_of(maker: Maker, setting: Setting) -> dict[str, forms.Field]:
    return dict(form_of(maker(setting, QueryDict(""))).fields)


def values_for(field: forms.Field | None) -> st.SearchStrategy[str]:
    """What a field may be sent: one of its choices, what suits some field, what suits none, and any text."""
    choices = [str(value) for value, _label in getattr(field, "choices", ()) if value != ""]
    kinds = [st.sampled_from(choices)] * 2 if choices else []
    return st.one_of(*kinds, st.sampled_from(SENSIBLE), st.sampled_from(VALUES), st.text(max_size=30))


@st.composite
def posts(draw: st.DrawFn, fields: dict[str, forms.Field]) -> QueryDict:
    """A form sent: most fields once, some not at all or twice, and some that no form has."""
    data = QueryDict(mutable=True)
    for name in [*fields, "person", "cohort", "source"]:
        field = fields.get(name)
        times = draw(st.sampled_from([1, 1, 1, 1, 0, 2]))
        data.setlist(name, [draw(values_for(field)) for _time in range(times)])
    return data


def faults_of(form: BaseForm) -> Iterator[str]:
    """What a valid form has taken beyond its bounds."""
    for name, value in form.cleaned_data.items():
        field: Any = form.fields[name]
        texts = [value] if isinstance(value, str) else []
        if any("\x00" in text for text in texts):
            yield f"{name}: a null character"
        longest = getattr(field, "max_length", None)
        if longest and any(len(text) > longest for text in texts):
            yield f"{name}: longer than {longest}"
        if isinstance(field, forms.IntegerField) and value is not None:
            low, high = field.min_value, field.max_value
            if not (low is None or low <= value) or not (high is None or value <= high):
                yield f"{name}: {value} is not within {low} and {high}"
        if isinstance(field, ModelChoiceField) and value:
            offered: Any = field.queryset
            if not offered.filter(pk=value.pk).exists():
                yield f"{name}: no choice of the field"
        if type(field) is forms.ChoiceField and value and not field.valid_value(value):
            yield f"{name}: no choice of the field"


def shown(form: BaseForm) -> str:
    return "".join(f"{form[name]}{form[name].errors}" for name in form.fields) + str(form.non_field_errors())


def taken(made: Any) -> dict[str, Any] | None:
    """What the form takes; None when it refuses."""
    form = form_of(made)
    return {name: repr(value) for name, value in form.cleaned_data.items()} if form.is_valid() else None


def check(maker: Maker, setting: Setting, data: QueryDict) -> None:
    """The laws of a form, for what was sent."""
    with transaction.atomic():
        made = maker(setting, data)
        form = form_of(made)
        if made.is_valid():
            assert list(faults_of(form)) == []
            if isinstance(made, FilterSet):
                list(made.qs[:5])
        assert SCRIPT not in shown(form)
        more = data.copy()
        more.update({name: "1" for name in EXTRA if name not in form.fields})
        assert taken(maker(setting, more)) == taken(maker(setting, data))
        transaction.set_rollback(True)


def try_form(maker: Maker, setting: Setting, examples: int) -> None:
    fields = fields_of(maker, setting)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=posts(fields))
    def send(data: QueryDict) -> None:
        with translation.override("en"):
            check(maker, setting, data)

    send()


@pytest.mark.slow
def test_no_form_fails_or_takes_what_it_should_not(setting: Setting) -> None:
    """All of them in one test: the setting is made once."""
    for name, maker in MAKERS.items():
        print(name)  # which one it was, when one fails
        try_form(maker, setting, 5)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MAKERS)
def test_no_form_ever_fails_or_takes_what_it_should_not(setting: Setting, name: str) -> None:
    try_form(MAKERS[name], setting, 400)
