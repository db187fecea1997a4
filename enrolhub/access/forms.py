"""The forms of an account: signing in, and the views it keeps of lists."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrolhub.access.models import SavedView

#: Characters of a password; a server is not to be kept busy with more.
LONGEST_PASSWORD = 1000


class SignInForm(AuthenticationForm):
    """Username and password. A refusal never says which of the two is wrong, nor that an account is closed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever Django's form takes
        # Where the university has a door of its own, this one is for local accounts.
        self.fields["username"].label = _("Account name") if settings.CAS_SERVER_URL else _("University account")
        self.fields["username"].error_messages["required"] = _("Enter your university account.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")
        bound_password(self.fields["password"])
        if self.is_bound:  # after a refusal the password is typed again, not the account
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = True

    def get_invalid_login_error(self) -> ValidationError:
        """Tie the refusal to a field, so that a screen reader meets it there."""
        return ValidationError({"password": _("Account or password not recognised. Check both and try again.")})


class ProofForm(forms.Form):
    """The password of who is signed in, once more."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
        error_messages={"required": _("Enter your password.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_password(self.fields["password"])


class NewPasswordForm(PasswordChangeForm):
    """Another password for a local account: the old one, then the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].help_text = _(
            "Twelve characters or more, whichever you like: some words that have nothing to do with you or with this site."
        )
        for field in self.fields.values():
            bound_password(field)


def bound_password(field: forms.Field) -> None:
    """Refuse what is longer than a password."""
    field.validators.append(MaxLengthValidator(LONGEST_PASSWORD, _("This is too long for a password.")))


class SavedViewForm(forms.ModelForm):
    """A view to keep: its name, and whether it is offered everywhere. ``replaces`` allows it to take an old one's place.

    ``place`` is where it belongs when it is not everywhere; with ``stays`` it means nothing elsewhere.
    """

    everywhere = forms.BooleanField(label=_("Offer it in every course"), required=False)
    replaces = forms.BooleanField(label=_("Replace the view of this name"), required=False)

    class Meta:
        model = SavedView
        fields = ("name",)
        labels = {"name": _("Name of the view")}
        error_messages = {"name": {"required": _("Give the view a name.")}}

    def __init__(self, *args: Any, place: str = "", stays: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place = place
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        if stays:
            self.fields["everywhere"].disabled = True
            self.fields["everywhere"].help_text = _(
                "It names groups or methods of this course, which others do not have."
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.instance.place = "" if cleaned.get("everywhere") else self._place
        known = self.same().first()
        if known and not cleaned.get("replaces"):
            self.add_error(
                "name", _("You already have a view of this name. Choose another name, or replace that view.")
            )
        return cleaned

    def same(self) -> QuerySet[SavedView]:
        """The other views that have this name in this place."""
        view = self.instance
        alike = SavedView.objects.filter(user=view.user, view=view.view, place=view.place)
        return alike.filter(name=self.cleaned_data.get("name", "")).exclude(pk=view.pk)

    def keep(self) -> SavedView:
        """Save the view, in place of the one it replaces."""
        with transaction.atomic():
            self.same().delete()
            kept: SavedView = self.save()
        return kept
