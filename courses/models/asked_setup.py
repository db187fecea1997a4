from django.db import models

from enrolhub.sync.models import Run
from enrolhub.web.fields import BytewiseCharField


class AskedSetup(models.Model):
    """What a run is asked to make of a method, or of something that belongs to one, kept until the run has ended.

    The row of which relation, by its key; its facts as whoever asked has seen them and as they should be; empty: no row.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="asked_setups", db_index=False)
    relation = BytewiseCharField(max_length=40)
    ref = models.BigIntegerField()
    member = models.BigIntegerField(default=0)
    item = BytewiseCharField(max_length=100, blank=True, default="")
    before = models.TextField(blank=True, default="")
    facts = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "relation", "ref", "member", "item"], name="asked_setup_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.relation} {self.ref} {self.member} {self.item}".strip()
