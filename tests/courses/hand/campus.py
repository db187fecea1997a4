"""The course that hands change in these tests, and shorthands for choosing, confirming and looking at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cohorts.models import Person
from courses.actions import add_methods
from courses.hand.chosen import Chosen
from courses.hand.confirming import carry_out
from courses.hand.conversion import Conversion, propose_converting
from courses.hand.enrolment_verbs import (
    propose_ending,
    propose_removing,
    propose_resuming,
    propose_role,
    propose_suspending,
)
from courses.hand.exclusion_verbs import propose_excluding, propose_lifting
from courses.hand.group_verbs import propose_joining, propose_parting
from courses.hand.preview import ActionPreview
from courses.hand.proposal import Proposal
from courses.hand.renewal import propose_renewing
from courses.models import Course, Enrolment, Exclusion, Group, Method
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.undo import request_undo
from tests.dumps import Rows, facts, values
from tests.factories import EnrolmentFactory, GroupFactory, GroupMemberFactory, MethodFactory, PersonFactory, role
from tests.registers import Registers, course, method_of

END = datetime(2027, 8, 31, 22, tzinfo=UTC)
#: When the enrolments by hand of h1 and e1 end, unless a hand changes that.
EARLY = datetime(2027, 1, 31, 23, tzinfo=UTC)
#: e1–e12 come by the database; e1 is also there by hand; h1–h4 and prof by hand only; s1 by oneself; m1 by a link.
DATABASE, BY_HAND = [f"e{number}" for number in range(1, 13)], ["e1", "h1", "h2", "h3", "h4", "prof"]


@dataclass
class Campus:
    space: Course
    source: Course
    registers: Registers

    def choose(self, author: User, *names: str) -> Chosen:
        people = dict(Person.objects.values_list("username", "pk"))
        return Chosen(self.space, [people[name] for name in names or self.everyone()], author)

    def everyone(self) -> list[str]:
        here = Enrolment.objects.filter(method__course=self.space)
        return sorted(set(here.values_list("person__username", flat=True)))

    def method(self, kind: str) -> Method:
        return method_of(self.space, kind)

    def group(self, code: str = "td1") -> Group:
        return Group.objects.get(course=self.space, code=code)

    def propose(self, verb: str, author: User, *names: str) -> Proposal:
        """What each verb asks for in these tests."""
        chosen = self.choose(author, *names)
        proposals: dict[str, Callable[[], Proposal]] = {
            "suspend": lambda: propose_suspending(chosen),
            "resume": lambda: propose_resuming(chosen),
            "set-end": lambda: propose_ending(chosen, END),
            "renew": lambda: propose_renewing(chosen, END),
            "convert": lambda: propose_converting(chosen, Conversion(END)),
            "change-role": lambda: propose_role(chosen, role("tutor")),
            "remove": lambda: propose_removing(chosen),
            "exclude": lambda: propose_excluding(chosen, self.method("database"), "doublon"),
            "lift-exclusion": lambda: propose_lifting(chosen),
            "add-to-group": lambda: propose_joining(chosen, self.group()),
            "remove-from-group": lambda: propose_parting(chosen, self.group()),
        }
        return proposals[verb]()


VERBS = (
    "suspend",
    "resume",
    "set-end",
    "renew",
    "convert",
    "change-role",
    "remove",
    "exclude",
    "lift-exclusion",
    "add-to-group",
    "remove-from-group",
)


def confirm(proposal: Proposal, verb: str) -> Run:
    """Confirm what a preview of now shows."""
    return carry_out(proposal, verb, ActionPreview(proposal).digest)


def undo(run: Run) -> Run:
    run.refresh_from_db()
    return attempt_run(request_undo(run))


def left_of(preview: ActionPreview) -> dict[str, str]:
    """What the preview says of those who are left as they are, by username."""
    return {line.person.username: line.left for line in preview.lines if line.left}


def state() -> dict[str, Rows]:
    """Everything that hands change, by natural keys."""
    found = facts() | {"exclusions": values(Exclusion, ("method__kind", "person__username", "reason"))}
    return {name: found[name] for name in ("enrolments", "places", "exclusions")}


def make_campus(registers: Registers) -> Campus:
    source = course("SOURCE")
    space = course("INF101-26", "INF101")
    MethodFactory(course=space, kind=Method.Kind.SELF)
    add_methods([Method(course=space, kind=Method.Kind.META_LINK, source_course=source, role=role())])
    EnrolmentFactory(course=source, person=PersonFactory(username="m1"))
    registers.group("1", 1, 2, 3, code="apogee")
    for login in ("m1", "s1", "prof", "h1", "h2", "h3", "h4"):
        registers.person(login)
    registers.night()
    people = {person.username: person for person in Person.objects.all()}
    manual, own = method_of(space, "manual"), method_of(space, "self")
    for login in BY_HAND:
        what = "editingteacher" if login == "prof" else "student"
        EnrolmentFactory(method=manual, person=people[login], role=role(what))
    EnrolmentFactory(method=own, person=people["s1"])
    set_apart(space, people)
    return Campus(space, source, registers)


def set_apart(space: Course, people: dict[str, Person]) -> None:
    """Suspensions, dates, groups and exclusions, so that each verb finds somebody to change and somebody to leave."""
    enrolments = Enrolment.objects.filter(method__course=space)
    enrolments.filter(person__username__in=["h2", "e5"]).update(suspended_by="hand")
    enrolments.filter(person__username="e6").update(suspended_by="sync")
    enrolments.filter(person__username="h3").update(starts_at=END, ends_at=None)
    enrolments.filter(person__username="e7").update(ends_at=END)
    enrolments.filter(person__username__in=["e1", "h1"], method__kind="manual").update(ends_at=EARLY)
    td1, td2 = (GroupFactory(course=space, code=code) for code in ("td1", "td2"))
    for login in ("e1", "h1", "e2", "prof"):
        GroupMemberFactory(group=td1, person=people[login])
    GroupMemberFactory(group=td2, person=people["h1"])
    GroupMemberFactory(group=td1, person=people["h4"], method=method_of(space, "manual"))
    Exclusion.objects.create(method=method_of(space, "database"), person=people["h4"], reason="double compte")


def options_of(run: Run) -> dict[str, Any]:
    return {name: run.options[name] for name in ("verb", "course", "people")}


def usernames(proposal: Proposal) -> Sequence[str]:
    return sorted(proposal.people.filter(touched=True).values_list("username", flat=True))
