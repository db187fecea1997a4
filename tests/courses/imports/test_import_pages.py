"""Loading files on the web: uploaded or pasted, looked at, corrected, confirmed exactly so, reported, taken back."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from cohorts.models import CohortMember, Person
from courses.imports import work
from courses.imports.preview import unpack
from courses.models import Course, Enrolment, Group, ImportFile, Method, Participation
from courses.pages.imports_told import say
from enrolhub import celery_app
from enrolhub.access.models import Event, SiteRole, User
from enrolhub.sync.models import Run
from enrolhub.web.sheets.container import BYTE_LIMIT
from tests.factories import (
    CohortFactory,
    CourseFactory,
    EnrolmentFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.hostile.files import FILES
from tests.hostile.structures import STRUCTURES
from tests.html import part_of, soup_of

pytestmark = pytest.mark.django_db
State = ImportFile.State


@pytest.fixture(autouse=True)
def course() -> Course:
    """A course with its editing teacher `prof`, and three people to enrol."""
    made: Course = CourseFactory(code="C1")
    EnrolmentFactory(course=made, person=PersonFactory(username="prof"), role=role("editingteacher"))
    for number in (1, 2, 3):
        PersonFactory(username=f"u{number}")
    return made


def signed_in(username: str = "prof", *, kind: SiteRole.Kind | None = None) -> Client:
    user: User = UserFactory.create(username=username)
    if kind:
        SiteRoleFactory(user=user, kind=kind)
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def teacher() -> Client:
    return signed_in()


@pytest.fixture
def staff() -> Client:
    return signed_in("cemu", kind=SiteRole.Kind.STAFF)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def upload(client: Client, address: str, text: str | bytes, name: str = "liste.csv", **fields: str) -> ImportFile:
    """The file kept once its form is sent."""
    content = text if isinstance(text, bytes) else text.encode()
    answer = client.post(address, {"file": SimpleUploadedFile(name, content), **fields})
    assert answer.status_code == 302, answer.content.decode()
    file = ImportFile.objects.earliest("-pk")
    assert answer.headers["Location"] == page_of(file)
    return file


def page_of(file: ImportFile) -> str:
    return reverse("courses:import_file", args=[file.pk])


def in_course() -> str:
    return reverse("courses:course_import", args=["C1"])


def of_kind(kind: str) -> str:
    return reverse("courses:import", args=[kind])


def send(client: Client, file: ImportFile, step: str, **fields: Any) -> Any:
    return client.post(page_of(file), {"step": step, **fields})


def confirm(client: Client, file: ImportFile) -> Any:
    return send(client, file, "confirm", digest=file.digest)


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def people(code: str = "C1") -> dict[str, str]:
    rows = Enrolment.objects.filter(method__course__code=code, method__kind=Method.Kind.MANUAL)
    return dict(rows.order_by().values_list("person__username", "role__short_name"))


def test_enrolments_of_one_course_are_seen_confirmed_reported_and_taken_back(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nu1;tutor\nu2;\nnobody;\n")
    shown = words(teacher.get(page_of(file)))
    assert "4 lines = 1 header + 2 accepted + 1 rejected + 0 blank" in shown
    assert "Nobody has this username" in shown
    assert "2 changes are ready" in shown
    assert people() == {"prof": "editingteacher"}, "a preview records nothing"
    assert confirm(teacher, file).headers["Location"] == page_of(file)
    assert people() == {"prof": "editingteacher", "u1": "tutor", "u2": "student"}
    file.refresh_from_db()
    assert file.run is not None
    assert (file.state, file.run.state, file.run.kind) == (State.DONE, Run.State.APPLIED, "file")
    report = teacher.get(page_of(file)).content.decode()
    undo = reverse("sync:undo", args=[file.run.pk])
    assert undo in report
    assert reverse("sync:run", args=[file.run.pk]) in report
    assert teacher.get(undo).status_code == 200
    digest = part_of(soup_of(teacher, undo), "[name=digest]")["value"]
    teacher.post(undo, {"digest": digest})
    assert people() == {"prof": "editingteacher"}
    loaded = Event.objects.get(action="file_loaded")
    assert (loaded.actor, loaded.target, loaded.count, loaded.detail["rejected"]) == ("prof", "liste.csv", 2, 1)
    assert Event.objects.get(action="file_received").detail["course"] == "C1"


def test_a_form_sent_twice_loads_once(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    assert [confirm(teacher, file).status_code for _ in range(2)] == [302, 302]
    assert Run.objects.filter(kind="file").count() == 1


def test_the_second_of_two_previews_of_a_course_is_refused_and_planned_again(teacher: Client) -> None:
    first = upload(teacher, in_course(), "identifiant;role\nu1;tutor\n")
    second = upload(teacher, in_course(), "identifiant;role\nu1;student\nu2;\n")
    confirm(teacher, first)
    answer = confirm(teacher, second)
    assert answer.status_code == 409
    assert "has changed since it was looked at: nothing was done" in words(answer)
    assert people() == {"prof": "editingteacher", "u1": "tutor"}
    assert "Role: Tutor → Student" in words(answer), "planned again, by what is now"
    second.refresh_from_db()
    assert confirm(teacher, second).status_code == 302
    assert people() == {"prof": "editingteacher", "u1": "student", "u2": "student"}


@pytest.mark.parametrize("digest", ["", "0" * 64, "é\x00"])
def test_a_digest_that_is_not_the_last_one_loads_nothing(teacher: Client, digest: str) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    assert send(teacher, file, "confirm", digest=digest).status_code == 409
    assert "u1" not in people()


def test_a_file_whose_run_was_refused_is_looked_at_again_but_none_that_was_loaded(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    confirm(teacher, file)
    send(teacher, file, "look")
    file.refresh_from_db()
    assert (file.state, file.run is None) == (State.DONE, False)
    Run.objects.filter(kind="file").update(state=Run.State.REFUSED)
    assert "Read it again" in words(teacher.get(page_of(file)))
    send(teacher, file, "look")
    file.refresh_from_db()
    assert (file.state, file.run) == (State.SEEN, None)


def test_rejected_rows_come_back_as_a_file_that_no_browser_shows(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nu1;\n=nobody;tutor\nu2;admin\n")
    answer = teacher.get(reverse("courses:import_rejects", args=[file.pk]))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "identifiant;role;erreur"
    assert [line.split(";")[0] for line in lines[1:]] == ["'=nobody", "u2"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    confirm(teacher, file)
    again = teacher.get(reverse("courses:import_rejects", args=[file.pk]))
    assert again.content == answer.content, "the report keeps what was left out"


def test_rows_are_narrowed_by_what_becomes_of_them(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;operation\nu1;\nprof;inscrire\nghost;\n")
    rejected = words(teacher.get(page_of(file), {"show": "rejected"}))
    assert "ghost" in rejected
    assert "(u1)" not in rejected
    assert "(u1)" in words(teacher.get(page_of(file), {"show": "arrival"}))
    assert "No row of the file" in words(teacher.get(page_of(file), {"show": "departure"}))
    assert "(prof)" in words(teacher.get(page_of(file), {"show": "unchanged"}))


def test_encoding_separator_and_columns_are_corrected(teacher: Client) -> None:
    file = upload(teacher, in_course(), "qui,quoi\nu1,tutor\n")
    assert file.state == State.UNREAD
    shown = teacher.get(page_of(file)).content.decode()
    assert "Say which column holds" in shown
    assert ">u1" in shown
    fields = {"encoding": "UTF-8", "separator": ",", "column": ["person", "role"]}
    assert send(teacher, file, "read", **fields).status_code == 302
    file.refresh_from_db()
    assert file.state == State.SEEN
    confirm(teacher, file)
    assert people()["u1"] == "tutor"


def test_another_separator_forgets_the_columns_of_the_old_one(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nu1;tutor\n")
    send(teacher, file, "read", encoding="UTF-8", separator=",", column=["person", "role"])
    file.refresh_from_db()
    assert (file.state, file.reading["columns"]) == (State.UNREAD, [])
    send(teacher, file, "read", encoding="UTF-8", separator=";", column=[""])
    file.refresh_from_db()
    assert file.state == State.SEEN


@pytest.mark.parametrize(
    ("encoding", "separator", "column"), [("klingon", ";", ["person"]), ("UTF-8", "|", ["x"]), ("\x00", "", ["", ""])]
)
def test_a_reading_that_makes_no_sense_is_told(
    teacher: Client, encoding: str, separator: str, column: list[str]
) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nu1;tutor\n")
    send(teacher, file, "read", encoding=encoding, separator=separator, column=column)
    assert teacher.get(page_of(file)).status_code == 200
    assert "u1" not in people()


def test_rows_are_pasted_from_a_spreadsheet(teacher: Client) -> None:
    answer = teacher.post(in_course(), {"rows": "identifiant\trole\r\nu1\ttutor\r\nu2\tstudent\r\n"})
    assert answer.status_code == 302
    file = ImportFile.objects.get()
    assert (file.name, file.state) == ("pasted rows", State.SEEN)
    confirm(teacher, file)
    assert people() == {"prof": "editingteacher", "u1": "tutor", "u2": "student"}


def test_groups_are_created_only_when_asked(teacher: Client) -> None:
    text = "identifiant;groupe\nu1;TD 9\n"
    assert "no group of this code" in words(teacher.get(page_of(upload(teacher, in_course(), text))))
    file = upload(teacher, in_course(), text, creates_groups="on")
    confirm(teacher, file)
    assert Group.objects.get(course__code="C1").name == "TD 9"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose a file, or paste rows below."),
        ({"rows": "  "}, "Choose a file, or paste rows below."),
        ({"file": SimpleUploadedFile("a.csv", b"identifiant\n"), "rows": "identifiant"}, "not both"),
        ({"rows": "x" * 1_000_001}, "at most 1000000 characters"),
    ],
)
def test_a_form_without_one_file_says_so(teacher: Client, fields: dict[str, Any], said: str) -> None:
    answer = teacher.post(in_course(), fields)
    assert (answer.status_code, ImportFile.objects.count()) == (400, 0)
    assert said in words(answer)


def test_a_file_beyond_the_limit_is_dropped_while_it_arrives(teacher: Client) -> None:
    answer = teacher.post(in_course(), {"file": SimpleUploadedFile("a.csv", b"identifiant\n" + b"x" * BYTE_LIMIT)})
    assert (answer.status_code, ImportFile.objects.count()) == (400, 0)
    assert "more than 10 MiB" in words(answer)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"%PDF-1.4", b"PK\x03\x04garbage", b'identifiant\n"u1\n'])
def test_what_cannot_be_read_is_told_and_changes_nothing(teacher: Client, content: bytes) -> None:
    file = upload(teacher, in_course(), content)
    answer = teacher.get(page_of(file))
    assert (answer.status_code, file.state) == (200, State.UNREAD)
    assert 'role="alert"' in answer.content.decode()
    assert send(teacher, file, "confirm", digest="").status_code == 409


def test_whatever_the_file_is_its_page_has_an_answer(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The corpus of hostile files: each is looked at, and what is to be shown of it can be packed and told."""
    author = User.objects.get(username="prof")
    file = ImportFile.objects.create(author=author, kind="enrolments", name="f", data=b"", expires_at=timezone.now())
    states: Counter[str] = Counter()
    for case in (*FILES, *STRUCTURES):
        file.data, file.name, file.said = case.make(), case.name, {}
        work.look(file)
        states[file.state] += 1
        assert bool(say(file.said)) == (file.state == State.UNREAD), str(case)
        assert ("tally" in unpack(bytes(file.preview))) == (file.state == State.SEEN), str(case)
    assert states[State.SEEN] > 20
    assert states[State.UNREAD] > 60
    assert set(states) == {State.SEEN, State.UNREAD}


def test_a_file_belongs_to_its_author_alone(teacher: Client, staff: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    rejects = reverse("courses:import_rejects", args=[file.pk])
    assert [staff.get(page_of(file)).status_code, staff.get(rejects).status_code] == [404, 404]
    assert confirm(staff, file).status_code == 404
    Enrolment.objects.filter(person__username="prof").delete()  # lost the course
    assert [teacher.get(page_of(file)).status_code, confirm(teacher, file).status_code] == [404, 404]
    assert people() == {}


def test_a_teacher_loads_into_their_own_courses_the_roles_they_may_give(teacher: Client) -> None:
    CourseFactory(code="C2")
    file = upload(teacher, of_kind("enrolments"), "cours;identifiant;role\nC1;u1;\nC2;u2;\nC1;u3;editingteacher\n")
    shown = words(teacher.get(page_of(file)))
    assert "You edit no course of this code." in shown
    assert "You may not give this role in this course." in shown
    confirm(teacher, file)
    assert (people(), people("C2")) == ({"prof": "editingteacher", "u1": "student"}, {})
    addresses = [of_kind(kind) for kind in ("methods", "cohorts", "courses", "last-access", "unknown")]
    assert {teacher.get(address).status_code for address in addresses} == {404}


@pytest.mark.parametrize(
    ("kind", "text", "made"),
    [
        ("enrolments", "cours;identifiant\nC1;u1\n", lambda: "u1" in people()),
        (
            "methods",
            "operation;methode;cours;source\najout;cohorte;C1;K1\n",
            lambda: Method.objects.filter(kind=Method.Kind.COHORT_SYNC, source_cohort__code="K1").exists(),
        ),
        (
            "cohorts",
            "cohorte;nom;identifiant\nK2;Élus;u1\n",
            lambda: CohortMember.objects.filter(cohort__code="K2", person__username="u1").exists(),
        ),
        ("courses", "code;titre;plateforme\nC9;Neuf;ecampus\n", lambda: Course.objects.filter(code="C9").exists()),
        (
            "last-access",
            "cours;identifiant;dernier_acces\nC1;prof;2026-11-20T10:00:00Z\n",
            lambda: Participation.objects.filter(course__code="C1").exists(),
        ),
    ],
)
def test_the_cemu_loads_every_kind_of_file(staff: Client, kind: str, text: str, made: Any) -> None:
    CohortFactory(code="K1")
    file = upload(staff, of_kind(kind), text)
    assert (file.state, made()) == (State.SEEN, False), words(staff.get(page_of(file)))
    assert confirm(staff, file).status_code == 302
    file.refresh_from_db()
    assert (file.state, made()) == (State.DONE, True), words(staff.get(page_of(file)))
    assert staff.get(page_of(file)).status_code == 200
    template = staff.get(reverse("courses:import_template", args=[kind]))
    assert template.headers["Content-Disposition"] == f'attachment; filename="{kind}.csv"'
    empty = upload(staff, of_kind(kind), template.content)
    assert empty.state == State.SEEN, "a template is a file that can be read"


def test_a_course_made_meanwhile_is_not_overwritten_by_what_was_seen(staff: Client) -> None:
    file = upload(staff, of_kind("courses"), "code;titre;plateforme\nC9;Neuf;ecampus\n")
    CourseFactory(code="C9", title="Déjà là")
    assert confirm(staff, file).status_code == 409
    assert Course.objects.get(code="C9").title == "Déjà là"


def test_an_access_that_moved_meanwhile_is_looked_at_again(staff: Client, course: Course) -> None:
    file = upload(staff, of_kind("last-access"), "cours;identifiant;dernier_acces\nC1;u1;2026-11-20T10:00:00Z\n")
    Participation.objects.create(course=course, person=Person.objects.get(username="u1"), last_access=timezone.now())
    assert confirm(staff, file).status_code == 409
    assert "There is nothing to do." in words(staff.get(page_of(file)))


def test_leaving_the_page_loses_nothing_until_the_file_expires(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    for address in (reverse("courses:imports"), in_course()):
        assert page_of(file) in teacher.get(address).content.decode()
    assert work.purge() == 0
    ImportFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert work.purge() == 1
    assert teacher.get(page_of(file)).status_code == 404


def test_an_account_keeps_its_newest_files(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST", 2)
    files = [upload(teacher, in_course(), f"identifiant\nu{number}\n").pk for number in (1, 2, 3)]
    assert sorted(ImportFile.objects.values_list("pk", flat=True)) == files[1:]


def test_a_file_is_forgotten_on_demand(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    assert send(teacher, file, "drop").headers["Location"] == in_course()
    assert not ImportFile.objects.exists()


def test_a_large_file_is_the_work_of_a_worker(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[Any]] = []
    monkeypatch.setattr(celery_app, "send_task", lambda name, args, **_options: asked.append(args))
    monkeypatch.setattr(work, "AT_ONCE", 10)
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    assert (file.state, asked) == (State.WAITING, [[file.pk, "en"]])
    page = teacher.get(page_of(file))
    assert "The file is being read" in words(page)
    progress = teacher.get(page_of(file), headers={"HX-Request": "true"})
    assert 'id="import-work"' in progress.content.decode()
    for _ in range(2):  # a message that comes twice
        work.work_on_import(*asked[0])
    assert teacher.get(page_of(file), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    file.refresh_from_db()
    confirm(teacher, file)
    assert "u1" not in people()
    for _ in range(2):
        work.work_on_import(*asked[1])
    assert people()["u1"] == "student"
    assert Run.objects.filter(kind="file").count() == 1
    work.work_on_import(0, "fr")  # forgotten meanwhile


def test_without_a_broker_the_request_does_the_work(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(celery_app, "send_task", away)
    monkeypatch.setattr(work, "AT_ONCE", 10)
    assert upload(teacher, in_course(), "identifiant\nu1\n").state == State.SEEN


def test_a_file_is_told_in_both_languages(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nghost;\n")
    teacher.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert "Personne n’a" in words(teacher.get(page_of(file)))


def test_the_place_imports_is_shown_to_those_who_may_load(teacher: Client) -> None:
    assert reverse("courses:imports") in teacher.get("/").content.decode()
    student = signed_in("u1")
    assert reverse("courses:imports") not in student.get("/").content.decode()
