"""The demo university: FORMATS.md §1 and §2."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import Person, Snapshot
from courses import demo
from courses.models import Course, Enrolment, Participation
from courses.queries import courses_for
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Run
from tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small demo, in a folder of its own."""
    settings.ENROLHUB_DEMO = True
    settings.ENROLHUB_SOURCES_DIR = tmp_path / "extracts" / "current"
    for name, size in {"STUDENTS": 150, "COURSES": 30, "STAFF": 20}.items():
        monkeypatch.setattr(demo, name, size)
    current: Path = settings.ENROLHUB_SOURCES_DIR
    return current


def extracted_at(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["extracted_at"])


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file of the extract; its moment knows whole seconds only, and two extracts may share it."""
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    return {name: entry["sha256"] for name, entry in files.items()}


def nightly() -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("nightly")
    return int(ended.value.code or 0)


def test_loads_the_university_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo")
    counts = [model.objects.count() for model in (Person, Course, Enrolment, Participation, User)]
    assert Course.objects.count() == 30
    assert all(counts)
    assert set(Run.objects.values_list("kind", "state")) == {("demo", "applied"), ("file", "applied")}
    moment = extracted_at(folder)
    call_command("demo")
    assert [model.objects.count() for model in (Person, Course, Enrolment, Participation, User)] == counts
    assert extracted_at(folder) == moment
    assert "rejected" not in capsys.readouterr().err.replace(" 0 rejected", "")


@pytest.mark.slow
def test_the_accounts_sign_in_and_see_what_they_should(folder: Path) -> None:
    call_command("demo")
    teacher, cemu, operator, student = demo.DEMO_ACCOUNTS
    for account in (teacher, cemu, operator, student):
        assert User.objects.get(username=account.username).check_password(account.password)
    assert courses_for(User.objects.get(username=teacher.username)).count() > 1
    assert courses_for(User.objects.get(username=cemu.username)).count() == 30
    assert not courses_for(User.objects.get(username=student.username)).exists()
    kinds = SiteRole.objects.filter(user__username=operator.username).order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["approver", "operator"]
    assert Person.objects.get(username=student.username).student_number


@pytest.mark.slow
def test_a_loading_that_was_cut_short_is_done_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(demo, "FILES", demo.FILES[:3])
        cut.setattr(demo, "BIG_COURSES", "cut")
        with pytest.raises(TypeError):
            call_command("demo")
    assert list(demo.DEMO_ACCOUNTS) == []
    call_command("demo")
    assert len(demo.DEMO_ACCOUNTS) == 4
    assert Course.objects.count() == 30


def test_a_database_with_something_else_in_it_is_left_alone(folder: Path) -> None:
    CourseFactory()
    with pytest.raises(CommandError) as refused:
        call_command("demo")
    assert refused.value.returncode == 2
    assert not Person.objects.exists()
    assert not folder.exists()


@pytest.mark.slow
def test_each_night_after_the_first_reads_an_extract_of_its_own(folder: Path) -> None:
    call_command("demo")
    first = hashes(folder)
    assert nightly() == 0
    assert hashes(folder) == first
    assert nightly() in (0, 3)
    assert hashes(folder) != first
    assert list(Snapshot.objects.values_list("verdict", flat=True)) == ["complete"] * 3
    assert sorted(path.name for path in folder.parent.iterdir()) == ["current"]
    assert (folder / "espaces.csv").exists()


def test_the_extract_is_never_stale(folder: Path, settings: Settings) -> None:
    call_command("demo")
    demo.write_next_extract(folder)
    age = timezone.now() - datetime.fromisoformat(extracted_at(folder))
    assert age < timedelta(minutes=1)


def test_an_exchange_of_folders_that_was_cut_short_is_finished(folder: Path) -> None:
    call_command("demo")
    following, former = demo.beside(folder)
    folder.rename(former)
    former.with_name("current.copy").mkdir()
    (former.with_name("current.copy")).rename(following)
    demo.refresh_demo_extract()
    assert folder.exists()
    assert not former.exists()


def test_outside_a_demo_no_extract_is_touched(folder: Path, settings: Settings) -> None:
    call_command("demo")
    nightly()
    moment = extracted_at(folder)
    settings.ENROLHUB_DEMO = False
    demo.refresh_demo_extract()
    assert extracted_at(folder) == moment
