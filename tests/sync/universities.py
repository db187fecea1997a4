"""A university with something of everything, and a night that changes something of everything."""

from cohorts.models import Cohort, Person
from courses.actions import add_methods
from courses.models import Course, Enrolment, GroupMember, Method
from tests.factories import CohortMemberFactory, GroupFactory, HandCohortFactory, role
from tests.registers import Registers, course, method_of, student_number


def settle(registers: Registers) -> None:
    """A first night, then courses fed in every way, enrolments and groups by hand, and the night that fills them."""
    for number in range(13, 21):
        registers.student(number)
    registers.group("10", 1, 2, 3, code="TD1")
    registers.group("11", 4, 5, code="TD2")
    registers.night()
    space, health, linked = course("INF101-26", "INF101"), course("SANTE", feeding="collegium"), course("LIEN")
    course("INF201-26", "INF201")
    tutors = HandCohortFactory(code="TUTEURS")
    for name in ("e1", "e2", "e3"):
        CohortMemberFactory(cohort=tutors, person=Person.objects.get(username=name))
    follow = {"kind": Method.Kind.COHORT_SYNC, "role": role()}
    add_methods(
        [
            Method(course=health, source_cohort=Cohort.objects.get(code="2026-L1INF"), **follow),
            Method(course=linked, kind=Method.Kind.META_LINK, source_course=space, role=role("observer")),
            Method(course=space, source_cohort=tutors, **{**follow, "role": role("tutor")}),
        ]
    )
    group_of(linked, "LIEN", "meta_link")
    group_of(health, "SANTE", "cohort_sync")
    health.methods.update(departure_policy="suspend")
    enrol_by_hand(space, "e1")
    hand = GroupFactory(course=space, code="PROJET")
    for name in ("e2", "e7"):
        GroupMember.objects.create(group=hand, person=Person.objects.get(username=name))
    registers.night()


def group_of(space: Course, code: str, kind: str) -> None:
    space.methods.filter(kind=kind).update(group=GroupFactory(course=space, code=code))


def enrol_by_hand(space: Course, username: str) -> None:
    person = Person.objects.get(username=username)
    Enrolment.objects.create(method=method_of(space, "manual"), person=person, role=role())


def stir(registers: Registers) -> None:
    """Departures, arrivals, alterations, moves between groups, a departure that is held, an entry that cannot be read."""
    registers.leave(7)
    registers.close_account(2)
    registers.remove("annuaire", supannAliasLogin="e9")
    for number in range(30, 34):
        registers.student(number)
    registers.student(40, programme="L2INF", unit="INF201")
    registers.change("affectations_groupes", {"cod_etu": student_number(3)}, cod_gpe="11")
    registers.change("annuaire", {"supannAliasLogin": "e5"}, sn="Autre-Nom")
    registers.register(90)
    registers.person("not a login", number=student_number(91))


def settle_and_stir(registers: Registers) -> None:
    """All of it, up to the night that has all that to read."""
    settle(registers)
    stir(registers)
    stir_courses()
    registers.write()


def stir_courses() -> None:
    """What a person changes meanwhile: a method's role, an exclusion, a course that loses all it has."""
    method = method_of(Course.objects.get(code="LIEN"), "meta_link")
    Method.objects.filter(pk=method.pk).update(role=role())
    method_of(Course.objects.get(code="INF101-26")).exclusions.create(person=Person.objects.get(username="e11"))
    course("VIDE", feeding="collegium")
    tutors = Cohort.objects.get(code="TUTEURS")
    tutors.members.all().delete()
