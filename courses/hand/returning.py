"""Whom a source would let in at once if their exclusions were lifted."""

from collections.abc import Sequence

from django.db.models import QuerySet

from cohorts.models import Person
from cohorts.queries import snapshot_read
from cohorts.register import Register, register_of
from courses.hand.chosen import Chosen
from courses.hand.proposal import AskedOf
from courses.methods.protocol import SyncedKind
from courses.methods.registry import SYNCED_KINDS
from courses.models import Enrolment, Exclusion, Method
from enrolhub.sync.relation import DESIRED_COLUMNS
from enrolhub.sync.select_into import column_of, compile_rows, fetch_rows, table_of

#: No run: nothing is planned to leave.
NO_RUN = 0


def returning(chosen: Chosen, exclusions: QuerySet[Exclusion]) -> Sequence[AskedOf]:
    """The enrolments that the sources give to those excluded, as the extract in force and the cohorts say now."""
    lifted = list(exclusions.order_by("pk").values_list("pk", "method_id", "person_id"))
    snapshot = snapshot_read()
    register = register_of(snapshot, NO_RUN) if snapshot else Register(NO_RUN, {}, ())
    pairs = {(method, person) for _pk, method, person in lifted} - present_pairs(chosen, exclusions)
    found: dict[tuple[str, int, int], str] = {}
    for kind in SYNCED_KINDS:
        methods = Method.objects.filter(
            kind=kind.kind,
            pk__in={method for method, _person in pairs},
            course__academic_year__in=["", *register.years],
        )
        if methods.exists():
            rows = desired_of_excluded(kind, methods, register, [pk for pk, _method, _person in lifted])
            found |= {
                (str(kind.kind.value), ref, member): facts for ref, member, facts in rows if (ref, member) in pairs
            }
    usernames = dict(Person.objects.filter(pk__in={key[2] for key in found}).values_list("pk", "username"))
    return [
        AskedOf(kind, ref, member, "", "", facts, usernames[member]) for (kind, ref, member), facts in found.items()
    ]


def present_pairs(chosen: Chosen, exclusions: QuerySet[Exclusion]) -> set[tuple[int, int]]:
    """Those enrolled in spite of their exclusion: no night has passed since."""
    people = exclusions.order_by().values("person")
    return set(
        Enrolment.objects.filter(method__in=chosen.method_ids, person__in=people).values_list("method_id", "person_id")
    )


def desired_of_excluded(
    kind: SyncedKind, methods: QuerySet[Method], register: Register, lifted: Sequence[int]
) -> list[tuple[int, int, str]]:
    """Method, person and facts of what the source gives to people excluded from these methods, were they not."""
    desired = compile_rows(kind.desired(methods, register, lifted=lifted), len(DESIRED_COLUMNS))
    method, person = column_of(Exclusion, "method"), column_of(Exclusion, "person")
    sql = f"""
        WITH d({", ".join(DESIRED_COLUMNS)}) AS ({desired.sql})
        SELECT d.ref, d.member, MIN(d.facts) FROM d
        JOIN {table_of(Exclusion)} x ON x.{method} = d.ref AND x.{person} = d.member
        WHERE d.admitted = 1 GROUP BY d.ref, d.member
    """
    return [(ref, member, facts) for ref, member, facts in fetch_rows(sql, desired.params)]
