"""The queries on APOGÉE as Oracle's dialect writes them; `python -m tests.contracts.oracle_text` writes the reviewed texts anew."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy.dialects import oracle

from cohorts.sources.apogee_queries import QUERIES, Query, Question, carriers, open_links
from cohorts.sources.apogee_tables import ApogeeTables

TEXTS = Path(__file__).with_name("oracle")


def compiled_texts() -> Mapping[str, Query]:
    """Every query, by the name of its text."""
    question = Question(ApogeeTables("apogee"), ["2026", "2027"], ["P"])
    queries = {name: query_of(question) for name, query_of in QUERIES.items()}
    return queries | {"porteurs": carriers(question), "liens": open_links(question.tables, date(2026, 11, 20))}


def text_of(query: Query) -> str:
    """One query as it is sent: the values stay apart, each under its name."""
    return str(query.compile(dialect=oracle.dialect(), compile_kwargs={"render_postcompile": True})) + "\n"


def main() -> None:
    TEXTS.mkdir(exist_ok=True)
    for name, query in compiled_texts().items():
        (TEXTS / f"{name}.sql").write_text(text_of(query), encoding="utf-8")


if __name__ == "__main__":
    main()
