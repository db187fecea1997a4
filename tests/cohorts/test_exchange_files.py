"""Extracts as they come damaged: what is refused, with its place; what proves no absence; what is read all the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cohorts.models import ExtractFile, Snapshot, StagedRejection
from cohorts.snapshots import land_source
from cohorts.sources import exchange_files
from cohorts.sources.exchange_files import ExchangeFolder
from cohorts.sources.protocol import COLUMNS, OPTIONAL_COLUMNS, ExtractRefused
from cohorts.staging import REJECTIONS_KEPT, STAGED_MODELS
from enrolhub.sync.lease import take_lease
from enrolhub.sync.models import Run
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers

pytestmark = pytest.mark.django_db
DIRECTORY = "annuaire.csv"
PLACE = ("code", "file", "line", "column")


@pytest.fixture
def folder(registers: Registers) -> Path:
    return registers.write()


def land(folder: Path) -> Snapshot:
    """What the folder is worth, and its rows landed."""
    run = Run.objects.create(kind="night", lane=f"night:{Run.objects.count()}")
    return land_source(take_lease(run.pk), ExchangeFolder(folder))


def refusal(folder: Path) -> tuple[Any, ...]:
    """Why the folder is refused and where; no staged row is left of it."""
    with pytest.raises(ExtractRefused) as caught:
        land(folder)
    assert staged_rows() == 0
    problem = caught.value.problem
    return tuple(getattr(problem, name) for name in PLACE)


def problems(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    """Why the snapshot proves no absence."""
    assert snapshot.accepted
    assert (snapshot.verdict == "complete") == (not snapshot.problems)
    return [(problem["code"], problem["file"]) for problem in snapshot.problems]


def complaints(folder: Path) -> set[tuple[Any, ...]]:
    """Code and file of what is wrong, be the folder refused or partial."""
    try:
        return set(problems(land(folder)))
    except ExtractRefused as refused:
        return {(refused.problem.code, refused.problem.file)}


def staged_rows() -> int:
    rows = sum(model._default_manager.count() for model in STAGED_MODELS.values())
    return rows + StagedRejection.objects.count() + ExtractFile.objects.filter(landed_at__isnull=False).count()


def edit(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def write_manifest(folder: Path, content: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def forget_hashes(folder: Path) -> None:
    """A manifest that declares rows only."""
    content = manifest(folder)
    write_manifest(folder, content | {"files": {n: {"rows": f["rows"]} for n, f in content["files"].items()}})


def line_of(folder: Path, number: int) -> bytes:
    return (folder / DIRECTORY).read_bytes().split(b"\n")[number - 1]


def put_line(number: int, text: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = text
        return b"\n".join(lines)

    return change


def test_a_sound_folder_is_complete_and_accounts_for_every_line(folder: Path) -> None:
    snapshot = land(folder)
    assert problems(snapshot) == []
    for file in snapshot.files.all():
        physical = (folder / f"{file.list_name}.csv").read_bytes().count(b"\n")
        assert file.line_count == physical == 1 + file.row_count + file.blank_count
        assert STAGED_MODELS[file.list_name]._default_manager.filter(file=file).count() == file.row_count


@pytest.mark.parametrize("encoding", ["utf-8-sig", "crlf", "no_last_line_end", "blank_lines"])
def test_harmless_variations_read_the_same(registers: Registers, folder: Path, encoding: str) -> None:
    registers.person("zoe", sn="Élodie")
    registers.write()
    content = (folder / DIRECTORY).read_bytes()
    variation = {
        "utf-8-sig": b"\xef\xbb\xbf" + content,
        "crlf": content.replace(b"\n", b"\r\n"),
        "no_last_line_end": content.removesuffix(b"\n"),
        "blank_lines": content.replace(b"\n", b"\n\n"),
    }[encoding]
    forget_hashes(folder)
    (folder / DIRECTORY).write_bytes(variation)
    snapshot = land(folder)
    assert problems(snapshot) == []
    model = STAGED_MODELS["annuaire"]
    assert sorted(model._default_manager.values_list("username", "last_name"))[-1] == ("zoe", "Élodie")
    file = snapshot.files.get(list_name="annuaire")
    assert (file.row_count, file.rejected_count, file.blank_count) == (13, 0, {"blank_lines": 14}.get(encoding, 0))
    assert file.line_count == 1 + file.row_count + file.blank_count


def test_other_orders_more_columns_and_quotes_read_the_same(registers: Registers, folder: Path) -> None:
    rows = registers.lists["etapes"]
    columns = ["extra", *reversed(COLUMNS["etapes"]), "more"]
    lines = [";".join(f'"{column.upper()}"' for column in columns)]
    lines += [";".join(f'"{row.get(column, "x")}"' for column in columns) for row in rows]
    (folder / "etapes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    registers.declare()
    assert problems(land(folder)) == []
    found = STAGED_MODELS["etapes"]._default_manager.values_list("programme_code", "label", "component_label")
    assert sorted(found) == [("L1INF", "L1 Informatique", "UFR Sciences"), ("L2INF", "L2 Informatique", "UFR Sciences")]


def test_a_quoted_field_may_hold_separators_and_quotes(registers: Registers) -> None:
    registers.person("odd", sn='O"Neil; dit "Jo"')
    assert problems(land(registers.write())) == []
    assert STAGED_MODELS["annuaire"]._default_manager.filter(last_name='O"Neil; dit "Jo"').count() == 1


@pytest.mark.parametrize("tail", [1, 2, 3, 5, 8, 13, 21, 34, 40, 55, 68, 69, 70, 71, 90, 150])
def test_a_cut_file_never_proves_an_absence(registers: Registers, folder: Path, tail: int) -> None:
    """Whichever byte the transfer stopped at: the hash tells, or the cut line itself."""
    registers.change("annuaire", {"supannAliasLogin": "e12"}, sn="Éléonore")
    registers.write()
    edit(folder, DIRECTORY, lambda content: content[:-tail])
    assert complaints(folder) & {("hash_differs", DIRECTORY), ("undecodable", DIRECTORY)}


def test_a_file_cut_in_mid_character_is_refused_with_its_place(registers: Registers, folder: Path) -> None:
    registers.person("last", sn="É")
    registers.write()
    content = (folder / DIRECTORY).read_bytes()
    edit(folder, DIRECTORY, lambda content: content[: content.rindex("É".encode()) + 1])
    line = content.count(b"\n")
    column = content.rindex("É".encode()) - content.rindex(b"\n", 0, content.rindex("É".encode()))
    assert refusal(folder) == ("undecodable", DIRECTORY, line, str(column))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", ("column_missing", DIRECTORY, 1, "uid")),
        (b"\xef\xbb\xbf", ("column_missing", DIRECTORY, 1, "uid")),
        (b"\n\n\n", ("column_missing", DIRECTORY, 1, "uid")),
        (b"e1;e1;00000001;;Nom;Prenom;;;;\n", ("column_missing", DIRECTORY, 1, "uid")),
        (b"%PDF-1.7\n", ("column_missing", DIRECTORY, 1, "uid")),
        (b"PK\x03\x04\x00\x00", ("nul", DIRECTORY, 1, "")),
    ],
)
def test_what_is_no_list_is_refused(folder: Path, content: bytes, place: tuple[Any, ...]) -> None:
    (folder / DIRECTORY).write_bytes(content)
    assert refusal(folder) == place


def test_a_header_alone_is_an_empty_list_which_proves_nothing(registers: Registers, folder: Path) -> None:
    edit(folder, DIRECTORY, lambda content: content.split(b"\n")[0])
    registers.declare()
    assert problems(land(folder)) == [("list_empty", DIRECTORY)]


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "utf-16", "utf-16-le", "utf-32", "cp500"])
def test_another_encoding_is_refused(registers: Registers, folder: Path, encoding: str) -> None:
    registers.change("annuaire", {"supannAliasLogin": "e2"}, sn="Hélène")
    registers.write()
    edit(folder, DIRECTORY, lambda content: content.decode().encode(encoding))
    code, file, line, column = refusal(folder)
    name = line_of_text("Hélène", registers)
    expected: dict[str, Any] = {
        "cp1252": ("undecodable", name),
        "mac-roman": ("undecodable", name),
        "utf-16-le": ("undecodable", name),
    }
    assert (code, line) == expected.get(encoding, ("undecodable", 1))
    assert (file, bool(column)) == (DIRECTORY, code == "undecodable")


def line_of_text(name: str, registers: Registers) -> int:
    return 2 + [row["sn"] for row in registers.lists["annuaire"]].index(name)


@pytest.mark.parametrize("bad", [b"\xc0\xaf", b"\xed\xa0\x80", b"\xff", b"\xf4\x90\x80\x80"])
def test_bytes_that_are_no_text_are_refused(folder: Path, bad: bytes) -> None:
    edit(folder, DIRECTORY, put_line(5, b"e4;" + bad + b";00000004;;Nom;Prenom;;;;"))
    assert refusal(folder) == ("undecodable", DIRECTORY, 5, "4")


@pytest.mark.parametrize("column", [name for name in COLUMNS["annuaire"] if name not in OPTIONAL_COLUMNS])
def test_a_missing_column_is_named(folder: Path, column: str) -> None:
    edit(folder, DIRECTORY, lambda content: content.replace(column.encode(), b"autre", 1))
    assert refusal(folder) == ("column_missing", DIRECTORY, 1, column)


def test_the_same_column_twice_is_refused(folder: Path) -> None:
    edit(folder, DIRECTORY, lambda content: content.replace(b"\n", b";SN\n", 1))
    assert refusal(folder) == ("column_twice", DIRECTORY, 1, "sn")


@pytest.mark.parametrize(
    ("line", "text", "place"),
    [
        (4, b'e3;"e3;00000003;;Nom;Prenom;;;;', ("quote_open", 4)),
        (13, b'e12;e12;00000012;;Nom;Prenom;;;;"', ("quote_open", 13)),
        (4, b'e3;e3;00000003;;"Nom"x;Prenom;;;;', ("quote_misplaced", 4)),
        (4, b'e3;e3;00000003;;"Nom\nde";Prenom;;;;', ("quote_open", 4)),
        (1, b'"uid;supannAliasLogin', ("quote_open", 1)),
        (4, b"e3;e3\0;00000003;;Nom;Prenom;;;;", ("nul", 4)),
        (4, b"e3;e3;00000003;;Nom\rde;Prenom;;;;", ("stray_line_end", 4)),
        (4, b"e3;e3;00000003;;Nom;Prenom;;;;\r\r", ("stray_line_end", 4)),
        (4, b'e3;e3;00000003;;"' + b"x" * 200_000 + b'";Prenom;;;;', ("line_too_long", 4)),
    ],
)
def test_what_may_hide_rows_is_refused_with_its_line(
    folder: Path, line: int, text: bytes, place: tuple[str, int]
) -> None:
    edit(folder, DIRECTORY, put_line(line, text))
    assert refusal(folder) == (place[0], DIRECTORY, place[1], "")


def test_two_stray_quotes_that_swallow_rows_are_refused(folder: Path) -> None:
    """Read leniently, lines 3 to 8 would be one record of the right width."""
    edit(folder, DIRECTORY, put_line(3, b'e2;e2;00000002;;"Nom;Prenom;;;;'))
    edit(folder, DIRECTORY, put_line(8, b'e7;e7;00000007;;Nom";Prenom;;;;'))
    assert refusal(folder) == ("quote_open", DIRECTORY, 3, "")


def test_lines_that_end_by_a_carriage_return_alone_are_refused(folder: Path) -> None:
    edit(folder, DIRECTORY, lambda content: content.replace(b"\n", b"\r"))
    assert refusal(folder) == ("stray_line_end", DIRECTORY, 1, "")


def test_a_file_replaced_while_it_is_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash was taken of the file before; another content may not be kept under it."""
    hashed = exchange_files.hash_file

    def hash_then_replace(path: Path) -> tuple[str, int]:
        taken = hashed(path)
        if path.name == DIRECTORY:
            edit(folder, DIRECTORY, lambda content: content.replace(b"actif", b"ferme") + b"\n")
        return taken

    monkeypatch.setattr(exchange_files, "hash_file", hash_then_replace)
    assert refusal(folder) == ("file_changed", DIRECTORY, None, "")


def test_a_line_without_end_is_refused(folder: Path) -> None:
    edit(folder, DIRECTORY, lambda content: content + b"x" * (1 << 21))
    assert refusal(folder) == ("line_too_long", DIRECTORY, 14, "")


def test_the_last_list_refused_leaves_nothing_of_the_first_ones(folder: Path) -> None:
    edit(folder, "affectations_groupes.csv", lambda content: content + b'"')
    assert refusal(folder) == ("quote_open", "affectations_groupes.csv", 2, "")


@pytest.mark.parametrize(
    ("text", "column", "value", "reason"),
    [
        (b"e3;e3;00000003", "", "3", "cell_count"),
        (b"e3;e3;00000003;;Nom;Prenom;;;;;;", "", "12", "cell_count"),
        (b"uid;supannAliasLogin;77;;a;b;c;d;e;f", "", "", ""),
        (b"e3;;00000003;;Nom;Prenom;;;;", "supannAliasLogin", "", "empty"),
        (b"e3;e 3;00000003;;Nom;Prenom;;;;", "supannAliasLogin", "e 3", "bad_login"),
        ("e3;е3;00000003;;Nom;Prenom;;;;".encode(), "supannAliasLogin", "е3", "bad_login"),
        (b"e3;e3;2.2E+07;;Nom;Prenom;;;;", "supannEtuId", "2.2E+07", "bad_student_number"),
        ("e3;e3;²;;Nom;Prenom;;;;".encode(), "supannEtuId", "²", "bad_student_number"),
        ("e3;e3;٣;;Nom;Prenom;;;;".encode(), "supannEtuId", "٣", "bad_student_number"),
        (b"e3;e3;123456789;;Nom;Prenom;;;;", "supannEtuId", "123456789", "bad_student_number"),
        ("e3;e3;3;;Nom\u2028x;Prenom;;;;".encode(), "sn", "", ""),
        (b"e3;e3;3;;Nom\x07;Prenom;;;;", "sn", "Nom\x07", "control_character"),
        (b"e3;e3;3;;" + b"N" * 201 + b";Prenom;;;;", "sn", "N" * 200, "too_long"),
    ],
)
def test_a_row_that_cannot_be_used_is_accounted_for(
    registers: Registers, folder: Path, text: bytes, column: str, value: str, reason: str
) -> None:
    edit(folder, DIRECTORY, put_line(4, text))
    registers.declare()
    snapshot = land(folder)
    file = snapshot.files.get(list_name="annuaire")
    found = list(StagedRejection.objects.values_list("line", "column", "value", "reason").distinct())
    assert found == ([(4, column, value, reason)] if reason else [])
    assert (file.rejected_count, file.row_count) == (len(found), 12)
    assert file.line_count == 1 + file.row_count + file.blank_count


def test_a_row_that_names_nobody_protects_everybody(registers: Registers, folder: Path) -> None:
    edit(folder, f"{PEDAGOGICAL}.csv", put_line(4, b"2026;;L1INF;1;INF101;N;"))
    registers.declare()
    assert problems(land(folder)) == [("rows_unreadable", f"{PEDAGOGICAL}.csv")]


def test_a_group_that_cannot_be_read_protects_everybody(registers: Registers) -> None:
    registers.group("10", 1, 2)
    registers.change("groupes", {"cod_gpe": "10"}, cod_elp="INF 101")
    assert problems(land(registers.write())) == [("rows_unreadable", "groupes.csv")]


def test_beyond_a_thousand_rejected_rows_the_file_proves_nothing(registers: Registers) -> None:
    for number in range(REJECTIONS_KEPT + 1):
        registers.person(f"bad {number}", number=str(50_000 + number))
    snapshot = land(registers.write())
    assert problems(snapshot) == [("rows_unreadable", DIRECTORY)]
    assert snapshot.problems[0]["params"] == {"rows": 1}
    assert snapshot.files.get(list_name="annuaire").rejected_count == REJECTIONS_KEPT + 1


def test_the_same_entry_twice_counts_once_and_contradictions_are_all_rejected(registers: Registers) -> None:
    registers.lists["annuaire"].append(dict(registers.lists["annuaire"][0]))
    registers.person("e2", number="00000002", sn="Autre")
    registers.person("twin", number="00000003")
    registers.person("former", number="00000004", state="I")
    snapshot = land(registers.write())
    kept = set(STAGED_MODELS["annuaire"]._default_manager.values_list("username", flat=True))
    assert kept == {"e1", *(f"e{number}" for number in range(4, 13)), "former"}
    rejections = StagedRejection.objects.order_by("line").values_list("line", "column", "reason", "protects")
    assert list(rejections) == [
        (3, "supannAliasLogin", "contradiction", "e2"),
        (4, "supannEtuId", "contradiction", "e3"),
        (15, "supannAliasLogin", "contradiction", "e2"),
        (16, "supannEtuId", "contradiction", "twin"),
    ]
    assert problems(snapshot) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (None, ("manifest_missing", None, "")),
        (b"", ("manifest_malformed", 1, "1")),
        (b"{", ("manifest_malformed", 1, "2")),
        (b'{\n "files": {},,}', ("manifest_malformed", 2, "14")),
        (b"[]", ("manifest_malformed", 1, "1")),
        (b"null", ("manifest_malformed", 1, "1")),
        (b"[" * 100_000, ("manifest_malformed", None, "")),
        ('{"a": "é"}'.encode("cp1252"), ("manifest_undecodable", None, "")),
        ("{}".encode("utf-16"), ("manifest_undecodable", None, "")),
        (b"{}", ("manifest_bad_value", None, "extracted_at")),
    ],
)
def test_a_manifest_that_cannot_be_read_refuses_the_extract(
    folder: Path, text: bytes | None, place: tuple[Any, ...]
) -> None:
    path = folder / "manifest.json"
    path.unlink() if text is None else path.write_bytes(text)
    code, line, column = place
    assert refusal(folder) == (code, "manifest.json", line, column)


@pytest.mark.parametrize(
    ("key", "value", "column"),
    [
        ("extracted_at", None, "extracted_at"),
        ("extracted_at", 20261120, "extracted_at"),
        ("extracted_at", "yesterday", "extracted_at"),
        ("extracted_at", "2026-11-20T02:10:00", "extracted_at"),
        ("extracted_at", "2026-02-30T02:10:00+01:00", "extracted_at"),
        ("extracted_at", "9999-12-31T23:59:59-01:00", "extracted_at"),
        ("extracted_at", "0001-01-01T00:00:00+14:00", "extracted_at"),
        ("extracted_at", "a\0b", "extracted_at"),
        ("extracted_at", "\ud800", "extracted_at"),
        ("academic_years", None, "academic_years"),
        ("academic_years", [], "academic_years"),
        ("academic_years", "2026", "academic_years"),
        ("academic_years", ["26"], "academic_years"),
        ("academic_years", ["2026", True], "academic_years"),
        ("academic_years", ["２０２６"], "academic_years"),
        ("files", None, "files"),
        ("files", [], "files"),
        ("files", {"annuaire.csv": 12}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {}}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {"rows": "12"}}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {"rows": -1}}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {"rows": True}}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {"rows": 1.5}}, "files.annuaire.csv.rows"),
        ("files", {"annuaire.csv": {"rows": 2**31}}, "files.annuaire.csv.rows"),
    ],
)
def test_a_manifest_with_an_impossible_value_refuses_the_extract(
    folder: Path, key: str, value: object, column: str
) -> None:
    write_manifest(folder, manifest(folder) | {key: value})
    assert refusal(folder) == ("manifest_bad_value", "manifest.json", None, column)
    assert Snapshot.objects.filter(accepted=True).count() == 0


def test_a_manifest_may_have_a_mark_numbers_as_years_and_files_of_its_own(folder: Path) -> None:
    content = manifest(folder) | {"academic_years": [2026], "by": "export 3.1"}
    content["files"]["notes.txt"] = {"rows": 3}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8-sig")
    snapshot = land(folder)
    assert (problems(snapshot), snapshot.academic_years) == ([], ["2026"])


def test_what_the_manifest_says_otherwise_proves_no_absence(registers: Registers, folder: Path) -> None:
    content = manifest(folder)
    files = content["files"]
    files[DIRECTORY]["rows"] += 1
    files["etapes.csv"]["sha256"] = "0" * 64
    del files["elements.csv"]
    (folder / "groupes.csv").unlink()
    files[f"{ADMINISTRATIVE}.csv"]["sha256"] = files[f"{ADMINISTRATIVE}.csv"]["sha256"].upper()
    write_manifest(folder, content)
    assert problems(land(folder)) == [
        ("hash_differs", "etapes.csv"),
        ("file_undeclared", "elements.csv"),
        ("file_missing", "groupes.csv"),
        ("rows_differ", DIRECTORY),
    ]


def test_a_year_without_rows_proves_no_absence(registers: Registers) -> None:
    registers.years = ["2026", "2027"]
    registers.register(1, year="2027")
    snapshot = land(registers.write())
    assert [(p["code"], p["file"], p["params"]) for p in snapshot.problems] == [
        ("year_without_rows", f"{PEDAGOGICAL}.csv", {"year": "2027"})
    ]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert refusal(tmp_path / "nowhere") == ("manifest_missing", "manifest.json", None, "")
    assert refusal(tmp_path / "file") == ("manifest_missing", "manifest.json", None, "")


def test_a_file_that_the_system_does_not_let_us_read_is_refused(folder: Path) -> None:
    (folder / DIRECTORY).unlink()
    (folder / DIRECTORY).symlink_to("/proc/self/mem")
    assert refusal(folder) == ("file_unreadable", DIRECTORY, None, "")
