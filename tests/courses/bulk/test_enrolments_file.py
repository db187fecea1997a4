"""import_enrolments: FORMATS.md §4."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from courses.models import Course, Enrolment, Group, GroupMember, Method
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import UndoChain, request_undo
from tests.bulk_files import Load, read_csv
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    role,
)

pytestmark = pytest.mark.django_db
COMMAND = "import_enrolments"


@pytest.fixture(autouse=True)
def course() -> Course:
    course: Course = CourseFactory(code="C1")
    return course


def rows() -> list[tuple[object, ...]]:
    columns = ("method__course__code", "person__username", "role__short_name", "suspended_by", "starts_at", "ends_at")
    return list(Enrolment.objects.order_by("method__course__code", "person__username").values_list(*columns))


def plain(username: str, role: str = "student", course: str = "C1") -> tuple[object, ...]:
    return (course, username, role, "", None, None)


def test_goes_to_the_manual_method_of_the_course(load: Load) -> None:
    PersonFactory(username="u1")
    assert load(COMMAND, "cours;identifiant;role\nC1;u1;teacher\n").result == (
        0,
        {"rows": 1, "accepted": 1, "arrivals": 1},
    )
    assert rows() == [plain("u1", "teacher")]
    assert Enrolment.objects.get().method.kind == Method.Kind.MANUAL


def test_a_person_is_found_by_username_student_number_staff_number_or_mail(load: Load) -> None:
    PersonFactory(username="u1", student_number="22600001")
    PersonFactory(username="u2", student_number="22600002")
    PersonFactory(username="u3", student_number="", staff_number="00012345")
    PersonFactory(username="u4", student_number="", email="Prenom.Nom@exemple.fr", email_key="prenom.nom@exemple.fr")
    text = "cours;identifiant\nC1;u1\nC1;22600002\nC1;00012345\nC1;prenom.nom@EXEMPLE.fr\n"
    assert load(COMMAND, text).result == (0, {"rows": 4, "accepted": 4, "arrivals": 4})
    assert [row[1] for row in rows()] == ["u1", "u2", "u3", "u4"]


def test_a_lost_leading_zero_is_not_guessed(load: Load) -> None:
    PersonFactory(username="u1", student_number="00123456")
    loaded = load(COMMAND, "cours;identifiant\nC1;123456\n")
    assert loaded.result == (3, {"rows": 1, "rejected": 1})
    assert "00123456" in loaded.stderr


def test_a_number_that_a_spreadsheet_mangled_is_not_guessed(load: Load) -> None:
    PersonFactory(username="u1", student_number="21900123")
    assert load(COMMAND, "cours;identifiant\nC1;2.19E+07\nC1;21900123.0\n").result == (3, {"rows": 2, "rejected": 2})


def test_an_identifier_of_several_people_is_rejected(load: Load) -> None:
    PersonFactory(username="u1", email_key="a@exemple.fr")
    PersonFactory(username="u2", email_key="a@exemple.fr")
    loaded = load(COMMAND, "cours;identifiant\nC1;a@exemple.fr\n")
    assert loaded.result == (3, {"rows": 1, "rejected": 1})
    assert "u1, u2" in loaded.stderr


@pytest.mark.parametrize(
    "identifier", ["é1", "u1 ", " u1", "u\u200b1", "\u0430bc", "u1\u00a0", "２２６", "u*1", "../u1", "u1;"]
)
def test_an_identifier_that_is_not_plain_is_rejected(load: Load, identifier: str) -> None:
    PersonFactory(username="u1")
    assert load(COMMAND, f'cours,identifiant\nC1,"{identifier}"\n').result == (3, {"rows": 1, "rejected": 1})


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("C2;u1;student;;;;", "cours"),
        ("C1;u9;student;;;;", "identifiant"),
        ("C1;u1;admin;;;;", "role"),
        ("C1;u1;étudiant;;;;", "role"),
        ("C1;u1;;TD9;;;", "groupe"),
        ("C1;u1;;;31/02/2027;;", "debut"),
        ("C1;u1;;;2027-03-28 02:30;;", "debut"),
        ("C1;u1;;;2027-02-01;2027-01-31;", "fin"),
        ("C1;u1;;;2027-02-01;2027-02-01;", "fin"),
        ("C1;u1;;;;;peut-être", "statut"),
        (";u1;;;;;", "cours"),
        ("C1;;;;;;", "identifiant"),
    ],
)
def test_nothing_is_created_by_accident(load: Load, tmp_path: Path, cells: str, column: str) -> None:
    PersonFactory(username="u1")
    header = "cours;identifiant;role;groupe;debut;fin;statut"
    loaded = load(COMMAND, f"{header}\n{cells}\n", "--errors", str(tmp_path / "err.csv"))
    assert loaded.result == (3, {"rows": 1, "rejected": 1})
    assert (rows(), Group.objects.count(), Run.objects.count()) == ([], 0, 0)
    (rejected,) = read_csv(tmp_path / "err.csv")
    assert column in rejected["erreur"]


def test_no_operation_enrols_or_updates_whoever_is_there_already(load: Load) -> None:
    PersonFactory(username="u1")
    text = "cours;identifiant;role\nC1;u1;{}\n"
    load(COMMAND, text.format("student"))
    assert load(COMMAND, text.format("tutor")).result == (0, {"rows": 1, "accepted": 1, "alterations": 1})
    assert load(COMMAND, text.format("tutor")).result == (0, {"rows": 1, "accepted": 1, "unchanged": 1})
    assert rows() == [plain("u1", "tutor")]


def test_enrol_is_not_update(load: Load) -> None:
    PersonFactory(username="u1")
    text = "cours;identifiant;role;operation\nC1;u1;{};inscrire\n"
    assert load(COMMAND, text.format("student")).result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert load(COMMAND, text.format("student")).result == (0, {"rows": 1, "accepted": 1, "unchanged": 1})
    assert load(COMMAND, text.format("tutor")).result == (3, {"rows": 1, "rejected": 1})
    assert rows() == [plain("u1")]


@pytest.mark.parametrize("operation", ["modifier", "Désinscrire", "update", "REMOVE"])
def test_update_and_remove_want_a_manual_enrolment(load: Load, course: Course, operation: str) -> None:
    method = MethodFactory(course=course, kind=Method.Kind.SELF)
    EnrolmentFactory(method=method, person=PersonFactory(username="u1"))
    text = f"cours;identifiant;operation;role\nC1;u1;{operation};tutor\n"
    assert load(COMMAND, text).result == (3, {"rows": 1, "rejected": 1})
    assert rows() == [plain("u1")]


def test_an_empty_cell_changes_nothing(load: Load, course: Course) -> None:
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 31, tzinfo=UTC)
    person = PersonFactory(username="u1")
    enrolment = EnrolmentFactory(course=course, person=person, role=role("tutor"), starts_at=start, ends_at=end)
    Enrolment.objects.filter(pk=enrolment.pk).update(suspended_by="hand")
    text = "cours;identifiant;role;debut;fin;statut;operation\nC1;u1;;;2027-06-30 18:00;;modifier\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "alterations": 1})
    assert rows() == [("C1", "u1", "tutor", "hand", start, datetime(2027, 6, 30, 16, tzinfo=UTC))]


def test_a_new_end_is_compared_with_the_start_that_stays(load: Load, course: Course) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    EnrolmentFactory(course=course, person=PersonFactory(username="u1"), starts_at=start)
    assert load(COMMAND, "cours;identifiant;fin\nC1;u1;2026-09-01\n").result == (3, {"rows": 1, "rejected": 1})


def test_dates_are_read_in_paris(load: Load) -> None:
    PersonFactory(username="u1")
    load(COMMAND, "cours;identifiant;debut;fin\nC1;u1;01/09/2026;2027-01-31 12:30\n")
    start, end = datetime(2026, 8, 31, 22, tzinfo=UTC), datetime(2027, 1, 31, 11, 30, tzinfo=UTC)
    assert rows() == [("C1", "u1", "student", "", start, end)]


def test_status_suspends_and_lifts(load: Load) -> None:
    PersonFactory(username="u1")
    load(COMMAND, "cours;identifiant;statut\nC1;u1;suspendu\n")
    assert rows() == [("C1", "u1", "student", "hand", None, None)]
    assert load(COMMAND, "course;person;status\nC1;u1;Active\n").result == (
        0,
        {"rows": 1, "accepted": 1, "alterations": 1},
    )
    assert rows() == [plain("u1")]


def test_remove_takes_away_the_manual_enrolment_only(load: Load, course: Course) -> None:
    person = PersonFactory(username="u1")
    EnrolmentFactory(course=course, person=person)
    EnrolmentFactory(method=MethodFactory(course=course), person=person)
    group = GroupMemberFactory(group=GroupFactory(course=course), person=person)
    text = "cours;identifiant;operation\nC1;u1;desinscrire\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "departures": 1})
    assert [enrolment.method.kind for enrolment in Enrolment.objects.all()] == ["self"]
    assert GroupMember.objects.get() == group


def test_groups_given_by_hand_go_with_the_last_enrolment(load: Load, course: Course) -> None:
    person, other = PersonFactory(username="u1"), PersonFactory(username="u2")
    group = GroupFactory(course=course)
    for member in (person, other):
        EnrolmentFactory(course=course, person=member)
        GroupMemberFactory(group=group, person=member)
    load(COMMAND, "cours;identifiant;operation\nC1;u1;desinscrire\n")
    assert list(GroupMember.objects.values_list("person__username", flat=True)) == ["u2"]


def test_a_group_is_found_by_code_or_name(load: Load, course: Course) -> None:
    GroupFactory(course=course, code="TD1", name="Groupe Été", name_key="groupe ete")
    GroupFactory(course=course, code="TD2", name="TD 2", name_key="td 2")
    PersonFactory(username="u1")
    text = "cours;identifiant;groupe\nC1;u1;groupe  ETE\nC1;u1;TD2\n"
    assert load(COMMAND, text).result == (0, {"rows": 2, "accepted": 2, "arrivals": 1})
    assert sorted(GroupMember.objects.values_list("group__code", "method")) == [("TD1", None), ("TD2", None)]


def test_a_place_in_a_group_that_apogee_keeps_is_taken_and_told(load: Load, course: Course) -> None:
    """DESIGN.md §3: what is given by hand stays until the last enrolment goes (docs/decisions/0057)."""
    GroupFactory(course=course, code="TD1", name="TD 1", name_key="td 1", keeper="register")
    GroupFactory(course=course, code="TD2", name="TD 2", name_key="td 2")
    for name in ("u1", "u2"):
        PersonFactory(username=name)
    with translation.override("en"):
        loaded = load(COMMAND, "cours;identifiant;groupe\nC1;u1;TD 1\nC1;u2;TD2\n")
    assert loaded.result == (0, {"rows": 2, "accepted": 2, "arrivals": 2})
    assert loaded.stderr.count("APOGÉE keeps this group: a place given by hand stays in spite of it.") == 1
    assert list(GroupMember.objects.order_by("pk").values_list("group__code", "method")) == [
        ("TD1", None),
        ("TD2", None),
    ]


def test_a_group_alone_is_an_alteration(load: Load, course: Course) -> None:
    GroupFactory(course=course, code="TD1")
    EnrolmentFactory(course=course, person=PersonFactory(username="u1"))
    text = "cours;identifiant;groupe\nC1;u1;TD1\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "alterations": 1})
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "unchanged": 1})


def test_a_name_of_several_groups_is_rejected(load: Load, course: Course) -> None:
    GroupFactory(course=course, code="A", name="TD", name_key="td")
    GroupFactory(course=course, code="B", name="td", name_key="td")
    PersonFactory(username="u1")
    assert load(COMMAND, "cours;identifiant;groupe\nC1;u1;TD\n").result == (3, {"rows": 1, "rejected": 1})


def test_groups_are_created_only_when_asked_for(load: Load) -> None:
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    text = "cours;identifiant;groupe\nC1;u1;TD Été\nC1;u2;td été\n"
    assert load(COMMAND, text, "--create-groups", "--dry-run").result == (0, {"rows": 2, "accepted": 2, "arrivals": 2})
    assert Group.objects.count() == 0
    assert load(COMMAND, text, "--create-groups").result == (0, {"rows": 2, "accepted": 2, "arrivals": 2})
    assert list(Group.objects.values_list("code", "name", "keeper")) == [("td-ete", "TD Été", "hand")]
    assert GroupMember.objects.count() == 2


def test_the_same_row_twice_counts_once(load: Load) -> None:
    PersonFactory(username="u1", student_number="22600001")
    text = "cours;identifiant;role\nC1;u1;tutor\nC1;22600001;Tutor\nC1;u1;\n"
    assert load(COMMAND, text).result == (0, {"rows": 3, "accepted": 3, "arrivals": 1})


def test_rows_that_contradict_each_other_are_all_rejected(load: Load) -> None:
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    text = "cours;identifiant;role\nC1;u1;tutor\nC1;u2;student\nC1;u1;teacher\n"
    loaded = load(COMMAND, text)
    assert loaded.result == (3, {"rows": 3, "accepted": 1, "rejected": 2, "arrivals": 1})
    assert "2, 4" in loaded.stderr
    assert rows() == [plain("u2")]


def test_with_a_course_given_the_file_needs_no_such_column(load: Load) -> None:
    CourseFactory(code="C2")
    PersonFactory(username="u1")
    assert load(COMMAND, "identifiant\nu1\n", "--course", "C2").result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert rows() == [plain("u1", course="C2")]
    assert load(COMMAND, "identifiant;cours\nu1;C1\n", "--course", "C2").result == (3, {"rows": 1, "rejected": 1})
    assert load(COMMAND, "identifiant\nu1\n", "--course", "C9").code == 2
    assert load(COMMAND, "identifiant\nu1\n").code == 2


def test_a_dry_run_changes_nothing_and_says_what_the_real_run_does(load: Load, course: Course) -> None:
    EnrolmentFactory(course=course, person=PersonFactory(username="u1"))
    EnrolmentFactory(course=course, person=PersonFactory(username="u2"))
    PersonFactory(username="u3")
    text = "cours;identifiant;role;operation\nC1;u1;;desinscrire\nC1;u2;tutor;modifier\nC1;u3;;inscrire\nC1;u4;;\n"
    before = rows()
    rehearsed = load(COMMAND, text, "--dry-run")
    figures = {"rows": 4, "accepted": 3, "rejected": 1, "arrivals": 1, "departures": 1, "alterations": 1}
    assert (rehearsed.result, rows()) == ((3, figures), before)
    assert load(COMMAND, text).result == rehearsed.result
    assert rows() == [plain("u2", "tutor"), plain("u3")]
    ledgers = [ledger(run) for run in Run.objects.order_by("pk")]
    assert ledgers[0] == ledgers[1]


def ledger(run: Run) -> list[tuple[str, ...]]:
    columns = ("scope__phase__relation", "scope__code", "action", "person", "item", "before", "after", "source")
    return list(Change.objects.filter(scope__phase__run=run).order_by("id").values_list(*columns))


def test_the_ledger_names_file_line_person_and_both_facts(load: Load, course: Course) -> None:
    GroupFactory(course=course, code="TD1")
    EnrolmentFactory(course=course, person=PersonFactory(username="u1"))
    load(COMMAND, "cours;identifiant;role;groupe\n\nC1;u1;tutor;TD1\n", name="liste.csv")
    run = Run.objects.get()
    assert (run.kind, run.lane, run.options["file"], run.state) == ("file", "file:enrolments", "liste.csv", "applied")
    assert ledger(run) == [
        ("manual", "C1", "M", "u1", "", "student\x1f\x1f\x1f", "tutor\x1f\x1f\x1f", "liste.csv:3"),
        ("group_members.hand", "C1", "A", "u1", "TD1", "", "yes", "liste.csv:3"),
    ]


def test_a_file_does_not_touch_what_a_synchronisation_gave(load: Load, course: Course) -> None:
    synced = MethodFactory(course=course, kind=Method.Kind.DATABASE, position=0)
    EnrolmentFactory(method=synced, person=PersonFactory(username="u1"))
    load(COMMAND, "cours;identifiant;role;statut\nC1;u1;tutor;suspendu\n")
    assert sorted((row[2], row[3]) for row in rows()) == [("student", ""), ("tutor", "hand")]


def test_any_share_of_a_course_may_leave_by_a_file(load: Load, course: Course) -> None:
    people = PersonFactory.create_batch(60)
    for person in people:
        EnrolmentFactory(course=course, person=person)
    text = "cours;identifiant;operation\n" + "".join(f"C1;{person.username};desinscrire\n" for person in people)
    assert load(COMMAND, text).result == (0, {"rows": 60, "accepted": 60, "departures": 60})


def test_rejected_rows_come_back_and_once_mended_go_in(load: Load, tmp_path: Path) -> None:
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    out = tmp_path / "rejets.csv"
    text = "Remarque;Cours;Identifiant;Rôle\n=2+3;C1;u1;chef\nbien;C1;u2;\n"
    loaded = load(COMMAND, text, "--errors", str(out))
    assert loaded.result == (3, {"rows": 2, "accepted": 1, "rejected": 1, "arrivals": 1})
    (rejected,) = read_csv(out)
    assert {name: rejected[name] for name in ("Remarque", "Cours", "Identifiant", "Rôle")} == {
        "Remarque": "'=2+3",
        "Cours": "C1",
        "Identifiant": "u1",
        "Rôle": "chef",
    }
    assert list(rejected)[-1] == "erreur"
    assert load(COMMAND, out.read_text(encoding="utf-8")).result == (3, {"rows": 1, "rejected": 1})
    mended = out.read_text(encoding="utf-8").replace("chef", "tutor", 1)
    assert load(COMMAND, mended).result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})


def test_the_engine_takes_a_file_back(load: Load, course: Course) -> None:
    EnrolmentFactory(course=course, person=PersonFactory(username="u1"))
    EnrolmentFactory(course=course, person=PersonFactory(username="u2"))
    PersonFactory(username="u3")
    GroupFactory(course=course, code="TD1")
    before = rows()
    load(COMMAND, "cours;identifiant;role;groupe;operation\nC1;u1;;;remove\nC1;u2;tutor;TD1;\nC1;u3;;TD1;\n")
    run = request_undo(Run.objects.get())
    conduct_run(run, UndoChain(run))
    assert (rows(), GroupMember.objects.count()) == (before, 0)
