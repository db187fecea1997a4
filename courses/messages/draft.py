"""The form in which a message is written, and what it refuses."""

from typing import Any
from unicodedata import category
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.messages.placeholders import PLACEHOLDERS, unclosed_placeholders, unknown_placeholders
from courses.models.message import SUBJECT_LENGTH
from enrolhub.sync.wording import fill as fill_words

BODY_LENGTH = 20_000
LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
LAYOUT = frozenset("\n\r\t")


def refuse_line_breaks(text: str) -> None:
    """A subject is one line: a second one would be a header of its own."""
    if LINE_BREAKS & set(text):
        raise ValidationError(_("The subject must stand on one line. Remove its line breaks."), code="line_break")


def refuse_control_characters(text: str) -> None:
    """What no keyboard types and no reader shows."""
    hidden = sorted({f"U+{ord(letter):04X}" for letter in text if category(letter) == "Cc" and letter not in LAYOUT})
    if hidden:
        words = gettext("This text holds an invisible character (%(codes)s), maybe from a copy. Type that part again.")
        raise ValidationError(words % {"codes": ", ".join(hidden)}, code="control")


def refuse_unknown_placeholders(text: str) -> None:
    """A word between braces must stand for something, or thousands would read it as it is."""
    unknown, unclosed = unknown_placeholders(text), unclosed_placeholders(text)
    if unknown:
        words = ngettext(
            "%(names)s is no placeholder. Known ones: %(known)s. To write it as it is, double its braces.",
            "%(names)s are no placeholders. Known ones: %(known)s. To write them as they are, double their braces.",
            len(unknown),
        )
        known = ", ".join(f"{{{each.written}}}" for each in PLACEHOLDERS)
        names = ", ".join(f"{{{word}}}" for word in unknown)
        raise ValidationError(fill_words(words, {"names": names, "known": known}), code="placeholder")
    if unclosed:
        words = gettext("The placeholder {%(name)s has no closing brace.") % {"name": unclosed[0]}
        raise ValidationError(words, code="unclosed")


class OneLineField(forms.CharField):
    """Text on one line. Line breaks are refused before the ends of what was sent are stripped."""

    def clean(self, value: Any) -> Any:
        refuse_line_breaks(str(value or ""))
        return super().clean(value)


class DraftForm(forms.Form):
    """A message as it is written. The body's line ends become plain ones; its token makes a double sending one message."""

    subject = OneLineField(
        label=_("Subject"),
        max_length=SUBJECT_LENGTH,
        validators=[refuse_control_characters, refuse_unknown_placeholders],
        error_messages={"required": _("Give the message a subject.")},
    )
    body = forms.CharField(
        label=_("Text of the message"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 14}),
        validators=[refuse_control_characters, refuse_unknown_placeholders],
        error_messages={"required": _("Write the text of the message.")},
        help_text=_("Plain text. Addresses of web pages become links in most mail programs."),
    )
    copy = forms.BooleanField(label=_("Send me a copy"), required=False)
    token = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"required": _("This form is incomplete."), "invalid": _("This form is incomplete.")},
    )

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n")
