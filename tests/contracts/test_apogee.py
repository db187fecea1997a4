"""APOGÉE by SQL on a real database: one transaction, all or nothing, whatever the tables look like."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from pytest_django import Settings

from cohorts.models import Snapshot, StagedGroup, StagedProgramme, StagedUnit, StagedUnitRegistration
from cohorts.sources import apogee_sql
from cohorts.sources.apogee_queries import Query
from cohorts.sources.apogee_tables import SHAPES
from cohorts.sources.protocol import ExtractRefused
from courses.models import CourseUnit
from tests.contracts.places import ApogeePlace, land, problems, staged_rows, tell
from tests.factories import CourseFactory
from tests.registers import student_number
from tests.servers.apogee import Apogee

pytestmark = pytest.mark.django_db
KIND = "apogee_sql"
CONTRACT = "INSERT INTO ind_contrat_elp VALUES (%s, %s, %s, %s, %s, 'LSE2', 'N', NULL)"


@pytest.fixture
def filled(apogee_place: ApogeePlace) -> Apogee:
    apogee_place.write()
    return apogee_place.apogee


def refusal() -> tuple[str, str, str]:
    """Code, list and the words of the database; what was in force stays so."""
    accepted = list(Snapshot.objects.filter(accepted=True))
    with pytest.raises(ExtractRefused) as caught:
        land(KIND)
    assert list(Snapshot.objects.filter(accepted=True)) == accepted
    problem = caught.value.problem
    return problem.code, problem.file, str(problem.params.get("error", ""))


def following(unit: str, version: str = "1") -> list[tuple[str, str]]:
    """Who takes an element, and on which étape that counts."""
    rows = StagedUnitRegistration.objects.filter(unit_code=unit, followed="N", version_code=version)
    return sorted(rows.values_list("student_number", "programme_code"))


def link(*codes: str) -> None:
    """A course space linked to these codes."""
    for code in codes:
        CourseUnit.objects.create(course=CourseFactory(), unit_code=code)


def children(apogee: Apogee, *pairs: str, **changed: str) -> None:
    """Links of the curricula, « parent>child »."""
    values = {"eta_elp_fils": "O", "tem_sus_elp_fils": "N", "eta_lse": "O", "date_fermeture_lien": ""} | changed
    rows = [(*pair.split(">"), *values.values()) for pair in pairs]
    apogee.insert(
        "elp_regroupe_elp (cod_elp_pere, cod_elp_fils, eta_elp_fils, tem_sus_elp_fils, eta_lse, date_fermeture_lien)",
        rows,
    )


# --- what is refused ---------------------------------------------------------------------------------------------------

Break = Callable[[Settings, Apogee], None]


def write_no_address(settings: Settings, apogee: Apogee) -> None:
    settings.APOGEE_DATABASE_URL = "apogee"


def speak_an_unknown_language(settings: Settings, apogee: Apogee) -> None:
    settings.APOGEE_DATABASE_URL = "db2://enrolhub@127.0.0.1/apogee"


def close_the_port(settings: Settings, apogee: Apogee) -> None:
    settings.APOGEE_DATABASE_URL = "postgresql://enrolhub:secret@127.0.0.1:1/apogee"


def mistake_the_schema(settings: Settings, apogee: Apogee) -> None:
    settings.APOGEE_SCHEMA = "nowhere"


def drop_a_column(settings: Settings, apogee: Apogee) -> None:
    apogee.execute("ALTER TABLE ind_contrat_elp DROP COLUMN tem_prc_ice")


def lose_a_table(settings: Settings, apogee: Apogee) -> None:
    apogee.execute("DROP TABLE groupe")


def lose_a_right(settings: Settings, apogee: Apogee) -> None:
    """The tables are another account's; ours may read all of them but one."""
    role = f"reader_{apogee.schema}"
    apogee.execute(f'CREATE ROLE "{role}" LOGIN')
    apogee.execute(f'GRANT USAGE ON SCHEMA "{apogee.schema}" TO "{role}"')
    apogee.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{apogee.schema}" TO "{role}"')
    apogee.execute(f'REVOKE SELECT ON ins_adm_etp FROM "{role}"')
    settings.APOGEE_DATABASE_URL = apogee.server.replace("//enrolhub@", f"//{role}@")


def know_no_such_year(settings: Settings, apogee: Apogee) -> None:
    settings.APOGEE_YEARS = ["2026", "2031"]


def open_no_year(settings: Settings, apogee: Apogee) -> None:
    apogee.execute("UPDATE annee_uni SET eta_anu_iae = 'F'")


REFUSED: list[tuple[Break, str, str]] = [
    (write_no_address, "apogee_address", ""),
    (speak_an_unknown_language, "apogee_address", ""),
    (close_the_port, "apogee_unreachable", ""),
    (mistake_the_schema, "apogee_query", "annees.csv"),
    (drop_a_column, "apogee_query", "inscriptions_pedagogiques.csv"),
    (lose_a_table, "apogee_query", "groupes.csv"),
    (lose_a_right, "apogee_query", "etapes.csv"),
    (know_no_such_year, "apogee_years", "annees.csv"),
    (open_no_year, "apogee_years", "annees.csv"),
]


@pytest.mark.parametrize(("break_it", "code", "file"), REFUSED, ids=[each.__name__ for each, _, _ in REFUSED])
def test_what_cannot_be_read_whole_is_refused_with_its_list(
    filled: Apogee, settings: Settings, break_it: Break, code: str, file: str
) -> None:
    land(KIND)
    break_it(settings, filled)
    assert refusal()[:2] == (code, file)
    assert "secret" not in str(Snapshot.objects.get(accepted=False).problems)


def test_a_connection_cut_in_the_middle_refuses_the_extract(
    filled: Apogee, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends our session while the pedagogical registrations are being read."""
    land(KIND)
    for number in range(100, 140):
        filled.execute(CONTRACT, "2026", filled.person(student_number(number)), "L1INF", 1, "INF101")
    monkeypatch.setattr(apogee_sql, "ARRAY", 5)
    read = apogee_sql.ApogeeReading.rows_of

    def cut_after_some(reading: apogee_sql.ApogeeReading, name: str, query: Query) -> Iterator[list[str]]:
        for place, row in enumerate(read(reading, name, query)):
            if name == "inscriptions_pedagogiques" and place == 7:
                end_sessions(filled)
            yield row

    monkeypatch.setattr(apogee_sql.ApogeeReading, "rows_of", cut_after_some)
    assert refusal()[:2] == ("apogee_cut", "inscriptions_pedagogiques.csv")


def end_sessions(apogee: Apogee) -> None:
    with psycopg.connect(apogee.server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_rows_that_the_database_counts_and_does_not_give_make_the_extract_partial(
    filled: Apogee, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = apogee_sql.ApogeeReading.rows_of

    def all_but_one(reading: apogee_sql.ApogeeReading, name: str, query: Query) -> Iterator[list[str]]:
        rows = list(read(reading, name, query))
        yield from rows[: -1 if name == "groupes" else None]

    monkeypatch.setattr(apogee_sql.ApogeeReading, "rows_of", all_but_one)
    assert problems(land(KIND)) == [("rows_differ", "groupes.csv")]


# --- what is read ------------------------------------------------------------------------------------------------------


def test_nothing_can_be_written(filled: Apogee) -> None:
    with apogee_sql.reading_transaction() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql(f'DELETE FROM "{filled.schema}".groupe')


@pytest.mark.slow
def test_padded_columns_give_the_same_rows(filled: Apogee) -> None:
    """A copy of APOGÉE through columns of a fixed width: right-padded with blanks."""
    expected = staged_rows(land(KIND))
    for table, columns in {
        "etape": "cod_etp",
        "version_etape": "cod_etp cod_cmp",
        "vdi_fractionner_vet": "cod_etp",
        "composante": "cod_cmp",
        "annee_uni": "eta_anu_iae",
        "ins_adm_etp": "cod_etp eta_iae eta_pmt_iae",
        "ins_pedagogi_etp": "cod_etp",
        "ind_contrat_elp": "cod_etp cod_elp tem_prc_ice",
        "element_pedagogi": "cod_elp cod_pel cod_cmp",
        "gpe_obj": "cod_elp typ_obj_gpo",
    }.items():
        for column in columns.split():
            filled.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE CHAR(10)")
    again = land(KIND)
    assert again.verdict == "complete"
    assert staged_rows(again) == expected


def test_views_of_the_same_columns_give_the_same_rows(filled: Apogee, settings: Settings) -> None:
    expected = staged_rows(land(KIND))
    for name in SHAPES:
        filled.execute(f"CREATE VIEW enrolhub_{name.lower()} AS SELECT * FROM {name.lower()}")
    settings.APOGEE_VIEW_PREFIX = "ENROLHUB_"
    assert staged_rows(land(KIND)) == expected


def test_a_copy_says_when_it_was_refreshed(filled: Apogee, settings: Settings) -> None:
    filled.execute("CREATE TABLE fraicheur (rafraichi_le TIMESTAMP)")
    filled.execute("INSERT INTO fraicheur VALUES (now() AT TIME ZONE 'Europe/Paris' - INTERVAL '2 days')")
    settings.APOGEE_REFRESHED_AT = f"{filled.schema}.fraicheur.rafraichi_le"
    assert [code for code, _ in problems(land(KIND))] == ["stale"]
    filled.execute("DELETE FROM fraicheur")
    assert refusal()[0] == "apogee_refreshed_at"


def test_a_space_takes_who_is_registered_below_its_element(filled: Apogee) -> None:
    """INF101 holds INF1A, which holds INF1B, which by mistake holds INF101 again; INF1C was closed."""
    filled.insert("element_pedagogi", [(code, code, "S1", "SCI") for code in ("INF1A", "INF1B", "INF1C")])
    children(filled, "INF101>INF1A", "INF1A>INF1B", "INF1B>INF101")
    children(filled, "INF101>INF1C", eta_lse="F")
    for number, unit in ((20, "INF1B"), (21, "INF1C")):
        filled.execute(CONTRACT, "2026", filled.person(student_number(number)), "L1INF", 1, unit)
    link("INF101+", "INF1A..", "INF101")
    snapshot = land(KIND)
    below = [number for number, _ in following("INF101+")]
    assert snapshot.verdict == "complete"
    assert below == [*(student_number(number) for number in range(1, 7)), student_number(20)]
    assert [number for number, _ in following("INF1A..")] == [student_number(number) for number in range(1, 7)]
    assert student_number(20) not in [number for number, _ in following("INF101")]
    assert set(StagedUnit.objects.filter(label="Algorithmique 1").values_list("unit_code", flat=True)) == {
        "INF101",
        "INF101+",
    }


@pytest.mark.parametrize(
    "closed",
    [{"eta_elp_fils": "F"}, {"tem_sus_elp_fils": "O"}, {"eta_lse": "F"}, {"date_fermeture_lien": "2020-01-01"}],
    ids=lambda closed: next(iter(closed)),
)
def test_a_closed_link_leads_nowhere(filled: Apogee, closed: dict[str, str]) -> None:
    children(filled, "INF101>INF201", **closed)
    link("INF101+")
    land(KIND)
    assert {number for number, _ in following("INF101+")} == {student_number(number) for number in range(1, 7)}


@pytest.mark.parametrize("carried", [True, False])
def test_students_of_a_carried_element_are_in_its_carriers_space(
    filled: Apogee, settings: Settings, carried: bool
) -> None:
    filled.insert("element_pedagogi", [("MUT1", "Cours mutualisé", "S1", "SCI")])
    filled.insert("elp_porteur_porte", [("2026", "MUT1", "INF201"), ("2025", "MUT1", "INF101")])
    settings.APOGEE_CARRIED_UNITS = carried
    assert land(KIND).verdict == "complete"
    assert following("MUT1") == ([(student_number(1), "L2INF")] if carried else [])


def test_the_main_registration_is_the_one_that_elements_of_other_years_count_under(filled: Apogee) -> None:
    """Student 1 is on L1INF and, mainly, on L2INF; an element of L3INF, where there is no registration, is a debt."""
    person = filled.person(student_number(1))
    filled.execute("UPDATE ins_adm_etp SET tem_iae_prm = 'N' WHERE cod_ind = %s AND cod_etp = 'L1INF'", person)
    filled.execute(CONTRACT, "2026", person, "L3INF", 1, "INF301")
    filled.execute("INSERT INTO ins_pedagogi_etp VALUES ('2026', %s, 'L3INF', 1, 'D')", person)
    land(KIND)
    assert following("INF301") == [(student_number(1), "L2INF")]


def test_groups_are_those_of_the_years_read(filled: Apogee) -> None:
    filled.insert("groupe", [(77, "VIEUX", "Ancien groupe", "2020", "2024"), (78, "TOUS", "Toujours", "", "")])
    filled.insert("gpe_obj (cod_gpe, typ_obj_gpo, cod_elp)", [(77, "ELP", "INF101"), (78, "ELP", "INF101")])
    filled.insert("gpe_obj (cod_gpe, typ_obj_gpo, cod_etp)", [(78, "VET", "L1INF")])
    land(KIND)
    assert set(StagedGroup.objects.values_list("academic_year", "group_number")) == {
        ("2026", "10"),
        ("2026", "11"),
        ("2026", "78"),
    }


def test_a_version_that_is_no_longer_valid_stays_while_somebody_is_registered_on_it(filled: Apogee) -> None:
    filled.execute("UPDATE vdi_fractionner_vet SET daa_fin_val_vet = '2020'")
    filled.execute("DELETE FROM ins_adm_etp WHERE cod_etp = 'L2INF'")
    land(KIND)
    assert set(StagedProgramme.objects.values_list("programme_code", flat=True)) == {"L1INF"}


def test_years_of_the_setting_are_read_whatever_their_state(filled: Apogee, settings: Settings) -> None:
    tell(settings, {"APOGEE_YEARS": ["2025"]})
    assert land(KIND).academic_years == ["2025"]
