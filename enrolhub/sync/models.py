"""Runs and their ledger: what was planned, judged, held, applied, and by whom.

A ``Change`` is written once and never touched again; whether it took effect is a fact of its ``Scope``
(applied in one transaction with the rows themselves). See docs/decisions/0002-scopes.md.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField


class Run(models.Model):
    """One pass of the engine: a night, a file, a method, an undo. All times are UTC; nights are dated Europe/Paris."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        APPLIED = "applied", _("Applied")
        APPLIED_WITH_HOLDS = "applied_with_holds", _("Applied, departures held")
        SOURCE_PARTIAL = "source_partial", _("Applied, source incomplete")
        REFUSED = "refused", _("Extract refused")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")
        PLANNED = "planned", _("Dry run")

    LIVE = (State.WAITING, State.RUNNING)

    kind = models.CharField(max_length=20)
    lane = models.CharField(max_length=80)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    dry_run = models.BooleanField(default=False)
    scheduled_on = models.DateField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="runs")
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")
    approves = models.ForeignKey("self", models.PROTECT, null=True, related_name="approvals")
    options = models.JSONField(default=dict)
    message = models.CharField(max_length=60, blank=True, default="")
    message_params = models.JSONField(default=dict)
    partial = models.BooleanField(default=False)
    resumed = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, blank=True, default="")

    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    holder = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True)

    arrivals = models.PositiveIntegerField(default=0)
    departures = models.PositiveIntegerField(default=0)
    alterations = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    finding_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lane"],
                condition=Q(state__in=["waiting", "running"], dry_run=False),
                name="run_one_live_a_lane",
            ),
            models.UniqueConstraint(
                fields=["kind", "scheduled_on"],
                condition=Q(scheduled_on__isnull=False, dry_run=False),
                name="run_one_scheduled_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class Phase(models.Model):
    """One relation's part of a run, in the order of the chain."""

    class State(models.TextChoices):
        PLANNING = "planning", _("Planning")
        PLANNED = "planned", _("Planned")
        ARRIVED = "arrived", _("Arrivals written")
        DONE = "done", _("Done")

    run = models.ForeignKey(Run, models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField()
    relation = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    busy_ms = models.PositiveIntegerField(default=0)

    arrivals = models.PositiveIntegerField(default=0)
    departures = models.PositiveIntegerField(default=0)
    alterations = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    withheld = models.PositiveIntegerField(default=0)
    scope_count = models.PositiveIntegerField(default=0)
    applied_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "relation"], name="phase_once_a_run")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.relation}"


class Scope(models.Model):
    """One course × method, or one cohort, that a run touches: the unit that is judged, held and applied whole.

    Departures that a person had taken back stand apart, as a part of their own (docs/decisions/0048).
    """

    class Verdict(models.TextChoices):
        APPLY = "apply", _("Apply")
        HOLD = "hold", _("Hold")

    class Part(models.TextChoices):
        REST = "", _("Everything else")
        UNDONE = "undone", _("Departures taken back before")

    # Found by phase and ref, which are unique together: an index by phase alone would tempt the planner to read them all.
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="scopes", db_index=False)
    ref = models.BigIntegerField()
    code = BytewiseCharField(max_length=100)
    # The database has the default too: scopes are inserted by statements that do not name it.
    part = models.CharField(max_length=10, choices=Part.choices, blank=True, default=Part.REST, db_default=Part.REST)
    size = models.PositiveIntegerField(default=0)
    arrivals = models.PositiveIntegerField(default=0)
    departures = models.PositiveIntegerField(default=0)
    alterations = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.APPLY)
    arrived_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["phase", "code", "ref"]
        constraints = [models.UniqueConstraint(fields=["phase", "ref", "part"], name="scope_part_once_a_phase")]
        indexes = [models.Index(fields=["code"], name="scope_by_code")]

    def __str__(self) -> str:
        return f"{self.phase_id} {self.code}"


class Change(models.Model):
    """One row's arrival, departure or alteration; names the person by username, so that it outlives the row.

    ``before`` and ``after`` are the relation's facts in its order, joined by U+001F: text, integers or UTC ISO strings.
    """

    class Action(models.TextChoices):
        ARRIVAL = "A", _("Arrival")
        DEPARTURE = "D", _("Departure")
        ALTERATION = "M", _("Alteration")

    # Written from its scopes, in their transaction: checking each row again would cost as much as writing it.
    scope = models.ForeignKey(Scope, models.CASCADE, related_name="changes", db_index=False, db_constraint=False)
    action = models.CharField(max_length=1, choices=Action.choices)
    member = models.BigIntegerField()
    person = BytewiseCharField(max_length=150)
    item = BytewiseCharField(max_length=100, blank=True, default="")
    before = models.TextField(blank=True, default="")
    after = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["scope", "action", "member"], name="change_by_scope"),
            models.Index(fields=["person"], name="change_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.person} {self.item}".strip()


class Finding(models.Model):
    """Something worth telling that no row change says: counted, with its first cases. Worded when shown."""

    class Level(models.TextChoices):
        INFO = "info", _("Information")
        WARNING = "warning", _("Warning")
        ERROR = "error", _("Error")

    run = models.ForeignKey(Run, models.CASCADE, related_name="findings")
    code = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=Level.choices)
    count = models.PositiveIntegerField(default=1)
    params = models.JSONField(default=dict)
    cases = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "id"]

    def __str__(self) -> str:
        return f"{self.code} × {self.count}"


class Hold(models.Model):
    """The departures of one scope that wait for a person. Bound to the plan by its digest; decided once.

    Nobody as ``decided_by`` of a decided hold is the operator at the shell. ``approval`` is the run that applies it;
    ``extra`` the print of what else a new plan of the scope would change, so that it is noticed when that moves.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        SUPERSEDED = "superseded", _("Superseded")

    scope = models.OneToOneField(Scope, models.CASCADE, related_name="hold")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True, default="")
    approval = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="approved_holds")
    extra = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state"], name="hold_by_state")]

    def __str__(self) -> str:
        return f"{self.scope_id} {self.reason} {self.state}"


class LimitRaise(models.Model):
    """A guard's limit raised by a person until a moment, after which it is the setting's again by itself."""

    limit = models.CharField(max_length=40)
    value = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["ends_at"], name="limit_raise_by_end")]

    def __str__(self) -> str:
        return f"{self.limit} {self.value} until {self.ends_at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """One mail that the nights owe somebody, told once: ``key`` says about what (``night:42``, ``missed:2026-11-26``)."""

    key = models.CharField(max_length=60, unique=True)
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    recipients = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key
