"""What people do to their own enrolment: a small run each, conducted at once, in the ledger like any other."""

from collections.abc import Sequence
from typing import Any

from cohorts.models import AskedRow, Person
from courses.asked_relations import GROUPS, AskedEnrolments, AskedGroupMembers, AskedMethodGroups
from courses.models import Method
from enrolhub.access.models import User
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

KIND = "self"
ENROLMENTS = str(Method.Kind.SELF.value)
PLACES = f"group_members.{ENROLMENTS}"
#: Why rows depart: whoever's they are withdrew.
REASON = "withdrew"


class OwnChain:
    """The chain of such a run: the rows that were asked for, which were looked at in the same transaction."""

    def __init__(self, run: Run) -> None:
        self.asked = AskedRow.objects.filter(run=run)

    def open(self, lease: Lease) -> Sequence[Relation]:
        named = set(self.asked.order_by().values_list("relation", flat=True))
        relations: dict[str, Relation] = {
            ENROLMENTS: AskedEnrolments(ENROLMENTS, self.asked, REASON),
            PLACES: AskedMethodGroups(ENROLMENTS, self.asked),
            GROUPS: AskedGroupMembers(self.asked, "last_enrolment_left"),
        }
        return [relation for name, relation in relations.items() if name in named]

    def close(self, lease: Lease) -> None:
        with lease.transaction():
            self.asked.delete()


def carry_out(account: User, method: Method, person: Person, verb: str, rows: Sequence[AskedRow]) -> Run:
    """Do what somebody asks for their own enrolment. Belongs in the transaction that holds the course."""
    options: dict[str, Any] = {"verb": verb, "course": method.course.code}
    run = Run.objects.create(kind=KIND, lane=f"{KIND}:{method.pk}:{person.pk}", author=account, options=options)
    for row in rows:
        row.run, row.member, row.stays = run, person.pk, int(bool(row.facts))
    AskedRow.objects.bulk_create(rows)
    return conduct_run(run, OwnChain(run))


def enrolment_row(method: Method, before: str, facts: str) -> AskedRow:
    return AskedRow(relation=ENROLMENTS, ref=method.pk, before=before, facts=facts)
