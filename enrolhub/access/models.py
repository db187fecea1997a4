"""Sign-in accounts, their site roles, what they did, how they like their lists, and the views they keep of them.

No synchronisation ever writes here: a person of the registers and a sign-in account meet by username only.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A sign-in account, made at the first sign-in or by the demo; tied to a person by its username.

    A session is bound to the password and to ``session_mark``: another one ends every session of the account.
    """

    session_mark = models.CharField(max_length=32, blank=True, default="")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_session_auth_hash(self) -> str:
        return self._marked(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._marked, super().get_session_auth_fallback_hash())

    def _marked(self, bound: str) -> str:
        return f"{bound}:{self.session_mark}" if self.session_mark else bound


class SiteRole(models.Model):
    """What an account may do on the whole site; roles inside a course come from enrolments instead."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("CEMU staff")
        OPERATOR = "operator", _("Operator")
        APPROVER = "approver", _("Approver")
        AUDITOR = "auditor", _("Auditor")
        COMPONENT_MANAGER = "component_manager", _("Component manager")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="site_roles")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    component = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "component"], name="site_role_once"),
            models.CheckConstraint(
                condition=models.Q(kind="component_manager") ^ models.Q(component=""),
                name="site_role_component_only_for_managers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.component}".strip()


class TrailIsAppendOnly(Exception):
    """Somebody tried to change or to remove lines of the audit trail; `enrolhub.access.keeping` has the only ways to."""


class EventQuerySet(models.QuerySet["Event"]):
    """Lines of the audit trail: added and read. Raises TrailIsAppendOnly for whatever else is tried."""

    def update(self, **values: Any) -> int:
        raise TrailIsAppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise TrailIsAppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TrailIsAppendOnly


class Event(models.Model):
    """One line of the audit trail, never changed once written: who did what to what, when, to how many.

    ``address`` is the network address it was asked from, ``request_id`` what the log lines of that request bear; both are
    empty for commands and workers.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=150, blank=True, default="")
    action = models.CharField(max_length=40, db_index=True)
    target = models.CharField(max_length=200, blank=True, default="")
    count = models.PositiveIntegerField(null=True)
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True, default="")
    request_id = models.CharField(max_length=16, blank=True, default="")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["actor", "at"], name="event_by_actor")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TrailIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TrailIsAppendOnly


class EventSeal(models.Model):
    """One link of the chain over the audit trail: the print of an event as it stood, and of the chain up to it.

    An event that was rewritten, which anonymising alone does, is sealed again; its last seal counts. ``event`` is no foreign
    key: what was forgotten after its time leaves no trace but the print of the chain.
    """

    event = models.BigIntegerField(db_index=True)
    content = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, unique=True)
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event} {self.chain[:12]}"


class ViewPreference(models.Model):
    """How one account likes one list: ``hidden`` columns, people ``per_page``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="view_preferences")
    view = models.CharField(max_length=60)
    value = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "view"], name="view_preference_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.view}"


class SavedView(models.Model):
    """A filter and an order of one list, kept by one account under a name; ``query`` is what follows the question mark.

    ``place`` is what the list belongs to (a course's code); empty where the view is offered everywhere.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    view = models.CharField(max_length=60)
    place = models.CharField(max_length=100, blank=True, default="")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2_000, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "view", "place", "name"], name="saved_view_once_a_place"),
        ]

    def __str__(self) -> str:
        return self.name


class Attempts(models.Model):
    """How often something secret was tried lately: ``bucket`` says by whom or for what, ``since`` when one began to count."""

    bucket = models.CharField(max_length=80, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.bucket} {self.count}"


class CasSession(models.Model):
    """A session that a ticket of the CAS server opened: the server names the ticket when it ends it. Of a ticket its SHA-256 is kept."""

    ticket = models.CharField(max_length=64, unique=True)
    session_key = models.CharField(max_length=40, db_index=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.session_key
