from django.db import models

from cohorts.models.person import Person
from enrolhub.sync.models import Run
from enrolhub.web.fields import BytewiseCharField


class Asked(models.Model):
    """What a file or a hand asks for one row of a relation: the facts it should have.

    ``stays`` is 0 where the row is to leave; ``source`` says where the wish comes from.
    """

    relation = BytewiseCharField(max_length=40)
    ref = models.BigIntegerField()
    member = models.BigIntegerField()
    item = BytewiseCharField(max_length=100, blank=True, default="")
    facts = BytewiseCharField(max_length=300, blank=True, default="")
    source = BytewiseCharField(max_length=200, blank=True, default="")
    stays = models.SmallIntegerField(default=1)

    class Meta:
        abstract = True


class AskedRow(Asked):
    """A row asked of a run by hand, kept until the run has ended: whoever takes the run up again finds it here.

    ``before`` is what the person who asked saw, as the relation's facts; a row that says something else has moved since.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="asked_rows", db_index=False)
    before = BytewiseCharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "relation", "ref", "member", "item"], name="asked_row_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.relation} {self.ref} {self.member} {self.item}".strip()


class LeftOut(models.Model):
    """Someone selected for whom a run did nothing, or not all that was asked; ``reason`` is a code, worded when shown."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="left_out", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "person"], name="left_out_once_a_run")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.person_id} {self.reason}"
