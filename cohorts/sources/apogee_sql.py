"""APOGÉE read by SQL: one read-only transaction, streamed, counted by the database itself.

All or nothing: a list that cannot be read refuses the extract, for the lists must agree with each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, literal_column, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from cohorts.sources.apogee_queries import QUERIES, Query, Question, carriers, open_links, years_known
from cohorts.sources.apogee_tables import ApogeeTables
from cohorts.sources.apogee_tree import element_of, linked_codes, reaching
from cohorts.sources.protocol import Beat, ExtractRefused, Problem, Sample, Source
from cohorts.sources.spool import SpooledExtract, private_folder

KIND = "apogee_sql"
LISTS_GIVEN = tuple(QUERIES)
CONTRACTS, ELEMENTS = "inscriptions_pedagogiques", "elements"
SAMPLED = "inscriptions_administratives"
#: Rows fetched at once.
ARRAY = 5_000
#: States of a year in which administrative registrations are made: open, intermediate.
OPEN_YEARS = {"O", "I"}
PARIS = ZoneInfo("Europe/Paris")
#: Our address, told apart by what runs it.
DRIVERS = {"postgresql": "postgresql+psycopg", "oracle": "oracle+oracledb"}


def address() -> URL:
    """Raises ExtractRefused when the setting is no address."""
    try:
        url = make_url(settings.APOGEE_DATABASE_URL)
    except ArgumentError as error:
        raise ExtractRefused(Problem("apogee_address")) from error
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def shown_address() -> str:
    """Where APOGÉE is read, without the password."""
    try:
        return address().render_as_string(hide_password=True)
    except ExtractRefused:
        return ""


def engine_of(url: URL) -> Engine:
    """Raises ExtractRefused for an address that nothing here speaks."""
    connect, answer = settings.APOGEE_CONNECT_SECONDS, settings.APOGEE_ANSWER_SECONDS
    is_oracle = url.get_backend_name() == "oracle"
    if is_oracle:
        arguments: dict[str, object] = {"tcp_connect_timeout": connect}
    else:
        own = url.query.get("options", "")
        arguments = {"connect_timeout": connect, "options": f"{own} -c statement_timeout={answer * 1000}".strip()}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ExtractRefused(Problem("apogee_address")) from error
    if is_oracle:
        # How long each round trip may take, which Oracle's driver asks for connection by connection.
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "call_timeout", answer * 1000))
    return engine


@contextmanager
def reading_transaction() -> Iterator[Connection]:
    """One transaction that sees one state of the database and may write nothing. Raises ExtractRefused."""
    engine = engine_of(address())
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "oracle":
                connection.execute(text("SET TRANSACTION READ ONLY"))
            else:
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                connection = connection.execution_options(**options)
            yield connection
    except SQLAlchemyError as error:
        raise ExtractRefused(Problem("apogee_unreachable", params=particulars(error))) from error
    finally:
        engine.dispose()


def particulars(error: SQLAlchemyError) -> dict[str, object]:
    """Where it happened and one line of what the database says."""
    said = getattr(error, "orig", None) or error
    words = " ".join(str(said).split()) or type(error).__name__
    return {"host": shown_address(), "error": words[:200]}


@contextmanager
def naming(list_name: str) -> Iterator[None]:
    """Say which list could not be read: a table or column that is missing, a right that was lost, a connection that was cut."""
    try:
        yield
    except DBAPIError as error:
        code = "apogee_cut" if error.connection_invalidated else "apogee_query"
        raise ExtractRefused(Problem(code, file=f"{list_name}.csv", params=particulars(error))) from error


@contextmanager
def opened_apogee(beat: Beat) -> Iterator[Source]:
    """Everything read and counted. Raises ExtractRefused."""
    with private_folder() as folder:
        with reading_transaction() as connection:
            begun, question = timezone.now(), question_for(connection)
            extract = SpooledExtract(KIND, shown_address(), read_at(connection, begun), folder, question.years)
            ApogeeReading(connection, question, beat).read(extract)
        yield extract


def question_for(connection: Connection) -> Question:
    """What is asked, as the settings have it. Raises ExtractRefused."""
    tables = ApogeeTables(settings.APOGEE_SCHEMA, settings.APOGEE_VIEW_PREFIX)
    return Question(
        tables,
        years_asked(connection, tables),
        settings.APOGEE_PAYMENT_STATES,
        settings.APOGEE_OTHER_YEARS_UNITS,
        settings.APOGEE_EXEMPTED_UNITS,
    )


def sample_of_apogee(count: int) -> Sample:
    """How many rows each list has now, and the first administrative registrations. Raises ExtractRefused."""
    with reading_transaction() as connection:
        question = question_for(connection)
        counts: dict[str, int | None] = {}
        for name, query_of in QUERIES.items():
            with naming(name):
                counts[name] = counted(connection, query_of(question))
        with naming(SAMPLED):
            rows = connection.execute(QUERIES[SAMPLED](question).limit(count)).all()
    return Sample(counts, SAMPLED, [list(map(cell, row)) for row in rows])


def counted(connection: Connection, query: Query) -> int:
    """How many rows a query has, as the database counts them."""
    return int(connection.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0)


def years_asked(connection: Connection, tables: ApogeeTables) -> list[str]:
    """The years of the setting, all known to APOGÉE; without it every year that is open or intermediate, never only one."""
    with naming("annees"):
        states = {cell(year): cell(state) for year, state, _ in connection.execute(years_known(tables))}
    wanted = sorted(set(settings.APOGEE_YEARS)) or sorted(year for year in states if states[year] in OPEN_YEARS)
    unknown = [year for year in wanted if year not in states]
    if unknown or not wanted:
        params = {"years": ", ".join(unknown or sorted(states)) or "—"}
        raise ExtractRefused(Problem("apogee_years", file="annees.csv", params=params))
    return wanted


def read_at(connection: Connection, begun: datetime) -> datetime:
    """When what is read was true: now, or when the copy that is read was last refreshed, if a setting says where that stands."""
    table, _, column = settings.APOGEE_REFRESHED_AT.rpartition(".")
    if not column:
        return begun
    with naming("annees"):
        moment = connection.scalar(select(func.max(literal_column(column))).select_from(text(table)))
    if not isinstance(moment, datetime):
        params = {"setting": "APOGEE_REFRESHED_AT"}
        raise ExtractRefused(Problem("apogee_refreshed_at", file="annees.csv", params=params))
    return min(begun, moment if moment.tzinfo else moment.replace(tzinfo=PARIS))


@dataclass
class ApogeeReading:
    """One reading of APOGÉE, in one transaction."""

    connection: Connection
    question: Question
    beat: Beat

    def read(self, extract: SpooledExtract) -> None:
        reach, carried = self.reach(), self.carried()
        for name, query_of in QUERIES.items():
            with naming(name):
                self.read_list(extract, name, query_of(self.question), reach, carried)

    def read_list(
        self,
        extract: SpooledExtract,
        name: str,
        query: Query,
        reach: Mapping[str, Sequence[str]],
        carried: Mapping[tuple[str, str], Sequence[str]],
    ) -> None:
        """Stream one list; what the database counts, and what is added to it, is what the list must hold."""
        own = counted(self.connection, query)
        rows = self.rows_of(name, query)
        added = AddedRows(name, reach, carried)
        extract.keep(name, added.following(rows), self.beat)
        extract.expect(name, own + added.count)

    def rows_of(self, name: str, query: Query) -> Iterator[list[str]]:
        self.beat(name, 0)
        streaming = self.connection.execution_options(yield_per=ARRAY, stream_results=True)
        with streaming.execute(query) as rows:
            for block in rows.partitions():
                for row in block:
                    yield list(map(cell, row))

    def reach(self) -> Mapping[str, Sequence[str]]:
        """Which linked codes (« INF101+ ») an element's registrations also stand for; the curricula are read only if any is."""
        wanted = linked_codes()
        if not wanted:
            return {}
        with naming(ELEMENTS):
            today = timezone.now().astimezone(PARIS).date()
            links = self.connection.execute(open_links(self.question.tables, today)).all()
        return reaching(wanted, [(cell(parent), cell(child)) for parent, child in links])

    def carried(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Carriers of each carried element, by year."""
        if not settings.APOGEE_CARRIED_UNITS:
            return {}
        found: dict[tuple[str, str], list[str]] = {}
        with naming(ELEMENTS):
            for row in self.connection.execute(carriers(self.question)):
                year, unit, carrier = map(cell, row)
                found.setdefault((year, unit), []).append(carrier)
        return found


class AddedRows:
    """Rows of a list, each followed by those it also stands for, which are counted."""

    def __init__(
        self, name: str, reach: Mapping[str, Sequence[str]], carried: Mapping[tuple[str, str], Sequence[str]]
    ) -> None:
        self.name, self.reach, self.carried = name, reach, carried
        self.count = 0

    def following(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        if self.name == CONTRACTS and (self.reach or self.carried):
            return self._contracts(rows)
        if self.name == ELEMENTS and self.reach:
            return self._elements(rows)
        return rows

    def _contracts(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        """A student of a carried element is one of its carrier; a registration stands for the links that reach its element."""
        for row in rows:
            yield row
            own = [row[4], *self.carried.get((row[0], row[4]), ())]
            linked = {code for element in own for code in self.reach.get(element, ())}
            for code in [*own[1:], *sorted(linked)]:
                self.count += 1
                yield [*row[:4], code, *row[5:]]

    def _elements(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        linked = {code for codes in self.reach.values() for code in codes}
        for row in rows:
            yield row
            for code in sorted(code for code in linked if element_of(code) == row[0]):
                self.count += 1
                yield [code, *row[1:]]


def cell(value: object) -> str:
    """A value of the database as the exchange files write it: no padding, no fraction of a whole number, a date without its time."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return str(int(value)) if value == int(value) else str(value)
    return str(value)
