from django.db import models
from django.utils.translation import gettext_lazy as _

from enrolhub.sync.models import Run
from enrolhub.web.fields import BytewiseCharField


class ExtractFile(models.Model):
    """One list of an extract, known by its content: an unchanged file is landed once, whatever night brings it."""

    list_name = BytewiseCharField(max_length=40)
    sha256 = BytewiseCharField(max_length=64)
    byte_count = models.BigIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    blank_count = models.PositiveIntegerField(default=0)
    landed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_name", "sha256"], name="extract_file_once")]

    def __str__(self) -> str:
        return f"{self.list_name} {self.sha256[:8]}"


class Snapshot(models.Model):
    """One reading of one source: when the register was read (UTC), what it proves, and whether it is in force.

    Absence is evidence only in a complete snapshot; a partial one may add, never remove; of a refused one nothing is used.
    Where several sources are configured, each has its own; what a night then goes by is one more, of source ``together``,
    made of ``extracts``. ``is_whole``: it says all that a night knows, as ``together`` does and a source that stands alone.
    """

    class Verdict(models.TextChoices):
        COMPLETE = "complete", _("Complete")
        PARTIAL = "partial", _("Partial")
        REFUSED = "refused", _("Refused")

    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="snapshots")
    source = BytewiseCharField(max_length=40, default="exchange_files")
    location = BytewiseCharField(max_length=500, blank=True, default="")
    extracted_at = models.DateTimeField(null=True)
    landed_at = models.DateTimeField(auto_now_add=True)
    academic_years = models.JSONField(default=list)
    verdict = BytewiseCharField(max_length=10, choices=Verdict.choices)
    accepted = models.BooleanField(default=False)
    problems = models.JSONField(default=list)
    files = models.ManyToManyField(ExtractFile, through="SnapshotFile", related_name="snapshots")
    is_whole = models.BooleanField(default=True)
    extracts = models.ManyToManyField("self", symmetrical=False, related_name="read_with")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["accepted", "verdict"], name="snapshot_in_force")]

    def __str__(self) -> str:
        return f"{self.source} {self.extracted_at} {self.verdict}"


class SnapshotFile(models.Model):
    """A file as one snapshot's manifest declared it.

    ``parts``: its rows by academic year and component (``[year, component, rows]``), as that extract knew them.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="snapshot_files")
    file = models.ForeignKey(ExtractFile, models.PROTECT, related_name="snapshot_files")
    declared_rows = models.PositiveIntegerField(null=True)
    parts = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "file"], name="snapshot_file_once")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.file_id}"
