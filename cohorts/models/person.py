from django.db import models
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField


class Person(models.Model):
    """Someone the directory knows. Mirrors the register every night; keyed by username (« compte numérique »).

    ``id_number`` is what lists show: the student number, else the staff number. The ``…_key`` columns are the
    accent-free forms that searches and orders use on both databases (``enrolhub.web.folding``).
    """

    class AccountState(models.TextChoices):
        ACTIVE = "active", _("Active account")
        INACTIVE = "inactive", _("Closed account")
        SUSPENDED = "suspended", _("Locked account")

    username = BytewiseCharField(max_length=150)
    directory_uid = BytewiseCharField(max_length=150, blank=True, default="")
    student_number = BytewiseCharField(max_length=20, blank=True, default="")
    staff_number = BytewiseCharField(max_length=20, blank=True, default="")
    id_number = BytewiseCharField(max_length=20, blank=True, default="")
    last_name = BytewiseCharField(max_length=200, blank=True, default="")
    first_name = BytewiseCharField(max_length=200, blank=True, default="")
    email = BytewiseCharField(max_length=254, blank=True, default="")
    affiliations = BytewiseCharField(max_length=200, blank=True, default="")
    account_state = BytewiseCharField(max_length=10, choices=AccountState.choices, default=AccountState.ACTIVE)
    # Whether the person asked the directory not to be shown (supannListeRouge): ``yes``, or empty.
    red_list = BytewiseCharField(max_length=3, blank=True, default="")

    last_name_key = BytewiseCharField(max_length=300, blank=True, default="")
    first_name_key = BytewiseCharField(max_length=300, blank=True, default="")
    email_key = BytewiseCharField(max_length=300, blank=True, default="")
    search_key = BytewiseCharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["last_name_key", "first_name_key", "username"]
        constraints = [models.UniqueConstraint(fields=["username"], name="person_once_a_username")]
        # By name, not by ``db_index``: compared byte by byte, they need no second index for prefixes on PostgreSQL.
        indexes = [
            models.Index(fields=["student_number"], name="person_by_student_number"),
            models.Index(fields=["id_number"], name="person_by_id_number"),
            models.Index(fields=["email_key"], name="person_by_email"),
            # The few whom searches leave out are gathered by it, so that searches read their own indexes as before.
            models.Index(fields=["red_list"], name="person_by_red_list"),
            models.Index(fields=["last_name_key", "first_name_key", "username"], name="person_by_name"),
            models.Index(fields=["first_name_key", "username"], name="person_by_first_name"),
            # People of one first name stand by login in either order, so the other order is no reading backwards.
            models.Index(fields=["-first_name_key", "username"], name="person_by_first_name_down"),
            # Never looked up: keywords read all of it, and it is a third of the table.
            models.Index(fields=["search_key"], include=["id"], name="person_search_keys"),
        ]

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}".strip() or self.username
