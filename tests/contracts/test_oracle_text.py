"""What is sent to Oracle, word for word: reviewed texts, so that a change of a query is seen in its language."""

import re
from pathlib import Path

import pytest
from sqlalchemy.dialects import oracle

from cohorts.sources.apogee_queries import QUERIES, Question, carriers
from cohorts.sources.apogee_tables import SHAPES, ApogeeTables
from tests.contracts.oracle_text import TEXTS, compiled_texts, text_of


@pytest.mark.parametrize("name", sorted(compiled_texts()))
def test_the_text_is_the_reviewed_one(name: str) -> None:
    """After a review of the difference: python -m tests.contracts.oracle_text writes the texts anew."""
    assert text_of(compiled_texts()[name]) == (TEXTS / f"{name}.sql").read_text(encoding="utf-8")


def test_no_other_text_lies_there() -> None:
    assert sorted(path.stem for path in Path(TEXTS).glob("*.sql")) == sorted(compiled_texts())


def test_every_table_is_asked_and_no_other() -> None:
    """The rights to ask for, in docs/apogee.md, are those of the tables that the queries name."""
    texts = " ".join(map(text_of, compiled_texts().values()))
    asked = {name for name in SHAPES if re.search(rf"apogee\.{name.lower()}\s", texts)}
    page = (Path(__file__).parents[2] / "docs" / "apogee.md").read_text(encoding="utf-8")
    assert asked == set(SHAPES)
    assert [name for name in SHAPES if f"`{name}`" not in page] == []


def test_values_are_bound() -> None:
    question = Question(ApogeeTables("apogee", "ENROLHUB_"), ["2026"], ["P"])
    for query in [*(of(question) for of in QUERIES.values()), carriers(question)]:
        text = str(query.compile(dialect=oracle.dialect()))
        assert "apogee.enrolhub_" in text
        assert "'" not in text


def test_links_are_those_open_on_the_day() -> None:
    assert "date_fermeture_lien > :" in text_of(compiled_texts()["liens"])
