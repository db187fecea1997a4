"""The list of gaps narrowed as its address says: by gap, element, étape, group, who can mend it, name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.explain.phrases import MENDERS
from courses.verification.checked import Checked
from courses.verification.gaps import Verification
from courses.verification.summary import EVERYBODY, key_of
from courses.verification.wording import GAPS
from enrolhub.web.folding import fold

Keep = Callable[[Checked, str], bool]


def has_words(each: Checked, text: str) -> bool:
    """Whether each word is in the names, login, number or mail."""
    return all(word in each.entry.search_key for word in fold(text).split())


def has_gap(each: Checked, gap: str) -> bool:
    return gap == EVERYBODY or each.gap == gap


#: Each filter with what it keeps. Without a gap, whoever has any.
KEEPS: Mapping[str, Keep] = {
    "q": has_words,
    "gap": has_gap,
    "unit": lambda each, code: code in each.units,
    "without": lambda each, code: code not in each.units,
    "programme": lambda each, code: code in each.programmes,
    "group": lambda each, code: code in {key_of(group) for group in each.groups},
    "mender": lambda each, mender: each.link is not None and each.link.mender == mender,
}


class LongSelect(forms.Select):
    """A choice among hundreds: Django would render a template for each of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, mark_safe(" selected") if str(code) == chosen else "", words) for code, words in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt({**self.attrs, **(attrs or {}), "name": name}), options)


class GapForm(forms.Form):
    """The filters, with the choices that this course has. A value that is no choice is an error of its field."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label=_("Search"),
        widget=forms.TextInput(
            {"class": "form-control", "type": "search", "autocomplete": "off"}
            | {"placeholder": _("Name, username, number or e-mail")}
        ),
    )

    def __init__(self, data: QueryDict, choices: Mapping[str, tuple[str, str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__(data)
        for name, (label, everything, offered) in choices.items():
            if offered:
                self.fields[name] = forms.ChoiceField(
                    required=False,
                    label=label,
                    choices=[("", everything), *offered],
                    widget=LongSelect({"class": "form-select"}),
                    error_messages={"invalid_choice": gettext("unknown value.")},
                )


class GapFilters:
    """The filters of an address over these students, as a list page takes them."""

    def __init__(self, verification: Verification, checked: Sequence[Checked], query: QueryDict) -> None:
        self.checked = checked
        self.form = form_of(verification, checked, query)

    def is_valid(self) -> bool:
        return self.form.is_valid()

    @property
    def found(self) -> list[Checked]:
        """Those whom every filter keeps; without a gap asked for, those who have any."""
        wanted: Mapping[str, str] = self.form.cleaned_data
        keeps = [(KEEPS[name], value) for name, value in wanted.items() if value]
        anybody = bool(wanted.get("gap"))
        rows = (each for each in self.checked if anybody or each.gap.is_one)
        return [each for each in rows if all(keep(each, value) for keep, value in keeps)]


def form_of(verification: Verification, checked: Sequence[Checked], data: QueryDict) -> GapForm:
    facts, material = verification.material.facts, verification.material
    units = [(code, facts.unit_label(code) or code) for code in dict.fromkeys(u.unit_code for u in material.units)]
    programmes = sorted({code for each in checked for code in each.programmes})
    groups = sorted({(group.name, key_of(group)) for group in material.groups})
    menders = sorted({each.link.mender for each in checked if each.link and each.link.mender})
    every = gettext("All")
    return GapForm(
        data,
        {
            "gap": (gettext("Gap"), gettext("Every gap"), gap_choices()),
            "unit": (gettext("Registered on"), every, units),
            "without": (gettext("Not registered on"), "—", units),
            "programme": (gettext("Étape"), every, [(code, facts.programme_label(code)) for code in programmes]),
            "group": (gettext("Group"), every, [(code, name) for name, code in groups]),
            "mender": (gettext("Who can mend it"), gettext("Anybody"), [(m, str(MENDERS[m])) for m in menders]),
        },
    )


def gap_choices() -> list[tuple[str, str]]:
    return [*((gap, str(words)) for gap, words in GAPS.items()), (EVERYBODY, gettext("Everybody, gap or not"))]
