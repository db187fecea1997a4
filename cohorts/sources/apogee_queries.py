"""What is asked of APOGÉE, as SQLAlchemy selects: values are always bound, academic years are a parameter.

State columns stay in the rows: whether a registration counts is decided above, where the reason can be told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, exists, func, or_, select

from cohorts.sources.apogee_tables import ApogeeTables

STANDING, MAIN, CLOSED, SUSPENDED, OF_ELEMENT = "E", "O", "F", "O", "ELP"
FIRST_YEAR, LAST_YEAR = "0000", "9999"
KEYS = ("cod_anu", "cod_ind", "cod_etp", "cod_vrs_vet")


@dataclass(frozen=True)
class Question:
    """What every query depends on."""

    tables: ApogeeTables
    years: Sequence[str]
    payment_states: Sequence[str]
    other_years_units: bool = True
    exempted_units: bool = False


Query = Select[*tuple[Any, ...]]


def years_known(tables: ApogeeTables) -> Query:
    years = tables.annee_uni.c
    return select(years.cod_anu, years.eta_anu_iae, years.lib_anu).order_by(years.cod_anu)


def of_years(question: Question) -> Query:
    return years_known(question.tables)


def programmes(question: Question) -> Query:
    """Versions of étapes valid in one of the years, and those that somebody is registered on, valid or not."""
    tables = question.tables
    version, programme, component = tables.version_etape, tables.etape, tables.composante
    valid, registered = tables.vdi_fractionner_vet, tables.ins_adm_etp
    is_valid = [
        and_(
            func.coalesce(valid.c.daa_deb_val_vet, FIRST_YEAR) <= year,
            func.coalesce(valid.c.daa_fin_val_vet, LAST_YEAR) >= year,
        )
        for year in question.years
    ]
    same = [version.c.cod_etp == valid.c.cod_etp, version.c.cod_vrs_vet == valid.c.cod_vrs_vet]
    used = [version.c.cod_etp == registered.c.cod_etp, version.c.cod_vrs_vet == registered.c.cod_vrs_vet]
    label = func.coalesce(version.c.lib_web_vet, programme.c.lib_etp).label("lib_etp")
    return (
        select(version.c.cod_etp, version.c.cod_vrs_vet, label, version.c.cod_cmp, component.c.lib_cmp)
        .join_from(version, programme, programme.c.cod_etp == version.c.cod_etp)
        .join(component, component.c.cod_cmp == version.c.cod_cmp, isouter=True)
        .where(
            or_(
                exists().where(*same, or_(*is_valid)),
                exists().where(*used, registered.c.cod_anu.in_(question.years)),
            )
        )
        .order_by(version.c.cod_etp, version.c.cod_vrs_vet)
    )


def registrations(question: Question) -> Query:
    """Each state that a registration has in any of its occurrences, once."""
    own, person = question.tables.ins_adm_etp, question.tables.individu
    columns = (
        own.c.cod_anu,
        person.c.cod_etu,
        own.c.cod_etp,
        own.c.cod_vrs_vet,
        own.c.eta_iae,
        own.c.eta_pmt_iae,
        own.c.dat_mod_iae,
    )
    return (
        select(*columns)
        .distinct()
        .join_from(own, person, person.c.cod_ind == own.c.cod_ind)
        .where(own.c.cod_anu.in_(question.years), person.c.cod_etu.is_not(None))
        .order_by(*columns)
    )


def units(question: Question) -> Query:
    """Every element, closed ones too: somebody may still be registered on one."""
    unit = question.tables.element_pedagogi.c
    return select(unit.cod_elp, unit.lib_elp, unit.cod_pel, unit.cod_cmp).order_by(unit.cod_elp)


def unit_registrations(question: Question) -> Query:
    """Contracts on elements, of students with a number; under which étape each counts, ``counting_under`` says."""
    tables = question.tables
    contract, person = tables.ind_contrat_elp, tables.individu
    source, programme, version = counting_under(question, contract)
    source = source.join(person, person.c.cod_ind == contract.c.cod_ind)
    columns = (
        contract.c.cod_anu,
        person.c.cod_etu,
        programme.label("cod_etp"),
        version.label("cod_vrs_vet"),
        contract.c.cod_elp,
        contract.c.tem_prc_ice,
        contract.c.dat_mod_ice,
    )
    query = (
        select(*columns)
        .select_from(source)
        .where(contract.c.cod_anu.in_(question.years), person.c.cod_etu.is_not(None))
        .order_by(contract.c.cod_anu, person.c.cod_etu, contract.c.cod_elp, contract.c.cod_etp, contract.c.cod_vrs_vet)
    )
    if question.exempted_units:
        return query
    exempted = tables.ind_dispense_elp
    same = [exempted.c[key] == contract.c[key] for key in (*KEYS, "cod_elp")]
    return query.where(~exists().where(*same))


def counting_under(
    question: Question, contract: FromClause
) -> tuple[FromClause, ColumnElement[object], ColumnElement[object]]:
    """Étape and version under which a contract counts, with what has to be joined to know it.

    Its own; for elements of another year of the diploma (debt, anticipation: a pedagogical registration on an étape without
    any administrative one) the étape on which the student does have one that counts, the main one first.
    """
    if not question.other_years_units:
        return contract, contract.c.cod_etp, contract.c.cod_vrs_vet
    own = keys_of(question, question.tables.ins_adm_etp, "own")
    followed = keys_of(question, question.tables.ins_pedagogi_etp, "followed")
    home = main_registrations(question)
    source = (
        contract.outerjoin(own, and_(*(own.c[key] == contract.c[key] for key in KEYS)))
        .outerjoin(followed, and_(*(followed.c[key] == contract.c[key] for key in KEYS)))
        .outerjoin(
            home,
            and_(home.c.cod_anu == contract.c.cod_anu, home.c.cod_ind == contract.c.cod_ind, home.c.place == 1),
        )
    )
    elsewhere = and_(own.c.cod_ind.is_(None), followed.c.cod_ind.is_not(None), home.c.cod_ind.is_not(None))
    return (
        source,
        case((elsewhere, home.c.cod_etp), else_=contract.c.cod_etp),
        case((elsewhere, home.c.cod_vrs_vet), else_=contract.c.cod_vrs_vet),
    )


def keys_of(question: Question, table: FromClause, name: str) -> FromClause:
    """Year, person, étape and version, each once, whatever the state."""
    keys = [table.c[key] for key in KEYS]
    return select(*keys).distinct().where(table.c.cod_anu.in_(question.years)).subquery(name)


def main_registrations(question: Question) -> FromClause:
    """Registrations that count, numbered by year and person (``place``), the main one first."""
    own = question.tables.ins_adm_etp
    order = (case((own.c.tem_iae_prm == MAIN, 0), else_=1), own.c.cod_etp, own.c.cod_vrs_vet)
    place = func.row_number().over(partition_by=(own.c.cod_anu, own.c.cod_ind), order_by=order)
    return (
        select(*(own.c[key] for key in KEYS), place.label("place"))
        .where(
            own.c.cod_anu.in_(question.years),
            own.c.eta_iae == STANDING,
            own.c.eta_pmt_iae.in_(question.payment_states),
        )
        .subquery("home")
    )


def groups(question: Question) -> Query:
    """Groups attached to an element, for each year in which they are valid."""
    tables = question.tables
    group, of, year = tables.groupe, tables.gpe_obj, tables.annee_uni
    is_valid = and_(
        func.coalesce(group.c.daa_deb_val_gpe, FIRST_YEAR) <= year.c.cod_anu,
        func.coalesce(group.c.daa_fin_val_gpe, LAST_YEAR) >= year.c.cod_anu,
    )
    columns = (year.c.cod_anu, of.c.cod_elp, group.c.cod_gpe, group.c.cod_ext_gpe, group.c.lib_gpe)
    return (
        select(*columns)
        .distinct()
        .join_from(of, group, group.c.cod_gpe == of.c.cod_gpe)
        .join(year, is_valid)
        .where(of.c.typ_obj_gpo == OF_ELEMENT, of.c.cod_elp.is_not(None), year.c.cod_anu.in_(question.years))
        .order_by(*columns)
    )


def assignments(question: Question) -> Query:
    """Students in groups. That they still follow the group's element is asked above, of their registrations."""
    place, person = question.tables.ind_affecte_gpe, question.tables.individu
    columns = (place.c.cod_anu, person.c.cod_etu, place.c.cod_gpe)
    return (
        select(*columns)
        .distinct()
        .join_from(place, person, person.c.cod_ind == place.c.cod_ind)
        .where(place.c.cod_anu.in_(question.years), person.c.cod_etu.is_not(None))
        .order_by(*columns)
    )


def open_links(tables: ApogeeTables, today: date) -> Query:
    """Parent and child of the curricula: links not closed, through lists not closed, to elements neither closed nor suspended."""
    link = tables.elp_regroupe_elp.c
    return (
        select(link.cod_elp_pere, link.cod_elp_fils)
        .distinct()
        .where(
            link.cod_elp_pere.is_not(None),
            func.coalesce(link.eta_elp_fils, "O") != CLOSED,
            func.coalesce(link.tem_sus_elp_fils, "N") != SUSPENDED,
            func.coalesce(link.eta_lse, "O") != CLOSED,
            or_(link.date_fermeture_lien.is_(None), link.date_fermeture_lien > today),
        )
        .order_by(link.cod_elp_pere, link.cod_elp_fils)
    )


def carriers(question: Question) -> Query:
    """Year, carried element and its carrier."""
    link = question.tables.elp_porteur_porte.c
    columns = (link.cod_anu, link.cod_elp_porte, link.cod_elp_porteur)
    return select(*columns).distinct().where(link.cod_anu.in_(question.years)).order_by(*columns)


#: The lists in the order in which they are read; the columns are those of the exchange format, in their order.
QUERIES: Mapping[str, Callable[[Question], Query]] = {
    "annees": of_years,
    "etapes": programmes,
    "inscriptions_administratives": registrations,
    "elements": units,
    "inscriptions_pedagogiques": unit_registrations,
    "groupes": groups,
    "affectations_groupes": assignments,
}
