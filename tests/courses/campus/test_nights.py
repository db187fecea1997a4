"""What happens in one night: as much as asked, spread over the university, in the ways in which people come and go."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from courses.campus.nights import write_next_night
from courses.campus.plan import CampusError, paris_moment
from tests.courses.campus.reading import CampusReader, Reader, digests_of, enrolments_by, registration_of

SATURDAY = paris_moment("2026-11-21T02:10:00")


@pytest.mark.parametrize("churn", [0.0, 0.02, 0.1])
def test_a_night_changes_the_share_of_registrations_that_was_asked(
    demo_folder: Path, demo: CampusReader, tmp_path: Path, churn: float
) -> None:
    write_next_night(demo_folder, tmp_path / "night", extracted_at=SATURDAY, churn=churn, seed=3)
    after = Reader(tmp_path / "night").counting
    left, arrived = len(demo.counting - after), len(after - demo.counting)
    assert left == arrived == pytest.approx(len(demo.counting) * churn / 2, abs=1)


def test_enrolments_leave_and_arrive_all_over_the_courses(demo: CampusReader, second_night: Reader) -> None:
    after = enrolments_by(second_night, demo.spaces)
    before = demo.enrolments
    for changed in (before - after, after - before):
        courses = Counter(course for course, _ in changed)
        assert 0.005 * len(before) < len(changed) < 0.015 * len(before)
        assert len(courses) > 100
        assert max(courses.values()) < 15


def test_people_leave_in_every_way(demo: CampusReader, second_night: Reader) -> None:
    states = {registration_of(each): each["eta_iae"] for each in second_night.administrative}
    cancelled = [
        each for each in demo.administrative if each["eta_iae"] == "E" and states[registration_of(each)] in "AR"
    ]
    accounts = {each["uid"]: each["supannRessourceEtat"] for each in second_night.directory}
    closed = [
        each["uid"]
        for each in demo.directory
        if not each["supannRessourceEtat"].startswith("{COMPTE}I")
        and accounts.get(each["uid"], "{COMPTE}I").startswith("{COMPTE}I")
    ]
    gone = {(*registration_of(each), each["cod_elp"]) for each in demo.contracts}
    gone -= {(*registration_of(each), each["cod_elp"]) for each in second_night.contracts}
    assert len(cancelled) >= 5
    assert len(closed) >= 2
    assert len(gone) > 200
    assert {each["dat_mod_iae"] for each in second_night.administrative if each not in demo.administrative} == {
        "2026-11-21"
    }


def test_an_account_vanishes_or_is_closed(demo: CampusReader, demo_folder: Path, tmp_path: Path) -> None:
    write_next_night(demo_folder, tmp_path / "night", extracted_at=SATURDAY, churn=0.2, seed=3)
    after = {each["uid"]: each["supannRessourceEtat"] for each in Reader(tmp_path / "night").directory}
    open_before = [each["uid"] for each in demo.directory if each["supannRessourceEtat"] == "{COMPTE}A SupannActif"]
    assert Counter(after.get(uid, "vanished") for uid in open_before).keys() == {
        "{COMPTE}A SupannActif",
        "{COMPTE}I SupannInactif",
        "vanished",
    }


def test_people_arrive_in_every_way(demo: CampusReader, second_night: Reader) -> None:
    before = {registration_of(each): each for each in demo.administrative}
    new = [each for each in second_night.administrative if registration_of(each) not in before]
    paid = [
        each
        for each in second_night.administrative
        if registration_of(each) in before
        and (before[registration_of(each)]["eta_pmt_iae"], each["eta_pmt_iae"]) == ("A", "P")
    ]
    had = {registration_of(each) for each in demo.contracts}
    late = {registration_of(each) for each in second_night.contracts} - had - {registration_of(each) for each in new}
    known = {each["supannEtuId"] for each in second_night.directory}
    assert len(new) >= 3
    assert {each["cod_etu"] for each in new} <= known - {each["supannEtuId"] for each in demo.directory}
    assert len(paid) >= 1
    assert len(late) >= 3


def test_newcomers_have_the_numbers_after_the_last_one(demo: CampusReader, second_night: Reader) -> None:
    last = max(int(each["cod_etu"]) for each in demo.administrative)
    numbers = sorted(int(each["cod_etu"]) for each in second_night.administrative if int(each["cod_etu"]) > last)
    assert numbers == list(range(last + 1, last + 1 + len(numbers)))


def test_students_change_group(demo: CampusReader, second_night: Reader) -> None:
    group_of = {each["cod_gpe"]: (each["cod_elp"], each["lib_gpe"][:2]) for each in demo.groups}
    before = {(each["cod_etu"], *group_of[each["cod_gpe"]]): each["cod_gpe"] for each in demo.places}
    after = {(each["cod_etu"], *group_of[each["cod_gpe"]]): each["cod_gpe"] for each in second_night.places}
    moved = [key for key in before if key in after and before[key] != after[key]]
    assert len(moved) == pytest.approx(len(demo.places) * 0.005, rel=0.2)


def test_somebody_takes_another_name(demo: CampusReader, second_night: Reader) -> None:
    names = {each["uid"]: each["sn"] for each in demo.directory}
    assert [each["uid"] for each in second_night.directory if names.get(each["uid"], each["sn"]) != each["sn"]]


def test_a_night_needs_the_extract_of_the_night_before_alone(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder / "nights" / "01", tmp_path / "current")
    before = digests_of(tmp_path / "current")
    write_next_night(
        tmp_path / "current", tmp_path / "next", extracted_at=SATURDAY + timedelta(days=1), churn=0.02, seed=1
    )
    assert digests_of(tmp_path / "current") == before
    assert digests_of(tmp_path / "next") == digests_of(demo_folder / "nights" / "02")


def test_another_moment_gives_another_night(demo_folder: Path, tmp_path: Path) -> None:
    for name, moment in (("a", SATURDAY), ("b", SATURDAY + timedelta(days=1))):
        write_next_night(demo_folder, tmp_path / name, extracted_at=moment, churn=0.02, seed=1)
    a, b = (set((tmp_path / name / "inscriptions_pedagogiques.csv").read_text().split("\n")) for name in "ab")
    assert len(a ^ b) > 500


def test_a_night_is_not_written_over_anything(demo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "manifest.json").write_text("{}")
    with pytest.raises(CampusError, match="is not empty"):
        write_next_night(demo_folder, tmp_path / "night", extracted_at=SATURDAY, churn=0.02, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["night"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("annuaire.csv", None, "annuaire.csv: No such file"),
        ("manifest.json", "{", "does not hold the extract of a campus"),
        ("annuaire.csv", "", "does not hold the extract of a campus"),
        ("annuaire.csv", "uid;sn\n", "its header or its rows"),
        ("etapes.csv", "code\n", "its header"),
        ("inscriptions_pedagogiques.csv", "a;b\n", "its header"),
    ],
)
def test_a_night_after_something_else_is_refused_and_leaves_nothing(
    demo_folder: Path, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    shutil.copytree(demo_folder / "nights" / "01", tmp_path / "previous")
    (tmp_path / "previous" / name).unlink()
    if text is not None:
        (tmp_path / "previous" / name).write_text(text)
    with pytest.raises(CampusError, match=message):
        write_next_night(tmp_path / "previous", tmp_path / "night", extracted_at=SATURDAY, churn=0.02, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["previous"]


def test_a_share_that_is_none_is_refused(demo_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CampusError, match=r"churn: nan is not between 0 and 0\.5"):
        write_next_night(demo_folder, tmp_path / "night", extracted_at=SATURDAY, churn=float("nan"), seed=1)
