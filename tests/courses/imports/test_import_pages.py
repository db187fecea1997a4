"""Loading files on the web: seen row by row, confirmed exactly so, reported, taken back; by whom, into what."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cohorts.models import CohortMember, Person
from courses.advice import Way
from courses.models import Course, Enrolment, Group, ImportFile, Method, Participation
from courses.pages.advised import told
from enrolhub.access.models import Event, User
from enrolhub.sync.models import Run
from tests.factories import (
    CohortFactory,
    CourseFactory,
    PersonFactory,
)
from tests.html import part_of, soup_of
from tests.import_files import confirm, in_course, of_kind, page_of, people, send, signed_in, upload, words

pytestmark = pytest.mark.django_db
State = ImportFile.State


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


def test_fifty_rows_cost_as_many_queries_as_one(teacher: Client) -> None:
    costs = []
    for count in (1, 50):
        names = [PersonFactory(username=f"many{count}x{number}").username for number in range(count)]
        file = upload(teacher, in_course(), "identifiant\n" + "\n".join([*names, "ghost"]))
        with CaptureQueriesContext(connection) as queries:
            assert "many" in words(teacher.get(page_of(file), {"per_page": 100}))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_groups_are_created_only_when_asked(teacher: Client) -> None:
    text = "identifiant;groupe\nu1;TD 9\n"
    assert "no group of this code" in words(teacher.get(page_of(upload(teacher, in_course(), text))))
    file = upload(teacher, in_course(), text, creates_groups="on")
    confirm(teacher, file)
    assert Group.objects.get(course__code="C1").name == "TD 9"


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


def test_a_file_is_told_in_both_languages(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant;role\nghost;\n")
    teacher.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert "Personne n’a" in words(teacher.get(page_of(file)))


def test_the_place_imports_is_shown_to_those_who_may_load(teacher: Client) -> None:
    assert reverse("courses:imports") in teacher.get("/").content.decode()
    student = signed_in("u1")
    assert reverse("courses:imports") not in student.get("/").content.decode()


def test_pages_of_a_course_and_the_assistant_lead_to_the_form(teacher: Client, staff: Client, course: Course) -> None:
    methods = reverse("courses:methods", args=["C1"])
    assert of_kind("methods") in staff.get(methods).content.decode()
    assert of_kind("methods") not in teacher.get(methods).content.decode()
    assert in_course() in teacher.get(reverse("courses:participants", args=["C1"])).content.decode()
    account = User.objects.get(username="prof")
    assert told(Way.ENROL_FILE, course, account).url == in_course()
    assert told(Way.MANY_FILE, None, User.objects.get(username="cemu")).url == reverse("courses:imports")
