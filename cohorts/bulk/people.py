"""Whom a file's identifiers mean: by username, student number, staff number or mail, in a few queries whatever the rows."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cohorts.models import Person
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Entry
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.values import MANGLED_NUMBER, SPREADSHEET_NUMBER

UNKNOWN_PERSON = Cause(
    "unknown_person",
    _("Nobody has this username, student or staff number, or mail."),
    _("Check it in the directory; an account made today is known after the next night."),
)
LOST_ZEROS = Cause(
    "lost_zeros",
    _("Nobody has this number; it has %(count)s digits, and a student number has 8."),
    _("If the spreadsheet dropped the leading zeros, format the column as text and write %(padded)s."),
)
AMBIGUOUS_PERSON = Cause(
    "ambiguous_person",
    _("Several people have this identifier: %(people)s."),
    _("Write the username."),
)
NUMBER_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A person that an identifier means."""

    id: int
    username: str


def find_people(identifiers: Collection[str]) -> dict[str, Found | Problem]:
    """For each identifier the one person it means, or why there is none. Nothing is padded or corrected."""
    by_identifier: dict[str, set[Found]] = defaultdict(set)
    for part in ranges_of(sorted(identifiers)):
        _match_exactly(part, by_identifier)
    unmatched = [identifier for identifier in identifiers if identifier not in by_identifier]
    found: dict[str, Found | Problem] = dict(_explain_unmatched(unmatched))
    for identifier, people in by_identifier.items():
        if len(people) == 1:
            (found[identifier],) = people
        else:
            names = ", ".join(sorted(person.username for person in people)[:5])
            found[identifier] = Problem(AMBIGUOUS_PERSON, {"people": names})
    return found


def _match_exactly(part: Iterable[str], matches: dict[str, set[Found]]) -> None:
    wanted = set(part)
    by_mail: dict[str, list[str]] = defaultdict(list)
    for identifier in wanted:
        if "@" in identifier:
            by_mail[fold(identifier)].append(identifier)
    meant = Q(username__in=wanted) | Q(student_number__in=wanted) | Q(staff_number__in=wanted)
    rows = Person.objects.filter(meant | Q(email_key__in=list(by_mail)) if by_mail else meant)
    columns = ("id", "username", "student_number", "staff_number", "email_key")
    for pk, username, student_number, staff_number, email_key in rows.order_by().values_list(*columns):
        person = Found(pk, username)
        for identifier in (username, student_number, staff_number):
            if identifier in wanted:
                matches[identifier].add(person)
        for identifier in by_mail.get(email_key, ()):
            matches[identifier].add(person)


def _explain_unmatched(identifiers: Iterable[str]) -> Iterable[tuple[str, Problem]]:
    for identifier in identifiers:
        if identifier.isdecimal() and len(identifier) < NUMBER_LENGTH:
            params = {"count": len(identifier), "padded": identifier.zfill(NUMBER_LENGTH)}
            yield identifier, Problem(LOST_ZEROS, params)
        elif SPREADSHEET_NUMBER.fullmatch(identifier):
            yield identifier, Problem(MANGLED_NUMBER)
        else:
            yield identifier, Problem(UNKNOWN_PERSON)


def resolve_people(sheet: Sheet, entries: list[Entry], name: str = "person") -> list[Entry]:
    """Put the person found in place of each entry's identifier; entries that mean nobody, or several, are rejected."""
    people = find_people({entry[name] for entry in entries})
    resolved = []
    for entry in entries:
        found = people[entry[name]]
        if isinstance(found, Problem):
            for row in entry.rows:
                sheet.reject(row, name, found)
        else:
            resolved.append(Entry(entry.row, {**entry.values, name: found}, entry.repeats))
    return resolved
