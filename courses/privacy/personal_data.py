"""Everything that is kept about one person, for themselves and for whoever answers them (GDPR, article 15)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cohorts.models import Person
from courses.privacy.of_account import sections_of_account
from courses.privacy.of_person import sections_of_person
from courses.privacy.sections import Section


@dataclass(frozen=True)
class PersonalData:
    """``name`` is what they are called here; no part holds anything about another person."""

    username: str
    name: str
    made_at: datetime
    sections: list[Section]

    @property
    def filled(self) -> list[Section]:
        return [section for section in self.sections if section.rows]

    @property
    def empty(self) -> list[Section]:
        return [section for section in self.sections if not section.rows]

    def as_json(self) -> str:
        """All of it as a file."""
        told: dict[str, Any] = {
            "about": self.username,
            "made_at": self.made_at.isoformat(),
            "words": _(
                "Everything that EnrolHub keeps about this person. What is wrong is mended in the directory or in APOGÉE."
            ),
            "sections": [section.as_json() for section in self.sections],
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def personal_data(username: str, now: datetime) -> PersonalData:
    """What is kept about this username, in a number of queries that does not depend on how much that is."""
    person = Person.objects.filter(username=username).first()
    sections = [*(sections_of_person(person, now) if person else ()), *sections_of_account(username)]
    return PersonalData(username, str(person) if person else username, now, sections)
