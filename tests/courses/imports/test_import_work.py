"""Who works on a file, when, and how long it is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from cohorts.bulk import file_run
from courses.imports import work
from courses.models import Course, ImportFile
from enrolhub import celery_app
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from tests.factories import (
    RunFactory,
)
from tests.import_files import confirm, in_course, page_of, people, send, upload, words

pytestmark = pytest.mark.django_db
State = ImportFile.State


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
    task = celery_app.tasks[work.WORK]
    for _ in range(2):  # a message that comes twice
        task(*asked[0])
    assert teacher.get(page_of(file), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    file.refresh_from_db()
    confirm(teacher, file)
    assert "u1" not in people()
    for _ in range(2):
        task(*asked[1])
    assert people()["u1"] == "student"
    assert Run.objects.filter(kind="file").count() == 1
    task(0, "fr")  # forgotten meanwhile


def test_a_file_that_is_being_loaded_is_not_forgotten_before_it_is(teacher: Client) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    ImportFile.objects.update(state=State.CONFIRMING)  # its worker died
    send(teacher, file, "drop")
    send(teacher, file, "look")
    file.refresh_from_db()
    assert file.state == State.SEEN
    file.delete()
    forgotten = ImportFile(pk=1, author_id=file.author_id, kind="cohorts", name="f", data=b"", state=State.WAITING)
    work.work_on(forgotten)  # dropped while it was read
    assert not ImportFile.objects.exists()


def test_another_file_of_the_course_that_is_being_loaded_comes_first(teacher: Client, course: Course) -> None:
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    RunFactory.create(kind="file", lane=f"file:enrolments:{course.pk}", state=Run.State.WAITING)
    answer = confirm(teacher, file)
    assert answer.status_code == 409
    assert "Another file of the same kind is being applied." in words(answer)
    assert "u1" not in people()


def test_while_its_run_waits_for_a_worker_the_page_follows_it(
    teacher: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(file_run, "AT_ONCE", 1)
    monkeypatch.setattr(file_run, "wake_worker", woken.append)
    file = upload(teacher, in_course(), "identifiant\nu1\nu2\n")
    with django_capture_on_commit_callbacks(execute=True):
        confirm(teacher, file)
    file.refresh_from_db()
    assert woken == [file.run]
    assert "Waiting" in words(teacher.get(page_of(file)))
    part = teacher.get(page_of(file), headers={"HX-Request": "true"}).content.decode()
    assert part.count("<progress") == 1
    assert 'hx-trigger="every 2s"' in part
    attempt_run(woken[0])
    assert teacher.get(page_of(file), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "every 2s" not in teacher.get(page_of(file)).content.decode()
    assert set(people()) == {"prof", "u1", "u2"}


def test_without_a_broker_the_request_does_the_work(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(celery_app, "send_task", away)
    monkeypatch.setattr(work, "AT_ONCE", 10)
    assert upload(teacher, in_course(), "identifiant\nu1\n").state == State.SEEN


def test_the_page_says_how_far_the_reading_is(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_app, "send_task", lambda *_args, **_options: None)
    monkeypatch.setattr(work, "AT_ONCE", 10)
    file = upload(teacher, in_course(), "identifiant\nu1\n")
    assert 'id="import-work"' in teacher.get(page_of(file)).content.decode()
    ImportFile.objects.update(stage="checking", percent=40)
    for headers in ({}, {"HX-Request": "true"}):  # opened anew, and asked for by itself
        page = teacher.get(page_of(file), headers=headers).content.decode()
        assert 'value="40" max="100" aria-label="Checking the values"' in page
        assert "40 %" in page


def test_who_works_on_a_file_notes_how_far_it_is(teacher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[tuple[str, int]] = []

    class Witness(work.ProgressNote):
        def __call__(self, stage: str, done: int, whole: int) -> None:
            super().__call__(stage, done, whole)
            noted.extend(ImportFile.objects.values_list("stage", "percent"))

    monkeypatch.setattr(work, "NOTED_EVERY", 0)
    monkeypatch.setattr(work, "ProgressNote", Witness)
    file = upload(teacher, in_course(), "identifiant\n" + "\n".join(f"x{number}" for number in range(1_100)))
    assert [stage for stage, _percent in noted if stage != "reading"] == ["checking"] * 3 + ["listing"] * 3
    for stage in ("reading", "checking", "listing"):
        assert [percent for told, percent in noted if told == stage][-3:] == [0, 45, 90]
    assert (file.state, file.stage, file.percent) == (State.SEEN, "", 0)
