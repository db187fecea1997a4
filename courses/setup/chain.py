"""Runs that change methods: what was asked is kept in the database, so that any worker may conduct or take up the run."""

from collections.abc import Sequence

from django.utils import timezone

from courses.models import AskedSetup, Course, Method
from courses.rules import can_edit_many_courses, can_edit_methods, can_edit_units, roles_given_by
from courses.setup.asking import Verb
from courses.setup.difference import Target, as_if_done, followers, print_of, target_of
from courses.setup.relations import RELATIONS, MethodRows, has_moved
from courses.setup.rows import SetupRow
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.lease import Lease
from enrolhub.sync.mandate import refuse_lost_right
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

KIND = "method"
COLUMNS = ("relation", "ref", "member", "item", "before", "facts")


class SetupChain:
    """The chain of such a run. What moved between the asking and the first opening refuses the run whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.asked = AskedSetup.objects.filter(run=run)

    @property
    def verb(self) -> Verb:
        return Verb(self.run.options["verb"])

    def open(self, lease: Lease) -> Sequence[Relation]:
        planned = set(self.run.phases.values_list("relation", flat=True))
        if not planned:
            self.refuse_outdated(lease)
        named = planned | set(self.asked.order_by().values_list("relation", flat=True).distinct())
        setups: list[Relation] = [relation(self.asked) for relation in RELATIONS if relation.name in named]
        follow = followers(self.target(), self.run.pk)
        if self.verb != Verb.DELETE:
            return [*setups, *follow]
        # The method goes last, and so is the first that an undo brings back.
        return [*follow, *sorted(setups, key=lambda relation: relation.name == MethodRows.name)]

    def rows(self) -> list[SetupRow]:
        return [SetupRow(*row) for row in self.asked.order_by("pk").values_list(*COLUMNS)]

    def target(self) -> Target:
        courses = list(Course.objects.filter(pk__in=self.run.options["course_ids"]).order_by("code"))
        return target_of(self.verb, self.run.options["method_kind"], courses, self.rows())

    def refuse_outdated(self, lease: Lease) -> None:
        """Raise RunRefused, forgetting what was asked, when something moved since or who asked lost the right to."""
        try:
            refuse_lost_right(self.run, self.still_may)
            if has_moved(self.asked):
                raise RunRefused("method_moved")
            if not self.run.options.get("checked"):
                self.refuse_moved(lease)
        except RunRefused:
            with lease.transaction():
                self.asked.delete()
            raise

    def refuse_moved(self, lease: Lease) -> None:
        """Raise RunRefused when it would come to something else than what was confirmed."""
        rows, target = self.rows(), self.target()
        with lease.transaction(), as_if_done(target, rows):
            seen = print_of(target, rows)
        if seen != self.run.options["digest"]:
            raise RunRefused("method_moved")

    def still_may(self, account: User) -> bool:
        """Whether the account may still change these methods, and give every role that it could give when it asked."""
        courses = list(Course.objects.filter(pk__in=self.run.options["course_ids"]))
        if len(courses) != 1:
            return can_edit_many_courses(account)
        (course,) = courses
        may = can_edit_units if self.verb == Verb.UNITS else can_edit_methods
        given = roles_given_by(account, course).values_list("short_name", flat=True)
        return may(account, course) and set(self.run.options["roles"]) <= set(given)

    def close(self, lease: Lease) -> None:
        """The methods whose people came with the run are as fresh as after a night."""
        fresh = self.target().ids if self.verb != Verb.DELETE else []
        with lease.transaction():
            methods = Method.objects.filter(pk__in=fresh, kind__in=Method.SYNCED, enabled=True)
            if self.verb in (Verb.ADD, Verb.ENABLE, Verb.UNITS):
                methods.update(refreshed_at=timezone.now())
            self.asked.delete()
