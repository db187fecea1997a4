"""A night gives the same from files, from LDAP and files, from LDAP and SQL; and a source that fails leaves what the others prove."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import CohortMember, Person, Snapshot
from courses.campus.making import make_campus
from courses.campus.plan import Plan, paris_moment
from courses.models import Course, Enrolment, GroupMember
from courses.night import request_night
from courses.overview.registers import registers_now
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from tests.contracts.places import ApogeePlace, DirectoryPlace, FolderPlace, tell
from tests.directories import Directory
from tests.registers import Registers, course, enrolled, figures, members, student_number
from tests.servers.apogee import Apogee, lists_in

pytestmark = pytest.mark.django_db
CROWD = [f"e{number}" for number in range(1, 7)]
PERSON = ("username", "directory_uid", "student_number", "staff_number", "last_name", "first_name", "email")
ENROLMENT = ("method__course__code", "method__kind", "person__username", "role__short_name", "suspended_by")


@pytest.fixture
def space() -> Course:
    return course("INF101-26", "INF101")


def night(**options: Any) -> Run:
    run = request_night(**options)
    assert run is not None
    return attempt_run(run)


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Who is who, in which cohort, course and group."""
    people = Person.objects.order_by("username")
    return {
        "people": list(people.values_list(*PERSON, "affiliations", "account_state")),
        "members": sorted(CohortMember.objects.values_list("cohort__code", "cohort__name", "person__username")),
        "enrolments": sorted(Enrolment.objects.values_list(*ENROLMENT)),
        "groups": sorted(GroupMember.objects.values_list("group__course__code", "group__code", "person__username")),
    }


def empty_again() -> None:
    """Back to before the first night; the courses stay."""
    for model in (GroupMember, Enrolment, CohortMember, Person, Snapshot):
        model._default_manager.all().delete()


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    """A made university of a few dozen people."""
    moment = paris_moment("2026-11-20T02:10:00+01:00")
    make_campus(Plan(40, 8, 6, 7, 2026, moment), tmp_path / "campus")
    return tmp_path / "campus"


def courses_of(lists: dict[str, Any]) -> None:
    """A course for each of the elements that most follow, with its groups."""
    rows = lists["inscriptions_pedagogiques"]
    for unit in sorted({row["cod_elp"] for row in rows})[:6]:
        course(f"C-{unit}", unit, academic_year="2026")


@pytest.mark.slow
def test_a_campus_gives_the_same_from_every_set_of_sources(
    campus: Path, settings: Settings, directory: Directory, apogee: Apogee, time_machine: Any
) -> None:
    time_machine.move_to(datetime.fromisoformat("2026-11-20T03:30:00+01:00"), tick=True)
    lists = lists_in(campus)
    courses_of(lists)
    settings.ENROLHUB_SOURCES_DIR = campus
    assert night().state == "applied"
    from_files = state()
    assert all(from_files.values())

    empty_again()
    directory.add(lists["annuaire"])
    tell(settings, directory.settings())
    assert night().state == "applied"
    assert state() == from_files

    empty_again()
    apogee.fill(lists)
    tell(settings, apogee.settings())
    settings.ENROLHUB_SOURCES_DIR = campus.parent / "nowhere"
    assert night().state == "applied"
    assert state() == from_files


@pytest.fixture
def both(directory_place: DirectoryPlace, apogee_place: ApogeePlace, settings: Settings) -> Registers:
    """LDAP and SQL, and no folder at all."""
    directory_place.write()
    apogee_place.write()
    settings.ENROLHUB_SOURCES_DIR = Path("nowhere")
    return directory_place.registers


def messages(run: Run) -> list[str]:
    return [case["code"] for case in run.findings.get(code="extract_problem").cases]


def test_together_they_make_one_complete_snapshot(both: Registers, space: Course) -> None:
    run = night()
    whole = Snapshot.objects.get(is_whole=True)
    assert (run.state, enrolled(space), members("2026-L1INF")) == ("applied", CROWD, CROWD)
    assert (whole.source, whole.verdict, whole.academic_years) == ("together", "complete", ["2026"])
    assert sorted(whole.extracts.values_list("source", "verdict")) == [
        ("apogee_sql", "complete"),
        ("directory_ldap", "complete"),
    ]
    assert whole.files.count() == 8


def test_while_the_directory_is_away_apogee_alone_decides(
    both: Registers, space: Course, directory: Directory, apogee: Apogee, settings: Settings
) -> None:
    """Student 1 has left, student 2's account is closed but nobody can say so, student 20 is registered by now."""
    night()
    apogee.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", apogee.person(student_number(1)))
    apogee.execute("UPDATE ins_adm_etp SET eta_iae = 'E' WHERE cod_ind = %s", apogee.person(student_number(20)))
    directory.change("e2", supannRessourceEtat="{COMPTE}I")
    settings.LDAP_URL = "ldaps://localhost:1"
    run = night()
    assert (run.state, enrolled(space)) == ("source_partial", CROWD[1:])
    assert members("2026-L1INF") == sorted([*CROWD, "e20"])
    assert messages(run) == ["directory_unreachable", "stands_in"]
    assert Person.objects.get(username="e2").account_state == "active"


@pytest.mark.slow
def test_while_apogee_is_away_only_closed_accounts_leave(
    both: Registers, space: Course, directory: Directory, apogee: Apogee, settings: Settings
) -> None:
    night()
    apogee.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", apogee.person(student_number(1)))
    directory.change("e2", supannRessourceEtat="{COMPTE}I")
    directory.remove("e3")
    settings.APOGEE_DATABASE_URL = "postgresql://enrolhub@127.0.0.1:1/nowhere"
    run = night()
    assert (run.state, messages(run)) == ("source_partial", ["apogee_unreachable", "stands_in"])
    assert enrolled(space) == ["e1", "e4", "e5", "e6"]
    assert {person.username: person.account_state for person in Person.objects.all()}["e3"] == "inactive"


@pytest.mark.slow
def test_a_directory_read_in_part_removes_nobody_and_apogee_still_does(
    both: Registers, space: Course, directory: Directory, apogee: Apogee, settings: Settings
) -> None:
    """What the directory says of e2 may be true; a part of a directory takes nobody's place away all the same."""
    night()
    directory.change("e2", supannRessourceEtat="{COMPTE}I")
    apogee.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", apogee.person(student_number(1)))
    with directory.server.manager() as manager:
        manager.add(
            f"ou=ailleurs,{directory.people}", ["referral", "extensibleObject"], {"ou": "ailleurs", "ref": "ldap://x"}
        )
    run = night()
    assert (run.state, enrolled(space), messages(run)) == ("source_partial", CROWD[1:], ["directory_referral"])


def test_when_both_are_away_nothing_is_done(both: Registers, space: Course, settings: Settings) -> None:
    night()
    before = state()
    settings.LDAP_URL, settings.APOGEE_DATABASE_URL = "ldaps://localhost:1", "postgresql://enrolhub@127.0.0.1:1/nowhere"
    run = night()
    assert (run.state, run.message) == ("refused", "apogee_unreachable")
    assert state() == before
    assert Snapshot.objects.filter(is_whole=True).count() == 1


def test_before_its_first_extract_nothing_stands_in(both: Registers, space: Course, settings: Settings) -> None:
    settings.LDAP_URL = "ldaps://localhost:1"
    run = night()
    assert (run.state, enrolled(space)) == ("source_partial", [])
    assert messages(run) == ["directory_unreachable", "nothing_stands_in"]


def test_a_university_that_changes_its_sources_keeps_what_it_had(
    folder_place: FolderPlace, directory_place: DirectoryPlace, space: Course
) -> None:
    """The last extract of the folder is what the directory's first one is weighed against: here half of it is missing."""
    for number in range(100, 160):
        folder_place.registers.student(number)
    folder_place.write()
    night()
    for number in range(100, 160):
        folder_place.registers.remove("annuaire", supannAliasLogin=f"e{number}")
    directory_place.write()
    run = night()
    assert (run.state, run.departures, messages(run)) == ("source_partial", 0, ["list_shrank"])


def test_a_folder_that_is_named_is_read_alone(both: Registers, space: Course, tmp_path: Path) -> None:
    other = Registers(tmp_path / "other", crowd=2)
    assert other.night().state == "applied"
    assert enrolled(space) == ["e1", "e2"]


def test_a_dry_run_reads_every_source_and_keeps_nothing(both: Registers, space: Course) -> None:
    run = night(dry_run=True)
    assert (run.state, figures(run)["arrivals"]) == ("planned", 6)
    assert not Snapshot.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.slow
def test_home_shows_each_list_with_the_state_of_its_own_source(both: Registers, settings: Settings) -> None:
    night()
    settings.LDAP_URL = "ldaps://localhost:1"
    night()
    shown = registers_now(timezone.now())
    assert shown is not None
    moments = {line.extracted_at for line in shown.lines}
    assert (shown.snapshot.source, len(shown.lines), len(moments)) == ("together", 8, 2)
    assert [line.badge.tone for line in shown.lines] == ["wait", *["ok"] * 7]
    assert shown.badge.tone == "wait"
