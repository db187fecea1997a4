"""How many rows each academic year and component has in each list of an extract: what shrinking is measured by.

The registers know a component by its étapes and its elements: a registration on an étape is counted where the étape is,
one on an element, a group and a place in a group where the element is. Counted in the database, once a content of a list.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Max, Min, Model, QuerySet

from cohorts.extract_guards import ExtractLimits, Part, judge_shrinking
from cohorts.models import (
    ExtractFile,
    Snapshot,
    StagedGroup,
    StagedGroupAssignment,
    StagedProgramme,
    StagedRegistration,
    StagedUnit,
    StagedUnitRegistration,
)
from cohorts.sources.protocol import Problem
from enrolhub.sync.select_into import Rows, compile_rows, fetch_rows

#: One part of a list as it is kept with the snapshot: academic year and component (either may be empty), and its rows.
KeptPart = list[Any]
PartsOfLists = Mapping[str, Sequence[KeptPart]]
Files = Mapping[str, ExtractFile]

#: Lists with parts, with those that say to which component a row belongs; a list of components says so itself.
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "etapes": ("etapes",),
    "elements": ("elements",),
    "inscriptions_administratives": ("etapes",),
    "inscriptions_pedagogiques": ("elements",),
    "groupes": ("elements",),
    "affectations_groupes": ("elements", "groupes"),
}
#: Lists whose rows each belong to an academic year.
YEARLY = {"inscriptions_administratives", "inscriptions_pedagogiques", "groupes", "affectations_groupes"}
STAGED: Mapping[str, tuple[type[Model], str]] = {
    "etapes": (StagedProgramme, "programme_code"),
    "elements": (StagedUnit, "unit_code"),
    "inscriptions_administratives": (StagedRegistration, "programme_code"),
    "inscriptions_pedagogiques": (StagedUnitRegistration, "unit_code"),
    "groupes": (StagedGroup, "unit_code"),
    "affectations_groupes": (StagedGroupAssignment, "group_number"),
}


def count_parts(files: Files, known: Snapshot | None) -> dict[str, list[KeptPart]]:
    """The parts of every list that has them; what ``known`` counted of the same contents is not counted again."""
    kept = _parts_kept(known, files) if known else {}
    return {name: kept.get(name) or count_list(name, files, files) for name in NAMED_BY if name in files}


def _parts_kept(known: Snapshot, files: Files) -> dict[str, list[KeptPart]]:
    rows = {row.file.list_name: row for row in known.snapshot_files.select_related("file")}
    same = {name for name, row in rows.items() if name in files and files[name].pk == row.file_id}
    return {name: rows[name].parts for name, naming in NAMED_BY.items() if same.issuperset({name, *naming})}


def count_list(name: str, files: Files, *naming: Files) -> list[KeptPart]:
    """Year, component and rows of each part of one list; its codes are looked up in the first of ``naming`` that has them."""
    codes = "etapes" if name in ("etapes", "inscriptions_administratives") else "elements"
    counted = _assignments_by_unit(files) if name == "affectations_groupes" else _by_year_and_code(name, files)
    tables = [compile_components(codes, each.get(codes)) for each in naming]
    named = ", ".join(f"named{number}(code, component) AS ({table.sql})" for number, table in enumerate(tables))
    joins = " ".join(f"LEFT JOIN named{n} ON named{n}.code = counted.code" for n in range(len(tables)))
    component = f"COALESCE({', '.join(f'named{n}.component' for n in range(len(tables)))}, '')"
    sql = f"""
        WITH counted(year, code, total) AS ({counted.sql}), {named}
        SELECT counted.year, {component}, SUM(counted.total) FROM counted {joins} GROUP BY 1, 2 ORDER BY 1, 2
    """
    params = [*counted.params, *(param for table in tables for param in table.params)]
    return [[year, component, int(total)] for year, component, total in fetch_rows(sql, params)]


def _rows(name: str, file: ExtractFile | None) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = STAGED[name][0]._default_manager.order_by()
    return rows.filter(file=file) if file else rows.none()


def compile_components(name: str, file: ExtractFile | None) -> Rows:
    """The component of each code; the lowest one where the list is of two minds."""
    code = STAGED[name][1]
    rows = _rows(name, file).values(of=F(code)).annotate(component_of=Min("component"))
    return compile_rows(rows.values_list("of", "component_of"), 2)


def _by_year_and_code(name: str, files: Files) -> Rows:
    """Year, code and rows. A list is mostly of one year, and SQLite has the codes in order but not the years."""
    rows, code = _rows(name, files.get(name)), STAGED[name][1]
    years = {"first": "", "last": ""}
    if name not in ("etapes", "elements"):
        years = rows.aggregate(first=Min("academic_year"), last=Max("academic_year"))
    if years["first"] != years["last"]:
        grouped = rows.values("academic_year", code).annotate(total=Count("*"))
        return compile_rows(grouped.values_list("academic_year", code, "total"), 3)
    counted = compile_rows(rows.values(code).annotate(total=Count("*")).values_list(code, "total"), 2)
    sql = f"WITH one(code, total) AS ({counted.sql}) SELECT CAST(%s AS TEXT), one.code, one.total FROM one"
    return Rows(sql, (*counted.params, years["first"] or ""))


def _assignments_by_unit(files: Files) -> Rows:
    """Places in groups by year and element, through the groups."""
    places = _by_year_and_code("affectations_groupes", files)
    keys = ("academic_year", "group_number")
    groups = _rows("groupes", files.get("groupes")).values(*keys).annotate(unit=Min("unit_code"))
    named = compile_rows(groups.values_list(*keys, "unit"), 3)
    sql = f"""
        WITH places(year, number, total) AS ({places.sql}), named(year, number, code) AS ({named.sql})
        SELECT places.year, COALESCE(named.code, ''), places.total
        FROM places LEFT JOIN named ON named.year = places.year AND named.number = places.number
    """
    return Rows(sql, places.params + named.params)


def sizes_of(parts: PartsOfLists, years: Collection[str]) -> dict[Part, int]:
    """What can shrink beside whole lists: each of these years in a list, each component of it."""
    sizes: dict[Part, int] = {}
    for name, kept in parts.items():
        for year, component, count in kept:
            if year and year not in years:
                continue
            for part in {Part(name, year), Part(name, year, component)} - {Part(name)}:
                sizes[part] = sizes.get(part, 0) + count
    return sizes


def count_again(last: Snapshot, names: Iterable[str], files: Files) -> tuple[PartsOfLists, PartsOfLists]:
    """These lists of the last extract and of this one, counted by the same components: one that was renamed lost nothing.

    The names that ``files`` give come first, those of the last extract serve for what ``files`` no longer name. A list of
    which no row is staged any more keeps the count it had.
    """
    own = {row.file.list_name: row for row in last.snapshot_files.select_related("file")}
    then = {name: row.file for name, row in own.items() if row.file.landed_at}
    before = {name: count_list(name, then, files, then) if name in then else own[name].parts for name in names}
    return before, {name: count_list(name, files, files, then) for name in names}


def weigh_shrinking(
    last: Snapshot, academic_years: Collection[str], files: Files, parts: PartsOfLists, limits: ExtractLimits
) -> list[Problem]:
    """What was lost since the last complete extract, in the lists that are there and the years of which both speak.

    A rejected row is not lost: it protects whom it names.
    """
    own = {row.file.list_name: row for row in last.snapshot_files.select_related("file") if row.file.list_name in files}
    years = set(academic_years) & set(last.academic_years)
    whole = own.keys() if years == {*academic_years, *last.academic_years} else own.keys() - YEARLY
    before = {Part(name): own[name].file.row_count for name in whole}
    now = {Part(name): file.row_count for name, file in files.items()}

    def shrunk(parts_before: PartsOfLists, parts_now: PartsOfLists) -> list[Problem]:
        there = sizes_of(parts_now, years)
        rejected = {part: there[part] + files[part.list_name].rejected_count for part in there}
        return list(judge_shrinking(now | rejected, before | sizes_of(parts_before, years), limits))

    kept: dict[str, Sequence[KeptPart]] = {name: own[name].parts for name in own}
    found = shrunk(kept, parts)
    narrowed = {problem.file.removesuffix(".csv") for problem in found if problem.code == "component_shrank"}
    if not narrowed:
        return found
    parts_before, parts_now = count_again(last, narrowed, files)
    return shrunk({**kept, **parts_before}, {**parts, **parts_now})
