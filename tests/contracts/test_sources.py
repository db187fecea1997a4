"""What every source promises, whatever it reads: the same rows, the same proofs, the same refusals."""

import pytest

from cohorts.models import ExtractFile, Snapshot, StagedRejection
from cohorts.sources.protocol import COLUMNS, ExtractRefused
from tests.contracts.places import FolderPlace, Place, land, problems, source_of_kind, staged_rows
from tests.registers import ADMINISTRATIVE, student_number

pytestmark = pytest.mark.django_db


def spoil(place: Place) -> None:
    """One row of the directory and one of APOGÉE that cannot be used."""
    place.registers.change("annuaire", {"supannAliasLogin": "e1"}, supannEmpId="é")
    place.registers.change(ADMINISTRATIVE, {"cod_etu": student_number(20)}, cod_etp="L1 INF")


def test_a_source_yields_the_rows_that_the_files_yield(place: Place, folder_place: FolderPlace) -> None:
    folder_place.write()
    expected = staged_rows(land("exchange_files"))
    place.write()
    given = staged_rows(land(place.kind))
    assert given == {name: expected[name] for name in place.lists}
    assert all(given.values())


def test_a_whole_extract_is_complete_and_says_where_it_comes_from(place: Place) -> None:
    place.write()
    snapshot = land(place.kind)
    assert (snapshot.verdict, problems(snapshot), snapshot.accepted) == ("complete", [], True)
    assert (snapshot.source, snapshot.is_whole) == (place.kind, False)
    assert sorted(snapshot.files.values_list("list_name", flat=True)) == sorted(place.lists)
    assert snapshot.location
    assert snapshot.extracted_at is not None


def test_an_unchanged_register_is_landed_once(place: Place) -> None:
    place.write()
    first = land(place.kind)
    landed = dict(ExtractFile.objects.values_list("pk", "landed_at"))
    second = land(place.kind)
    assert set(second.files.all()) == set(first.files.all())
    assert dict(ExtractFile.objects.values_list("pk", "landed_at")) == landed


def test_a_row_that_cannot_be_used_is_rejected_and_protects_whom_it_names(place: Place) -> None:
    spoil(place)
    place.write()
    snapshot = land(place.kind)
    found = set(StagedRejection.objects.values_list("file__list_name", "column", "reason", "protects"))
    expected = {
        ("annuaire", "supannEmpId", "bad_code", "e1"),
        ("annuaire", "supannEmpId", "bad_code", student_number(1)),
        (ADMINISTRATIVE, "cod_etp", "bad_code", student_number(20)),
    }
    assert found == {row for row in expected if row[0] in place.lists}
    assert snapshot.accepted


def test_a_source_that_cannot_be_reached_is_refused_with_its_place(place: Place) -> None:
    place.write()
    in_force = land(place.kind)
    place.break_reach()
    with pytest.raises(ExtractRefused) as caught:
        land(place.kind)
    refused = Snapshot.objects.get(verdict="refused")
    assert (refused.source, refused.accepted) == (place.kind, False)
    assert [problem["code"] for problem in refused.problems] == [caught.value.problem.code]
    assert caught.value.problem.code in {"manifest_missing", "directory_unreachable", "apogee_unreachable"}
    assert list(Snapshot.objects.filter(accepted=True)) == [in_force]


def test_a_sample_is_taken_without_landing_anything(place: Place) -> None:
    place.write()
    sample = source_of_kind(place.kind).tried(3)
    assert set(sample.counts) == set(place.lists)
    assert all(len(row) == len(COLUMNS[sample.list_name]) for row in sample.rows)
    assert len(sample.rows) == 3
    place.break_reach()
    with pytest.raises(ExtractRefused):
        source_of_kind(place.kind).tried(3)
    assert not Snapshot.objects.exists()


def test_a_list_that_shrank_proves_no_absence(place: Place) -> None:
    """Forty more people with registrations, then half of everything is gone."""
    for number in range(100, 140):
        place.registers.student(number)
    place.write()
    whole = land(place.kind)
    shrink(place)
    less = land(place.kind)
    assert (whole.verdict, less.verdict) == ("complete", "partial")
    assert "list_shrank" in {code for code, _ in problems(less)}


def shrink(place: Place) -> None:
    gone = range(100, 140)
    if place.kind == "directory_ldap":
        for number in gone:
            place.directory.remove(f"e{number}")  # type: ignore[union-attr]
    elif place.kind == "apogee_sql":
        people = [place.apogee.person(student_number(number)) for number in gone]  # type: ignore[union-attr]
        for table in ("ins_adm_etp", "ind_contrat_elp"):
            place.apogee.execute(f"DELETE FROM {table} WHERE cod_ind = ANY(%s)", people)  # type: ignore[union-attr]
    else:
        place.registers.leave(*gone)
        place.registers.write()
