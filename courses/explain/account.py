"""The first link: the account of the directory, without which nobody is anywhere."""

from cohorts.models import Person
from cohorts.register import PEOPLE
from courses.explain.chain import Link, Mender, Place, SourceRow, State
from courses.explain.course_facts import CourseFacts
from courses.explain.register_facts import RegisterFacts

CLOSED, LOCKED = Person.AccountState.INACTIVE, Person.AccountState.SUSPENDED


def is_eligible(person: Person) -> bool:
    """Whether the registers may enrol this person: a locked account keeps its place, a closed one does not."""
    return person.account_state != CLOSED


def account_link(person: Person, register: RegisterFacts, course: CourseFacts) -> Link:
    """Whether the account is open, and whether the directory still has it."""
    state, code, mender = _judge(person, register)
    entry = register.entry
    row = None
    if entry:
        row = SourceRow(
            "annuaire", entry.line, entry.username, entry.affiliations, is_eligible(person), entry.account_state
        )
    return Link(
        Place.ACCOUNT,
        state,
        code,
        {"username": person.username, "affiliations": person.affiliations},
        mender,
        rows=[row] if row else [],
        changes=course.changes_of(PEOPLE, 0),
    )


def _judge(person: Person, register: RegisterFacts) -> tuple[State, str, Mender | None]:
    in_extract = register.entry is not None or register.register is None
    if person.account_state == CLOSED:
        return State.BROKEN, "account_closed" if in_extract else "account_missing", Mender.DIRECTORY
    if person.account_state == LOCKED:
        return State.NOTED, "account_locked", Mender.DIRECTORY
    return (State.HOLDS, "account_active", None) if in_extract else (State.NOTED, "account_unconfirmed", None)
