"""The sign-in form."""

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Username and password. A refusal never says which of the two is wrong, nor that an account is closed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever Django's form takes
        self.fields["username"].label = _("University account")
        self.fields["username"].error_messages["required"] = _("Enter your university account.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")
        if self.is_bound:  # after a refusal the password is typed again, not the account
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = True

    def get_invalid_login_error(self) -> ValidationError:
        """Tie the refusal to a field, so that a screen reader meets it there."""
        return ValidationError({"password": _("Account or password not recognised. Check both and try again.")})
