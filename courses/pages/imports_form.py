"""The form of a file: dropped or chosen, or its rows pasted from a spreadsheet."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrolhub.web.sheets.container import BYTE_LIMIT
from enrolhub.web.uploads import is_upload_over

#: Characters of pasted rows; more are loaded as a file.
PASTED_LIMIT = 1_000_000


class ImportForm(forms.Form):
    """A file or pasted rows, not both; `content` and `name` are then those of the file to load."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "CSV, XLSX or ODS, with a header; at most 10 MiB and 50,000 rows. Drop it here or choose it."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.ods"}),
    )
    rows = forms.CharField(
        label=gettext_lazy("Or rows pasted from a spreadsheet"),
        required=False,
        strip=False,
        validators=[
            MaxLengthValidator(PASTED_LIMIT)
        ],  # no attribute: a browser would cut what is pasted without a word
        help_text=gettext_lazy("With the line of headings."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )
    creates_groups = forms.BooleanField(label=gettext_lazy("Create the groups that a course lacks"), required=False)

    def __init__(self, request: HttpRequest, *, has_groups: bool) -> None:
        """`has_groups`: whether files of the kind name groups."""
        is_sent = request.method == "POST"
        super().__init__(request.POST if is_sent else None, request.FILES if is_sent else None)
        self.is_over = is_sent and is_upload_over(request)
        if not has_groups:
            del self.fields["creates_groups"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, rows = cleaned.get("file"), cleaned.get("rows", "")
        if self.is_over:
            self.add_error(
                "file", _("The file has more than %(limit)s MiB: split it into several.") % {"limit": BYTE_LIMIT >> 20}
            )
        elif file and rows.strip():
            self.add_error("rows", _("Choose a file or paste rows, not both."))
        elif not file and not rows.strip() and not self.errors:
            self.add_error("file", _("Choose a file, or paste rows below."))
        return cleaned

    @property
    def name(self) -> str:
        file: UploadedFile | None = self.cleaned_data.get("file")
        return (file.name or "") if file else _("pasted rows")

    @property
    def content(self) -> bytes:
        """The bytes of the file; pasted rows are UTF-8."""
        file: UploadedFile | None = self.cleaned_data.get("file")
        return file.read() if file else str(self.cleaned_data["rows"]).encode()
