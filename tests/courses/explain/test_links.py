"""Each way a chain can break or hold against the registers: what is said of it, and who can mend it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from cohorts.models import Cohort, Person
from courses.actions import add_methods
from courses.explain.chain import Explanation, Link, Mender, Place, State
from courses.explain.explaining import explain
from courses.explain.wording import say_also_broken
from courses.models import Course, Enrolment, Method
from enrolhub.sync.models import Hold
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    EnrolmentFactory,
    HandCohortFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.registers import Registers, course, method_of

pytestmark = pytest.mark.django_db


def why(space: Course, username: str) -> Explanation:
    return explain(space, Person.objects.get(username=username), timezone.now())


def answer(space: Course, username: str) -> tuple[str, str, str | None]:
    """Place, code and mender of the conclusion."""
    link = why(space, username).conclusion
    return link.place.value, link.code, link.mender.value if link.mender else None


def link_of(found: Explanation, place: Place, kind: str = "database") -> Link:
    [way] = [way for way in found.ways if way.method.kind == kind]
    return next(link for link in way.links if link.place == place)


def test_before_the_first_extract() -> None:
    space, person = course("A", "INF101"), PersonFactory()
    assert answer(space, person.username) == ("course_link", "no_extract", "cemu")
    assert why(space, person.username).reading.snapshot is None


def test_a_cohort_before_the_first_extract() -> None:
    space, person = course("C", feeding="collegium"), PersonFactory()
    add_methods([Method(course=space, kind="cohort_sync", source_cohort=CohortFactory(), role=role())])
    assert answer(space, person.username) == ("administrative", "no_extract", "cemu")


def test_somebody_enrolled_by_the_registers(registers: Registers) -> None:
    registers.group("10", 1, code="TD1")
    space = course("A", "INF101")
    run = registers.night()
    found = why(space, "e1")
    assert found.is_enrolled
    assert (found.conclusion.code, found.conclusion.state) == ("enrolled", State.HOLDS)
    assert found.conclusion.params["groups"] == ["Groupe TD1"]
    [way] = [way for way in found.ways if way.is_enrolled]
    assert [link.place for link in way.links] == [
        Place.ACCOUNT, Place.ADMINISTRATIVE, Place.PEDAGOGICAL, Place.GROUP, Place.COURSE_LINK, Place.METHOD,
        Place.DECISION, Place.ENROLMENT,
    ]  # fmt: skip
    sources = [row.source for link in way.links for row in link.rows]
    assert sources == ["annuaire.csv:2", "inscriptions_administratives.csv:2", "inscriptions_pedagogiques.csv:2"]
    [arrival] = way.enrolment.changes
    assert (arrival.scope.phase.run_id, arrival.source) == (run.pk, "inscriptions_pedagogiques.csv:2")
    assert found.reading.run == run


def test_a_departure_is_told_with_its_run_and_reason(registers: Registers) -> None:
    space = course("A", "INF101")
    first = registers.night()
    registers.leave(3)
    second = registers.night()
    found = why(space, "e3")
    assert (found.conclusion.code, found.conclusion.mender) == ("registration_missing", Mender.REGISTRAR)
    changes = link_of(found, Place.ENROLMENT).changes
    assert [(change.action, change.scope.phase.run_id, change.reason) for change in changes] == [
        ("D", second.pk, "registration_missing"),
        ("A", first.pk, ""),
    ]


def test_a_held_departure(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.leave(*range(1, 9))
    run = registers.night()
    found = why(space, "e1")
    assert found.is_enrolled
    assert answer(space, "e1") == ("enrolment", "kept_held", "cemu")
    held = link_of(found, Place.DECISION)
    assert (held.code, held.state, held.params["run"]) == ("held", State.NOTED, run.pk)
    assert found.way is not None
    assert found.way.broken is not None
    assert found.way.broken.code == "registration_missing"
    Hold.objects.update(state=Hold.State.REJECTED)
    assert link_of(why(space, "e1"), Place.DECISION).code == "decided_to_stay"
    assert why(space, "e1").conclusion.code == "kept_decided"


@pytest.mark.slow
def test_a_departure_held_where_its_cause_is(registers: Registers) -> None:
    registers.night()
    space = course("C", feeding="collegium")
    cohort = Cohort.objects.get(code="2026-L1INF")
    add_methods([Method(course=space, kind="cohort_sync", source_cohort=cohort, role=role())])
    registers.night()
    registers.leave(*range(1, 9))
    registers.night()
    found = why(space, "e1")
    assert link_of(found, Place.COHORT, "cohort_sync").code == "cohort_member_held"
    assert link_of(found, Place.DECISION, "cohort_sync").code == "held"
    assert found.conclusion.code == "kept_held"


@pytest.mark.slow
def test_an_incomplete_extract_removes_nobody(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.leave(3)
    registers.write()
    (registers.folder / "groupes.csv").unlink()
    registers.read()
    found = why(space, "e3")
    assert found.conclusion.code == "kept_partial"
    assert found.reading.snapshot is not None
    assert found.reading.snapshot.verdict == "partial"


def test_a_refused_extract_is_told(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.write()
    (registers.folder / "manifest.json").unlink()
    registers.read()
    found = why(space, "e1")
    assert found.reading.refused is not None
    assert found.conclusion.code == "enrolled"


def test_a_row_that_cannot_be_read_protects(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.change("inscriptions_pedagogiques", {"cod_etu": "00000003"}, cod_elp="INF 101")
    registers.night()
    assert why(space, "e3").conclusion.code == "kept_protected"


@pytest.mark.parametrize(("policy", "code"), [("keep", "kept_policy"), ("suspend", "suspended_by_sync")])
def test_departure_policies(registers: Registers, policy: str, code: str) -> None:
    space = course("A", "INF101")
    Method.objects.filter(course=space, kind="database").update(departure_policy=policy)
    registers.night()
    registers.leave(3)
    registers.night()
    found = why(space, "e3")
    assert found.is_enrolled
    assert found.conclusion.code == code


def test_a_closed_year_is_frozen(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    Course.objects.update(academic_year="2025")
    registers.student(50)
    registers.night()
    space.refresh_from_db()
    assert why(space, "e1").conclusion.code == "kept_year_closed"
    assert answer(space, "e50") == ("course_link", "year_closed", "cemu")


@pytest.mark.slow
def test_what_the_next_night_will_do(registers: Registers) -> None:
    registers.night()
    space = course("A", "INF101")
    assert answer(space, "e1") == ("enrolment", "enrolment_pending", "night")
    registers.night()
    space.units.all().delete()
    assert why(space, "e1").conclusion.code == "kept_pending"


@pytest.mark.slow
@pytest.mark.parametrize(("state", "code"), [("I", "account_closed"), ("S", "account_locked")])
def test_accounts(registers: Registers, state: str, code: str) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.change("annuaire", {"supannAliasLogin": "e3"}, supannRessourceEtat=f"{{COMPTE}}{state}")
    registers.night()
    found = why(space, "e3")
    assert (found.conclusion.code, found.conclusion.mender) == (code, Mender.DIRECTORY)
    assert found.is_enrolled == (state == "S")


def test_an_entry_gone_from_the_directory(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    registers.remove("annuaire", supannAliasLogin="e3")
    registers.night()
    assert answer(space, "e3") == ("account", "account_missing", "directory")


def test_a_closed_account_enrolled_by_hand(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    EnrolmentFactory(course=space, person=Person.objects.get(username="e3"))
    registers.close_account(3)
    registers.night()
    found = why(space, "e3")
    assert found.is_enrolled
    assert found.conclusion.code == "account_closed"


def test_who_suspended_is_told(registers: Registers) -> None:
    space = course("A", "INF101")
    registers.night()
    Enrolment.objects.filter(method__course=space, person__username="e3").update(suspended_by="hand")
    assert answer(space, "e3") == ("enrolment", "suspended_by_hand", "teacher")


def test_dates_of_an_enrolment() -> None:
    space, now, day = course("A"), timezone.now(), timedelta(days=1)
    late = EnrolmentFactory(course=space, starts_at=now + day).person
    over = EnrolmentFactory(course=space, ends_at=now - day).person
    assert answer(space, late.username) == ("enrolment", "enrolment_not_started", "teacher")
    assert answer(space, over.username) == ("enrolment", "enrolment_ended", "teacher")
    Method.objects.filter(course=space).update(enabled=False)
    assert answer(space, EnrolmentFactory(course=space).person.username)[1] == "enrolment_method_off"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"visible": False}, "course_hidden"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, "course_not_started"),
        ({"ends_at": timezone.now() - timedelta(days=1)}, "course_ended"),
    ],
)
def test_a_course_that_is_not_open(fields: dict[str, Any], code: str) -> None:
    space = course("A", **fields)
    assert answer(space, EnrolmentFactory(course=space).person.username) == ("enrolment", code, "teacher")


def test_a_method_that_is_off_and_an_exclusion(registers: Registers) -> None:
    space, user = course("A", "INF101"), UserFactory(first_name="Ada", last_name="Lovelace")
    method_of(space).exclusions.create(person=_person(registers, "e3"), created_by=user, reason="fraude")
    registers.night()
    found = why(space, "e3")
    assert (found.conclusion.code, found.conclusion.mender) == ("excluded", Mender.TEACHER)
    assert (found.conclusion.params["by"], found.conclusion.params["reason"]) == ("Ada Lovelace", "fraude")
    Method.objects.filter(course=space, kind="database").update(enabled=False)
    assert answer(space, "e3") == ("method", "method_off", "teacher")


def _person(registers: Registers, username: str) -> Person:
    registers.night()
    return Person.objects.get(username=username)


def test_a_hand_kept_cohort() -> None:
    space, cohort = course("C", feeding="collegium"), HandCohortFactory(name="Tuteurs")
    add_methods([Method(course=space, kind="cohort_sync", source_cohort=cohort, role=role())])
    person = PersonFactory()
    assert answer(space, person.username) == ("cohort", "not_in_hand_cohort", "cemu")
    CohortMemberFactory(cohort=cohort, person=person)
    assert answer(space, person.username) == ("enrolment", "enrolment_pending", "night")


def test_cohorts_of_a_version_and_of_a_period(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "COHORTS_BY_VERSION", ["SCI"])
    monkeypatch.setattr(settings, "COHORTS_BY_PERIOD", ["SCI"])
    registers.add("etapes", cod_etp="L1INF", lib_etp="L1", cod_vrs_vet="2", cod_cmp="SCI", lib_cmp="UFR Sciences")
    registers.register(20, cod_vrs_vet="2")
    registers.person("e20", number="00000020")
    registers.night()
    for code in ("2026-L1INF-1", "2026-L1INF-S1"):
        space = course(code, feeding="collegium")
        cohort = Cohort.objects.get(code=code)
        add_methods([Method(course=space, kind="cohort_sync", source_cohort=cohort, role=role())])
    registers.night()
    version, period = Course.objects.get(code="2026-L1INF-1"), Course.objects.get(code="2026-L1INF-S1")
    assert why(version, "e1").is_enrolled
    assert why(period, "e1").is_enrolled
    assert answer(version, "e20") == ("administrative", "cohort_other_version", "registrar")
    assert answer(period, "e20") == ("pedagogical", "period_missing", "registrar")
    assert link_of(why(period, "e1"), Place.PEDAGOGICAL, "cohort_sync").code == "period_followed"


def test_a_link_explains_its_source(registers: Registers) -> None:
    source, linked = course("A", "INF101"), course("D", feeding="collegium")
    add_methods([Method(course=linked, kind="meta_link", source_course=source, role=role())])
    registers.register(20)
    registers.person("e20", number="00000020")
    registers.night()
    assert why(linked, "e1").is_enrolled
    assert link_of(why(linked, "e1"), Place.SOURCE_COURSE, "meta_link").code == "in_source"
    found = why(linked, "e20")
    assert (found.conclusion.code, found.conclusion.source) == ("unit_registration_missing", "A")
    assert found.conclusion.mender == Mender.REGISTRAR
    assert link_of(found, Place.SOURCE_COURSE, "meta_link").state == State.BROKEN


def test_what_mending_the_first_break_would_leave(registers: Registers) -> None:
    space = course("A", "INF201")
    registers.change("inscriptions_administratives", {"cod_etu": "00000003"}, eta_pmt_iae="A")
    registers.night()
    [way] = [way for way in why(space, "e3").ways if way.method.kind == "database"]
    assert way.broken is not None
    assert way.also_broken is not None
    assert (way.broken.code, way.also_broken.code) == ("registration_unpaid", "unit_registration_missing")
    with override("en"):
        told = say_also_broken(why(space, "e3"))
    assert told == "That alone will not do: no pedagogical registration on INF201."
    assert say_also_broken(why(space, "e1")) == ""


def test_enrolling_by_oneself() -> None:
    space, person, now = course("A", feeding="collegium"), PersonFactory(), timezone.now()
    method = Method.objects.create(course=space, kind="self", role=role(), name="Libre", position=5)
    by_self = next(way for way in why(space, person.username).ways if way.method == method)
    assert by_self.enrolment.code == "not_enrolled_by_self"
    for fields, code in (
        ({"starts_at": now + timedelta(days=1)}, "self_not_open"),
        ({"starts_at": None, "ends_at": now - timedelta(days=1)}, "self_closed"),
        ({"ends_at": None, "admits_cohort": CohortFactory()}, "self_not_in_cohort"),
        ({"admits_cohort": None, "capacity": 1}, "self_full"),
    ):
        Method.objects.filter(pk=method.pk).update(**fields)
        if code == "self_full":
            EnrolmentFactory(method=method)
        [way] = [way for way in why(space, person.username).ways if way.method == method]
        assert way.broken is not None
        assert way.broken.code == code
    assert answer(space, person.username) == ("enrolment", "not_enrolled_by_hand", "teacher")


def test_places_in_groups_without_a_registration(registers: Registers) -> None:
    registers.group("10", 1, 20, code="TD1")
    registers.register(20)
    registers.person("e20", number="00000020")
    space = course("A", "INF101")
    registers.night()
    assert link_of(why(space, "e20"), Place.GROUP).code == "assigned_without_registration"
    assert link_of(why(space, "e2"), Place.GROUP).code == "no_group"


def test_several_payment_states_may_count(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    registers.change("inscriptions_administratives", {"cod_etu": "00000003"}, eta_pmt_iae="A")
    space = course("A", "INF101")
    registers.night()
    assert answer(space, "e3") == ("administrative", "registration_unpaid", "student")
    monkeypatch.setattr(settings, "APOGEE_PAYMENT_STATES", ["P", "A"])
    registers.night()
    assert why(space, "e3").is_enrolled


def test_a_course_without_any_method() -> None:
    space = course("A")
    Method.objects.filter(course=space).delete()
    assert answer(space, PersonFactory().username) == ("method", "no_method", "cemu")
