"""Who is found to lack what, in a small university: every gap, and the link where it breaks as « Pourquoi ? » tells it."""

from itertools import product

import pytest
from django.utils import timezone

from cohorts.models import Person
from courses.explain.chain import Link
from courses.explain.explaining import explain
from courses.models import Course, CourseUnit, Enrolment, Exclusion, Method
from courses.verification.checked import Checked, Gap, counts_of
from courses.verification.gaps import Verification
from courses.verification.reading import read_material
from courses.verification.summary import by_group, by_unit
from tests.factories import EnrolmentFactory, role
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers, course, method_of, student_number

pytestmark = pytest.mark.django_db


def verify(space: Course) -> Verification:
    return Verification(read_material(Course.objects.select_related("platform").get(pk=space.pk)))


def found(space: Course) -> dict[str, Checked]:
    """Everyone checked, by username, or by number where there is no account."""
    return {each.entry.username or each.entry.student_number: each for each in verify(space).checked}


def gaps(space: Course) -> dict[str, tuple[str, str]]:
    """Gap and code of the broken link of those who are not in order."""
    people = found(space).items()
    return {
        name: (each.gap.value, each.link.code if each.link else "") for name, each in people if each.gap != Gap.NONE
    }


def after_a_night(registers: Registers) -> Course:
    """A course of INF101 after a night in which all of the students came in."""
    space = course("A", "INF101")
    registers.night()
    return space


def test_each_gap_with_its_link(registers: Registers) -> None:
    registers.group("10", *range(1, 12), code="TD1")
    registers.person("e20", number=student_number(20))
    registers.register(20)
    registers.person("e21", number=student_number(21))
    registers.register(21, eta_pmt_iae="A")
    registers.register(22)
    registers.follow(22)
    registers.student(23)
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(23)}, tem_prc_ice="O")
    registers.student(24)
    registers.change(ADMINISTRATIVE, {"cod_etu": student_number(24)}, eta_iae="A")
    registers.student(25)
    space = after_a_night(registers)
    Enrolment.objects.filter(person__username="e25").delete()
    Exclusion.objects.create(method=method_of(space), person=Person.objects.get(username="e25"))
    Enrolment.objects.filter(person__username="e1").delete()
    EnrolmentFactory(course=space, person=Person.objects.get(username="e20"))
    EnrolmentFactory(course=space, role=role("editingteacher"))
    assert gaps(space) == {
        "e1": ("absent", "enrolment_pending"),
        "e12": ("no_group", "no_group"),
        "e20": ("unregistered", "unit_registration_missing"),
        "e21": ("no_registration", "registration_unpaid"),
        student_number(22): ("absent", "account_unknown"),
        "e23": ("exempt", "unit_not_followed"),
        "e24": ("not_counting", "registration_cancelled"),
        "e25": ("absent", "excluded"),
    }


def test_who_is_gone_from_a_register(registers: Registers) -> None:
    space = after_a_night(registers)
    Enrolment.objects.filter(person__username__in=["e1", "e2"]).delete()
    registers.close_account(1)
    registers.remove("annuaire", supannAliasLogin="e2")
    registers.leave(*range(3, 11))  # too many for a night: they are held
    registers.night()
    kept = {f"e{number}": ("unregistered", "registration_missing") for number in range(3, 11)}
    assert gaps(space) == {"e1": ("absent", "account_closed"), "e2": ("absent", "account_missing")} | kept


def test_links_for_one_etape_version_and_group(registers: Registers) -> None:
    """Whoever follows the element elsewhere, or in another group, is a student of another course."""
    registers.group("10", 1, 2, code="TD1")
    registers.group("11", 3, 4, 30, 31, code="TD2")
    for number in (30, 31):
        registers.student(number, programme="L2INF")
    registers.register(32, programme="L2INF")
    registers.person("e32", number=student_number(32))
    registers.register(33, programme="L2INF", cod_vrs_vet="2")
    registers.person("e33", number=student_number(33))
    on_programme, in_group = course("B", "INF101"), course("C", "INF101")
    CourseUnit.objects.filter(course=on_programme).update(programme_code="L2INF", version_code="1")
    CourseUnit.objects.filter(course=in_group).update(programme_code="L1INF", group_code="TD1")
    registers.night()
    assert gaps(on_programme) == {"e32": ("no_registration", "unit_registration_missing")}
    assert gaps(in_group) == {f"e{number}": ("not_counting", "not_in_group") for number in range(5, 13)}


def test_a_method_that_is_off(registers: Registers) -> None:
    space = course("A", "INF101")
    Method.objects.filter(course=space, kind="database").update(enabled=False)
    registers.night()
    assert set(gaps(space).values()) == {("absent", "method_off")}
    Method.objects.filter(course=space, kind="database").delete()
    assert set(gaps(space).values()) == {("absent", "method_off")}


@pytest.mark.parametrize("spoiled", ["none", "units", "year", "other year"])
def test_what_no_registration_can_feed_is_not_read(registers: Registers, spoiled: str) -> None:
    space = course("A", "INF101")
    if spoiled != "none":
        registers.night()
    if spoiled == "units":
        space.units.all().delete()
    if spoiled != "units" and spoiled != "none":
        Course.objects.filter(pk=space.pk).update(academic_year="" if spoiled == "year" else "2019")
    material = verify(space).material
    assert material.obstacle is not None
    assert material.obstacle.code == {
        "none": "no_extract", "units": "no_units", "year": "course_without_year", "other year": "year_closed",
    }[spoiled]  # fmt: skip
    assert list(material.entries) == []


def database_break(space: Course, person: Person) -> Link | None:
    [way] = [way for way in explain(space, person, timezone.now()).ways if way.method.kind == "database"]
    return way.broken


def test_the_links_are_those_of_the_page_that_explains(registers: Registers) -> None:
    """Over every kind of row that a student can have, one student each."""
    registers.group("10", 1, 2, 3, code="TD1")
    cells = {"unpaid": {"eta_pmt_iae": "A"}, "cancelled": {"eta_iae": "A"}, "version": {"cod_vrs_vet": "2"}}
    kinds = product(("", "L1INF", "L2INF", *cells), ("", "N", "O"))
    for number, (registered, followed) in enumerate(kinds, 101):
        registers.person(f"e{number}", number=student_number(number), state="AIS"[number % 3])
        if registered:
            programme = "L2INF" if registered == "L2INF" else "L1INF"
            registers.register(number, programme=programme, **cells.get(registered, {}))
        if followed:
            registers.follow(number, tem_prc_ice=followed)
    space = course("B", "INF101", "INF201")
    CourseUnit.objects.filter(course=space, unit_code="INF101").update(group_code="TD1")
    registers.night()
    checked = found(space)
    assert len(checked) == 12 + 15
    alike = {
        (each.gap, each.link and each.link.code, each.is_enrolled, each.units): name for name, each in checked.items()
    }
    assert len(alike) >= 10
    for name in alike.values():
        each = checked[name]
        broken = database_break(space, Person.objects.get(username=name))
        links = [
            (link.place, link.code, link.mender) for link in (each.link, broken) if link and link.place != "account"
        ]
        assert len(set(links)) <= 1, name
        assert (broken is None) == (each.link is None), name


def test_figures(registers: Registers) -> None:
    registers.group("10", 1, 2, 3, code="TD1")
    registers.group("11", *range(4, 13), 20, 30)
    registers.student(30, programme="L2INF")
    registers.register(20)
    registers.person("e20", number=student_number(20))
    registers.register(21, eta_iae="A")
    space = after_a_night(registers)
    Enrolment.objects.filter(person__username="e1").delete()
    verification = verify(space)
    assert counts_of(verification.checked) == dict.fromkeys(Gap, 0) | {
        Gap.NONE: 12,
        Gap.ABSENT: 1,
        Gap.NO_REGISTRATION: 1,
    }
    [unit] = by_unit(verification, verification.checked)
    lines = [unit.whole, *unit.programmes]
    assert [
        (line.code, line.promotion, line.registered, line.enrolled, line.absent, line.without) for line in lines
    ] == [
        ("INF101", None, 13, 12, 1, None),
        ("L1INF", 13, 12, 11, 1, 1),
        ("L2INF", 1, 1, 1, 0, 0),
    ]
    assert lines[1].absent_url == "?gap=absent&unit=INF101&programme=L1INF#list"
    assert lines[1].without_url == "?gap=all&without=INF101&programme=L1INF#list"
    groups = by_group(verification, verification.checked)
    assert [(line.code, line.label, line.registered, line.enrolled) for line in groups] == [
        ("11", "Groupe 11", 10, 10),
        ("TD1", "Groupe TD1", 3, 2),
    ]
