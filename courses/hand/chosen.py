"""Whom an action is for, and what the account that acts may do to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from cohorts.models import Person
from courses.models import Course, Enrolment, Method, Role
from courses.participants.lists import is_among
from courses.rules import roles_given_by
from enrolhub.access.models import User


@dataclass(frozen=True)
class Chosen:
    """People of a course by id, and the account that acts on them."""

    course: Course
    ids: Sequence[int]
    author: User

    @property
    def people(self) -> QuerySet[Person]:
        return Person.objects.filter(is_among("pk", self.ids))

    @property
    def enrolments(self) -> QuerySet[Enrolment]:
        """Their enrolments in the course, by whatever method."""
        return Enrolment.objects.filter(is_among("person_id", self.ids), method__in=self.method_ids)

    @cached_property
    def methods(self) -> dict[int, Method]:
        """The methods of the course by id, in their order."""
        return {method.pk: method for method in Method.objects.filter(course=self.course).order_by("position", "pk")}

    @property
    def method_ids(self) -> list[int]:
        return list(self.methods)

    @cached_property
    def author_id(self) -> int:
        """The person of the account; 0 when the directory knows none."""
        return Person.objects.filter(username=self.author.username).values_list("pk", flat=True).first() or 0

    @cached_property
    def higher_roles(self) -> list[int]:
        """The roles whose holders the account may not touch: those that it may not give."""
        given = roles_given_by(self.author, self.course).order_by().values("pk")
        return list(Role.objects.exclude(pk__in=given).values_list("pk", flat=True))

    def is_self(self, person: str = "person_id") -> Q:
        return Q(**{person: self.author_id})

    def is_above(self, person: str = "person_id") -> Q:
        """Whether the (outer) person holds a role in the course that the account may not give."""
        if not self.higher_roles:
            return Q(pk__in=[])
        seats = Enrolment.objects.filter(method__in=self.method_ids, role__in=self.higher_roles)
        return Q(Exists(seats.filter(person=OuterRef(person))))
