"""Rows for tests: each factory makes one believable row, and what it cannot stand without."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from cohorts.models import Cohort, CohortMember, ExtractFile, Person, Snapshot, SnapshotFile
from courses.models import (
    Course,
    CourseUnit,
    Delivery,
    Enrolment,
    Group,
    GroupMember,
    Message,
    Method,
    Participation,
    Platform,
    Role,
)
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Change, Finding, Hold, Phase, Run, Scope
from enrolhub.web.folding import fold

#: The moment at which factories' nights start: a Tuesday, 03:30 in Paris.
NIGHT = datetime(2026, 11, 17, 2, 30, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"account{number}")


class SiteRoleFactory(DjangoModelFactory):
    class Meta:
        model = SiteRole

    user = factory.SubFactory(UserFactory)
    kind = SiteRole.Kind.STAFF


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    # No test writes a number of 2025 itself: it would be somebody else's once in a while.
    username = factory.Sequence(lambda number: f"{22500000 + number}")
    student_number = factory.SelfAttribute("username")
    id_number = factory.SelfAttribute("student_number")
    last_name = factory.Sequence(lambda number: f"Nom{number:05}")
    first_name = "Camille"
    email = factory.LazyAttribute(lambda person: f"{person.username}@etu.exemple.fr")
    last_name_key = factory.LazyAttribute(lambda person: fold(person.last_name))
    first_name_key = factory.LazyAttribute(lambda person: fold(person.first_name))
    email_key = factory.LazyAttribute(lambda person: fold(person.email))

    @factory.lazy_attribute
    def search_key(self) -> str:
        words = (self.last_name, self.first_name, self.username, self.id_number, self.student_number, self.email)
        return fold(" ".join(words))


class CohortFactory(DjangoModelFactory):
    class Meta:
        model = Cohort

    academic_year = "2026"
    programme_code = factory.Sequence(lambda number: f"ETP{number:03}")
    code = factory.LazyAttribute(lambda cohort: f"{cohort.academic_year}-{cohort.programme_code}")
    name = factory.LazyAttribute(lambda cohort: f"UFR Droit: Étape {cohort.programme_code}")
    name_key = factory.LazyAttribute(lambda cohort: fold(cohort.name))
    keeper = Cohort.Keeper.REGISTER
    component = "DRO"
    refreshed_at: datetime | None = NIGHT


class HandCohortFactory(CohortFactory):
    academic_year = ""
    programme_code = ""
    code = factory.Sequence(lambda number: f"TUTEURS{number}")
    name = factory.Sequence(lambda number: f"Tuteurs {number}")
    keeper = Cohort.Keeper.HAND
    component = ""
    refreshed_at = None


class CohortMemberFactory(DjangoModelFactory):
    class Meta:
        model = CohortMember

    cohort = factory.SubFactory(CohortFactory)
    person = factory.SubFactory(PersonFactory)
    since = NIGHT


def platform(code: str = "ecampus") -> Platform:
    """A platform of the migrations."""
    return Platform.objects.get(code=code)


def role(short_name: str = "student") -> Role:
    """A role of the migrations."""
    return Role.objects.get(short_name=short_name)


class CourseFactory(DjangoModelFactory):
    """A course with its manual method, and a « Base de données » one when `with_database` is asked for."""

    class Meta:
        model = Course
        skip_postgeneration_save = True

    code = factory.Sequence(lambda number: f"CRS{number:04}")
    title = factory.LazyAttribute(lambda course: f"Cours {course.code}")
    title_key = factory.LazyAttribute(lambda course: fold(course.title))
    search_key = factory.LazyAttribute(lambda course: fold(f"{course.title} {course.code}"))
    platform = factory.LazyFunction(platform)
    component = "DRO"
    academic_year = "2026"
    created_automatically = True

    @factory.post_generation
    def manual(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        MethodFactory(course=self, kind=Method.Kind.MANUAL, position=1)

    @factory.post_generation
    def with_database(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            MethodFactory(course=self, kind=Method.Kind.DATABASE, position=0, refreshed_at=NIGHT)


class CourseUnitFactory(DjangoModelFactory):
    class Meta:
        model = CourseUnit

    course = factory.SubFactory(CourseFactory)
    unit_code = factory.Sequence(lambda number: f"ELP{number:04}")


class MethodFactory(DjangoModelFactory):
    class Meta:
        model = Method

    course = factory.SubFactory(CourseFactory)
    kind = Method.Kind.SELF
    role = factory.LazyFunction(role)
    position = factory.LazyAttribute(lambda method: method.course.methods.count())


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    course = factory.SubFactory(CourseFactory)
    code = factory.Sequence(lambda number: f"groupe-{number}")
    name = factory.LazyAttribute(lambda group: group.code)
    name_key = factory.LazyAttribute(lambda group: fold(group.name))


class GroupMemberFactory(DjangoModelFactory):
    class Meta:
        model = GroupMember

    group = factory.SubFactory(GroupFactory)
    person = factory.SubFactory(PersonFactory)


class EnrolmentFactory(DjangoModelFactory):
    """An enrolment by the `method` given, or by the manual method of the `course` given or of a new one."""

    class Meta:
        model = Enrolment

    class Params:
        course = None

    method = factory.LazyAttribute(lambda given: manual_method(given.course or CourseFactory()))
    person = factory.SubFactory(PersonFactory)
    role = factory.LazyFunction(role)


def manual_method(course: Course) -> Method:
    return course.methods.get(kind=Method.Kind.MANUAL)


class ParticipationFactory(DjangoModelFactory):
    class Meta:
        model = Participation

    course = factory.SubFactory(CourseFactory)
    person = factory.SubFactory(PersonFactory)
    last_access = NIGHT


class MessageFactory(DjangoModelFactory):
    """A message that somebody has confirmed."""

    class Meta:
        model = Message

    token = factory.LazyFunction(uuid4)
    course = factory.SubFactory(CourseFactory)
    sender_name = "Alex Prévost"
    sender_address = "alex.prevost@exemple.fr"
    subject = "Examen"
    body = "Bonjour {prenom},"
    course_address = "https://cours.exemple.fr/"
    language = "fr"


class DeliveryFactory(DjangoModelFactory):
    """A mail that waits."""

    class Meta:
        model = Delivery

    message = factory.SubFactory(MessageFactory)
    person = factory.SubFactory(PersonFactory)
    position = factory.LazyAttribute(lambda delivery: delivery.message.deliveries.count() + 1)
    address = factory.LazyAttribute(lambda delivery: delivery.person.email)
    due_at = NIGHT


class RunFactory(DjangoModelFactory):
    """A finished night of 22 minutes."""

    class Meta:
        model = Run

    kind = "night"
    lane = factory.Sequence(lambda number: f"lane{number}")
    state = Run.State.APPLIED
    started_at = NIGHT
    finished_at = factory.LazyAttribute(lambda run: run.started_at and run.started_at + timedelta(minutes=22))


class PhaseFactory(DjangoModelFactory):
    class Meta:
        model = Phase

    run = factory.SubFactory(RunFactory)
    position = factory.LazyAttribute(lambda phase: phase.run.phases.count())
    relation = "database"
    state = Phase.State.DONE
    started_at = factory.LazyAttribute(lambda phase: phase.run.started_at)
    finished_at = factory.LazyAttribute(lambda phase: phase.started_at + timedelta(minutes=4))


class ScopeFactory(DjangoModelFactory):
    class Meta:
        model = Scope

    phase = factory.SubFactory(PhaseFactory)
    ref = factory.Sequence(lambda number: 1_000_000 + number)
    code = factory.Sequence(lambda number: f"CRS{number:04}")
    size = 20
    arrived_at = NIGHT
    departed_at = NIGHT


class ChangeFactory(DjangoModelFactory):
    class Meta:
        model = Change

    scope = factory.SubFactory(ScopeFactory)
    action = Change.Action.ARRIVAL
    member = factory.Sequence(int)
    person = factory.LazyAttribute(lambda change: f"{22500000 + change.member}")


class HoldFactory(DjangoModelFactory):
    """Departures of a scope that wait."""

    class Meta:
        model = Hold

    scope = factory.SubFactory(ScopeFactory, verdict=Scope.Verdict.HOLD, departed_at=None, departures=12)
    reason = "scope_large"
    digest = "0" * 64


class FindingFactory(DjangoModelFactory):
    class Meta:
        model = Finding

    run = factory.SubFactory(RunFactory)
    code = "student_without_account"
    level = Finding.Level.WARNING


class SnapshotFactory(DjangoModelFactory):
    """A complete accepted extract."""

    class Meta:
        model = Snapshot

    extracted_at = NIGHT
    academic_years = factory.LazyFunction(lambda: ["2026"])
    verdict = Snapshot.Verdict.COMPLETE
    accepted = True


class ExtractFileFactory(DjangoModelFactory):
    class Meta:
        model = ExtractFile

    list_name = "annuaire"
    sha256 = factory.Sequence(lambda number: f"{number:064x}")
    row_count = 100
    landed_at = NIGHT


class SnapshotFileFactory(DjangoModelFactory):
    class Meta:
        model = SnapshotFile

    snapshot = factory.SubFactory(SnapshotFactory)
    file = factory.SubFactory(ExtractFileFactory)
