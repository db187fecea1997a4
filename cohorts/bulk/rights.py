"""Files that only some may load."""

from django.utils.translation import gettext_lazy as _

from enrolhub.access.models import User
from enrolhub.access.rules import is_staff_cemu
from enrolhub.web.sheets.problems import Cause, FileRefused

STAFF_ONLY = Cause(
    "staff_only",
    _("Files of this kind are loaded by the CEMU."),
    _("Send them the file, or sign in with an account of the CEMU."),
)


def check_staff(author: User | None) -> None:
    """Raises FileRefused when the account is not of the CEMU; nobody is the operator at the shell, who may."""
    if author is not None and not is_staff_cemu(author):
        raise FileRefused(STAFF_ONLY)
