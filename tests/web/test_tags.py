"""The tags and filters of the interface, as they are printed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django import forms
from django.template import Context, Template
from django.utils import translation


def printed(source: str, **context: Any) -> str:
    return Template("{% load enrolhub %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "value", "french", "english"),
    [
        ("{{ value|number }}", 1234567, "1\u00a0234\u00a0567", "1,234,567"),
        ("{{ value|number }}", 0, "0", "0"),
        ("{{ value|number }}", None, "—", "—"),
        ("{{ value|percent }}", 33.54, "33,5\u00a0%", "33.5\u00a0%"),
        ("{{ value|percent }}", Decimal("100"), "100\u00a0%", "100\u00a0%"),
        ("{{ value|percent }}", None, "—", "—"),
        ("{{ value|signed }}", 1204, "+1\u00a0204", "+1,204"),
        ("{{ value|signed }}", -3, "−3", "−3"),
        ("{{ value|signed }}", 0, "0", "0"),
        ("{{ value|signed }}", None, "—", "—"),
        ("{{ value|or_dash }}", "", "—", "—"),
        ("{{ value|or_dash }}", 0, "0", "0"),
        ("{{ value|moment }}", None, "—", "—"),
        ("{{ value|age }}", None, "—", "—"),
        ("{{ value|duration }}", None, "—", "—"),
        ("{{ value|duration }}", timedelta(seconds=252), "4\u00a0min\u00a012\u00a0s", "4\u00a0min\u00a012\u00a0s"),
    ],
)
def test_filters(source: str, value: Any, french: str, english: str) -> None:
    with translation.override("fr"):
        assert printed(source, value=value) == french
    with translation.override("en"):
        assert printed(source, value=value) == english


@time_machine.travel(datetime(2026, 11, 17, 9, 0, tzinfo=UTC), tick=False)
def test_a_moment_keeps_its_exact_time() -> None:
    with translation.override("fr"):
        assert printed("{{ value|moment }}", value=datetime(2026, 11, 17, 2, 44, 9, tzinfo=UTC)) == (
            '<time datetime="2026-11-17T03:44:09+01:00" title="17\u00a0novembre 2026, 03:44:09">cette nuit à 03:44</time>'
        )


def test_icon_is_hidden_from_readers() -> None:
    assert printed('{% icon "clock" %}') == (
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="/static/icons.svg#clock"></use></svg>'
    )


def test_state_escapes_its_word_and_takes_the_icon_of_its_tone() -> None:
    badge = BeautifulSoup(printed('{% state "wait" word %}', word="<b>Suspendu"), "html.parser")
    assert (badge.span["class"], badge.use["href"], badge.text) == (  # type: ignore[index]
        ["state", "state-wait"], "/static/icons.svg#pause-circle", "<b>Suspendu",
    )  # fmt: skip
    assert "#hourglass-split" in printed('{% state "wait" "Retenu" "hourglass-split" %}')


def test_avatar() -> None:
    assert printed('{% avatar "Arsène-Dubois Éléonore" %}').endswith('aria-hidden="true">AÉ</span>')
    assert printed("{% avatar name %}", name="E\u0300ve") == printed("{% avatar name %}", name="Ève")


class EndForm(forms.Form):
    end = forms.CharField(label="Fin", help_text="Facultatif.", widget=forms.TextInput(attrs={"class": "date"}))
    role = forms.ChoiceField(label="Rôle", choices=[("a", "A")], required=False)
    active = forms.BooleanField(label="Active", required=False)


def soup_of(form: forms.Form) -> BeautifulSoup:
    return BeautifulSoup(printed("{% for each in form %}{% field each %}{% endfor %}", form=form), "html.parser")


def test_a_field_in_error_is_tied_to_its_message_and_its_help() -> None:
    page = soup_of(EndForm({}))
    control = page.find(id="id_end")
    assert control is not None
    attributes = {name: control[name] for name in ("class", "aria-invalid", "aria-describedby")}
    assert attributes == {
        "class": ["form-control", "date"],
        "aria-invalid": "true",
        "aria-describedby": "id_end_help id_end_error",
    }
    assert all(page.find(id=part) for part in ("id_end_help", "id_end_error"))


def test_every_control_has_its_label_and_its_class() -> None:
    page = soup_of(EndForm())
    labels = {label["for"]: label.text for label in page.find_all("label")}
    classes = {control["id"]: control["class"][0] for control in page.find_all(["input", "select"])}
    assert labels == {"id_end": "Fin", "id_role": "Rôle", "id_active": "Active"}
    assert classes == {"id_end": "form-control", "id_role": "form-select", "id_active": "form-check-input"}
