"""What comes in: files and pasted rows, of any kind and size, and how they are read."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from courses.imports import work
from courses.imports.packing import Packed
from courses.models import ImportFile
from courses.pages.imports_told import say
from enrolhub.access.models import User
from enrolhub.web.sheets.container import BYTE_LIMIT
from tests.hostile.files import FILES
from tests.hostile.structures import STRUCTURES
from tests.import_files import confirm, in_course, page_of, people, send, upload, words

pytestmark = pytest.mark.django_db
State = ImportFile.State


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


@pytest.mark.slow
def test_rows_are_pasted_from_a_spreadsheet(teacher: Client) -> None:
    answer = teacher.post(in_course(), {"rows": "identifiant\trole\r\nu1\ttutor\r\nu2\tstudent\r\n"})
    assert answer.status_code == 302
    file = ImportFile.objects.get()
    assert (file.name, file.state) == ("pasted rows", State.SEEN)
    confirm(teacher, file)
    assert people() == {"prof": "editingteacher", "u1": "tutor", "u2": "student"}


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


def test_no_part_of_an_upload_is_written_to_a_disk(
    teacher: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AT_ONCE", BYTE_LIMIT)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    assert upload(teacher, in_course(), b"identifiant\n" + b"x" * 3_000_000).state == State.UNREAD


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"%PDF-1.4", b"PK\x03\x04garbage", b'identifiant\n"u1\n'])
def test_what_cannot_be_read_is_told_and_changes_nothing(teacher: Client, content: bytes) -> None:
    file = upload(teacher, in_course(), content)
    answer = teacher.get(page_of(file))
    assert (answer.status_code, file.state) == (200, State.UNREAD)
    assert 'role="alert"' in answer.content.decode()
    assert send(teacher, file, "confirm", digest="").status_code == 409


@pytest.mark.slow
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
        assert ("tally" in Packed(bytes(file.preview)).summary) == (file.state == State.SEEN), str(case)
    assert states[State.SEEN] > 20
    assert states[State.UNREAD] > 60
    assert set(states) == {State.SEEN, State.UNREAD}
