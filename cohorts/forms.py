"""What pages ask for about cohorts kept by hand: a name and a code, and people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.bulk.people import find_people
from cohorts.models import Cohort, Person
from enrolhub.web.folding import fold
from enrolhub.web.sheets.problems import Problem, ValueRefused
from enrolhub.web.sheets.values import read_identifier

LONGEST_NAME, LONGEST_KEY, LONGEST_CODE = 200, 300, 100
#: People of one form; more come by a file.
MOST_PEOPLE = 5_000
LARGEST_ID, LONGEST_ID = 2**63 - 1, 19


class CohortForm(forms.Form):
    """The name of a cohort kept by hand, and for a new one its code; ``cohort`` is the one to be renamed."""

    name = forms.CharField(
        label=gettext_lazy("Name of the cohort"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("What searches and courses show: “Tuteurs L2 pharma”."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=gettext_lazy("What files call it: “TUTEURS-L2”. Empty: made from the name. It never changes."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: QueryDict | None = None, *, cohort: Cohort | None = None) -> None:
        super().__init__(data, initial={"name": cohort.name} if cohort else None)
        self.cohort = cohort
        if cohort:
            del self.fields["code"]

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not name.isprintable() or not any(map(str.isalnum, name)) or len(fold(name)) > LONGEST_KEY:
            raise ValidationError(_("Write a short name, with letters or numbers."), code="unusable")
        others = Cohort.objects.filter(name_key=fold(name), keeper=Cohort.Keeper.HAND)
        same = (others.exclude(pk=self.cohort.pk) if self.cohort else others).first()
        if same:
            words = _("The cohort %(code)s is called “%(name)s” already. Choose another name, or fill that one.")
            raise ValidationError(words, code="taken", params={"code": same.code, "name": same.name})
        return name

    def clean_code(self) -> str:
        written = str(self.cleaned_data["code"])
        if not written:
            return ""
        try:
            code = read_identifier(written, LONGEST_CODE)
        except ValueRefused as refused:
            raise ValidationError(f"{refused.problem.reason} {refused.problem.remedy}") from None
        same = Cohort.objects.filter(code=code).first()
        if same:
            words = _("The cohort “%(name)s” has this code already. Write another one.")
            raise ValidationError(words, code="taken", params={"name": same.name})
        return code

    @property
    def code_to_give(self) -> str:
        """The code written, or one made from the name that no cohort has."""
        return self.cleaned_data["code"] or code_from(self.cleaned_data["name"])


def code_from(name: str) -> str:
    """« Tuteurs L2 pharma » gives TUTEURS-L2-PHARMA; a number follows where that is taken."""
    plain = re.sub(r"[^A-Z0-9]+", "-", fold(name).upper()).strip("-")[: LONGEST_CODE - 5] or "COHORTE"
    taken = set(Cohort.objects.filter(code__startswith=plain).values_list("code", flat=True))
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)


@dataclass(frozen=True)
class Misread:
    """Something pasted that names nobody, or several: why, and what to do."""

    written: str
    reason: str
    remedy: str


class PeopleForm(forms.Form):
    """People ticked in a search, and identifiers pasted one after the other. ``chosen`` are the people ticked, whatever is wrong."""

    identifiers = forms.CharField(
        required=False,
        max_length=200_000,
        label=gettext_lazy("Student or staff numbers, accounts or e-mail addresses"),
        help_text=gettext_lazy("One a line, or with commas, semicolons or blanks between them."),
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "autocomplete": "off", "class": "form-control code"}),
    )

    def __init__(self, data: QueryDict | None = None, *, is_sent: bool = True) -> None:
        super().__init__(data if is_sent else None, initial=data.dict() if data else None)
        self.ids, self.refused = read_ids(data) if data else ((), "")
        self.chosen = list(Person.objects.filter(pk__in=self.ids))
        self.misread: list[Misread] = []
        self.found: list[int] = []

    def clean(self) -> dict[str, Any]:
        if self.refused:
            self.add_error(None, self.refused)
        written = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data.get("identifiers") or "")))
        written = [each for each in written if each]
        if len(written) + len(self.ids) > MOST_PEOPLE:
            words = _("These are more than %(number)s people. Load them from a file.") % {"number": MOST_PEOPLE}
            self.add_error("identifiers", words)
        elif written:
            self.find(written)
        if not self.errors and not self.people:
            self.add_error("identifiers", _("Choose at least one person: tick people found, or paste their numbers."))
        return self.cleaned_data

    def find(self, written: Sequence[str]) -> None:
        """Find whom the identifiers mean. When they mean nobody at all, that is an error; some wrong ones are told in the preview."""
        known = find_people([text for text in written if "\x00" not in text])
        for text in written:
            found = known.get(text)
            if isinstance(found, Problem):
                self.misread.append(Misread(text, str(found.reason), str(found.remedy)))
            elif found is None:
                self.misread.append(Misread(text.replace("\x00", "\\0"), _("This is no identifier."), ""))
            else:
                self.found.append(found.id)
        if not self.people:
            first = self.misread[0]
            words = _("Nobody is meant by “%(text)s”: %(reason)s %(remedy)s")
            self.add_error(
                "identifiers", words % {"text": first.written, "reason": first.reason, "remedy": first.remedy}
            )

    @property
    def people(self) -> list[int]:
        """The ids of everyone meant, each once."""
        return list(dict.fromkeys([*(person.pk for person in self.chosen), *self.found]))


def read_ids(data: QueryDict) -> tuple[tuple[int, ...], str]:
    """The people that a form names (``person``, repeated), and what is wrong with it."""
    written = dict.fromkeys(data.getlist("person"))
    if not all(map(is_id, written)):
        return (), _("The form names something that is no person. Go back to the list and choose again.")
    return tuple(int(each) for each in written), ""


def is_id(text: str) -> bool:
    """Whether a text can be the id of a person."""
    return len(text) <= LONGEST_ID and text.isascii() and text.isdigit() and int(text) <= LARGEST_ID
