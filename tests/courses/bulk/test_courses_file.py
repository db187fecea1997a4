"""import_courses: FORMATS.md §4."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course, CourseUnit, Method
from tests.bulk_files import Load
from tests.factories import CourseFactory, CourseUnitFactory, platform

pytestmark = pytest.mark.django_db
COMMAND = "import_courses"
HEADER = "code;titre;plateforme;composante;annee;creation;elements;visible\n"
ROW = "C1;Droit civil;ecampus;DRO;2026;auto;ELP1|elp2;oui\n"


def courses() -> list[tuple[object, ...]]:
    columns = ("code", "title", "platform__code", "component", "academic_year", "created_automatically", "visible")
    return list(Course.objects.order_by("code").values_list(*columns))


def units() -> list[tuple[str, str]]:
    return sorted(CourseUnit.objects.values_list("course__code", "unit_code"))


def kinds(code: str) -> list[str]:
    return list(Method.objects.filter(course__code=code).order_by("position").values_list("kind", flat=True))


def test_creates_a_course_with_its_units_and_methods(load: Load) -> None:
    assert load(COMMAND, HEADER + ROW).result == (0, {"rows": 1, "accepted": 1, "arrivals": 1})
    assert courses() == [("C1", "Droit civil", "ecampus", "DRO", "2026", True, True)]
    assert units() == [("C1", "ELP1"), ("C1", "ELP2")]
    assert kinds("C1") == ["database", "manual"]
    assert list(Course.objects.values_list("title_key", "search_key")) == [("droit civil", "droit civil c1 dro")]


def test_a_course_on_a_platform_fed_by_cohorts_has_only_the_manual_method(load: Load) -> None:
    load(COMMAND, "code;title;platform;creation;visible\nC1;Pharmacy;collegium;manuelle;no\n")
    assert courses() == [("C1", "Pharmacy", "collegium", "", "", False, False)]
    assert kinds("C1") == ["manual"]


def test_loading_the_same_file_again_changes_nothing(load: Load) -> None:
    load(COMMAND, HEADER + ROW)
    before = (courses(), units(), list(Method.objects.values_list("pk", flat=True)))
    assert load(COMMAND, HEADER + ROW).result == (0, {"rows": 1, "accepted": 1, "unchanged": 1})
    assert (courses(), units(), list(Method.objects.values_list("pk", flat=True))) == before


def test_an_empty_cell_changes_nothing_and_a_filled_one_does(load: Load) -> None:
    load(COMMAND, HEADER + ROW)
    text = HEADER + "C1;Droit des personnes;;;;;;\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "alterations": 1})
    assert courses() == [("C1", "Droit des personnes", "ecampus", "DRO", "2026", True, True)]
    assert units() == [("C1", "ELP1"), ("C1", "ELP2")]
    assert Course.objects.get().title_key == "droit des personnes"


def test_the_list_of_elements_is_the_course_s(load: Load) -> None:
    load(COMMAND, HEADER + ROW)
    text = HEADER + "C1;;;;;;ELP2|ELP3;\n"
    assert load(COMMAND, text).result == (0, {"rows": 1, "accepted": 1, "alterations": 1})
    assert units() == [("C1", "ELP2"), ("C1", "ELP3")]


def test_a_link_restricted_to_an_etape_stays_so(load: Load) -> None:
    course = CourseFactory(code="C1", title="T")
    CourseUnitFactory(course=course, unit_code="ELP1", programme_code="ETP1")
    assert load(COMMAND, HEADER + "C1;;;;;;ELP1;\n").result == (0, {"rows": 1, "accepted": 1, "unchanged": 1})
    load(COMMAND, HEADER + "C1;;;;;;ELP1|ELP2;\n")
    rows = CourseUnit.objects.order_by("unit_code").values_list("unit_code", "programme_code")
    assert list(rows) == [("ELP1", "ETP1"), ("ELP2", "")]


def test_a_course_that_moves_to_a_fed_platform_gets_its_database_method(load: Load) -> None:
    CourseFactory(code="C1", platform=platform("collegium"))
    load(COMMAND, HEADER + "C1;;ecampus;;;;;\n")
    assert sorted(kinds("C1")) == ["database", "manual"]


@pytest.mark.parametrize(
    "row",
    [
        ";Titre;ecampus;;;;;",
        "C1;;ecampus;;;;;",
        "C1;Titre;;;;;;",
        "C1;Titre;moodle;;;;;",
        "C 1;Titre;ecampus;;;;;",
        "C1;Titre;ecampus;;26;;;",
        "C1;Titre;ecampus;;;parfois;;",
        "C1;Titre;ecampus;;;;A||B;",
        "C1;Titre;ecampus;;;;É1;",
        "C1;Titre;ecampus;;;;;1",
        f"C1;{'x' * 256};ecampus;;;;;",
        "C1;Ti\u202etre;ecampus;;;;;",
    ],
)
def test_a_bad_row_is_rejected(load: Load, row: str) -> None:
    assert load(COMMAND, HEADER + row + "\n").result == (3, {"rows": 1, "rejected": 1})
    assert courses() == []


def test_rows_that_contradict_each_other_are_all_rejected(load: Load) -> None:
    text = HEADER + ROW + ROW.replace("Droit civil", "Autre") + ROW.replace("C1", "C2")
    assert load(COMMAND, text).result == (3, {"rows": 3, "accepted": 1, "rejected": 2, "arrivals": 1})
    assert [course[0] for course in courses()] == ["C2"]


def test_the_same_row_twice_counts_once(load: Load) -> None:
    assert load(COMMAND, HEADER + ROW + ROW).result == (0, {"rows": 2, "accepted": 2, "arrivals": 1})


def test_a_dry_run_says_what_the_real_run_does_and_writes_nothing(load: Load) -> None:
    CourseFactory(code="C2", title="Ancien")
    text = HEADER + ROW + "C2;Nouveau;;;;;;\nC3;;;;;;;\n"
    expected = (3, {"rows": 3, "accepted": 2, "rejected": 1, "arrivals": 1, "alterations": 1})
    assert load(COMMAND, text, "--dry-run").result == expected
    assert [(course[0], course[1]) for course in courses()] == [("C2", "Ancien")]
    assert load(COMMAND, text).result == expected
    assert [(course[0], course[1]) for course in courses()] == [("C1", "Droit civil"), ("C2", "Nouveau")]


def test_the_number_of_statements_does_not_grow_with_the_rows(load: Load) -> None:
    counts = []
    for size in (2, 12):
        rows = "".join(f"S{size}N{number};T;ecampus;;2026;;E{number};\n" for number in range(size))
        with CaptureQueriesContext(connection) as queries:
            assert load(COMMAND, HEADER + rows).figures["arrivals"] == size
        with CaptureQueriesContext(connection) as again:
            load(COMMAND, HEADER + rows.replace(";T;", ";U;"))
        counts.append((len(queries), len(again)))
    assert counts[0] == counts[1]
