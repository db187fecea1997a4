"""The links of « Synchronisation des cohortes »: why somebody is in a cohort, and whether they are."""

from cohorts.models import Cohort, StagedRegistration
from courses.explain.account import is_eligible
from courses.explain.chain import Link, Mender, Place, State
from courses.explain.course_facts import CourseFacts, hold_of
from courses.explain.evidence import programme_params, registration_rows, unit_rows
from courses.explain.register_facts import FOLLOWED
from courses.explain.registrations import Student, administrative_link, of_year


def cohort_links(student: Student, cohort: Cohort, facts: CourseFacts) -> list[Link]:
    """The links between an account and the membership that the method follows, the membership itself last."""
    if cohort.keeper == Cohort.Keeper.HAND:
        return [_by_hand(cohort, facts)]
    links = _register_links(student, cohort)
    belongs = is_eligible(student.person) and not any(link.breaks for link in links)
    return [*links, _membership(student, cohort, facts, belongs=belongs)]


def _by_hand(cohort: Cohort, facts: CourseFacts) -> Link:
    changes, params = facts.cohort_changes(cohort.pk), cohort_params(cohort)
    if cohort.pk in facts.memberships:
        return Link(Place.COHORT, State.HOLDS, "cohort_member", params, changes=changes)
    return Link(Place.COHORT, State.BROKEN, "not_in_hand_cohort", params, Mender.CEMU, changes=changes)


def cohort_params(cohort: Cohort) -> dict[str, str]:
    return {
        "cohort": cohort.code,
        "cohort_name": cohort.name,
        "programme": cohort.programme_code,
        "version": cohort.version_code,
        "period": cohort.period_code,
        "year": cohort.academic_year,
    }


def _register_links(student: Student, cohort: Cohort) -> list[Link]:
    """Administrative registration, and for the cohort of a period pedagogical ones; nothing is asked of a closed year."""
    if student.register.closes(cohort.academic_year):
        return [Link(Place.ADMINISTRATIVE, State.MOOT, "not_asked")]
    if student.register.register is None:
        return [Link(Place.ADMINISTRATIVE, State.BROKEN, "no_extract", cohort_params(cohort), Mender.CEMU)]
    administrative = _on_programme(student, cohort)
    return [administrative, _in_period(student, cohort)] if cohort.period_code else [administrative]


def _rows_of(student: Student, cohort: Cohort) -> list[StagedRegistration]:
    rows = student.register.registrations_of(cohort.academic_year)
    return [row for row in rows if row.programme_code == cohort.programme_code]


def _on_programme(student: Student, cohort: Cohort) -> Link:
    """Whether an administrative registration on the étape (and version) of the cohort counts."""
    register = student.register
    shown, mine = register.registrations_of(cohort.academic_year), _rows_of(student, cohort)
    wanted = [row for row in mine if cohort.version_code in ("", row.version_code)]
    exact = administrative_link(student, wanted, shown)
    if exact:
        return exact
    params = cohort_params(cohort) | {"programme_label": register.programme_label(cohort.programme_code)}
    other = mine or [row for row in shown if register.counts(row)]
    if not other:
        return of_year(student, cohort.academic_year)
    code = "cohort_other_version" if mine else "cohort_other_programme"
    registered = {
        "registered": other[0].version_code if mine else other[0].programme_code,
        "component": programme_params(register, other[0])["component"],
    }
    rows = registration_rows(register, shown)
    return Link(Place.ADMINISTRATIVE, State.BROKEN, code, params | registered, Mender.REGISTRAR, rows=rows)


def _in_period(student: Student, cohort: Cohort) -> Link:
    """Whether a pedagogical registration on an element of the cohort's period counts, under the étape and version that count."""
    register, versions = student.register, _counting_versions(student, cohort)
    taken = [
        row.unit_code
        for row in register.followings
        if (row.academic_year, row.programme_code) == (cohort.academic_year, cohort.programme_code)
        and row.version_code in versions
        and row.followed == FOLLOWED
        and register.is_in_period(row.unit_code, cohort.period_code)
    ]
    rows = unit_rows(register, cohort.academic_year, dict.fromkeys(taken[:1]))
    if taken:
        return Link(
            Place.PEDAGOGICAL, State.HOLDS, "period_followed", cohort_params(cohort) | {"units": taken}, rows=rows
        )
    return Link(Place.PEDAGOGICAL, State.BROKEN, "period_missing", cohort_params(cohort), Mender.REGISTRAR)


def _counting_versions(student: Student, cohort: Cohort) -> set[str]:
    return {row.version_code for row in _rows_of(student, cohort) if student.register.counts(row)}


def _membership(student: Student, cohort: Cohort, facts: CourseFacts, *, belongs: bool) -> Link:
    """Whether the person is a member, as the registers say or in spite of them."""
    changes = facts.cohort_changes(cohort.pk)
    params = cohort_params(cohort)
    frozen = student.register.closes(cohort.academic_year)
    if cohort.pk in facts.memberships:
        if belongs:
            return Link(Place.COHORT, State.HOLDS, "cohort_member", params, changes=changes)
        code = "cohort_frozen" if frozen else "cohort_member_held" if hold_of(changes) else "cohort_member_kept"
        return Link(Place.COHORT, State.NOTED, code, params, Mender.CEMU, changes=changes)
    if frozen:
        return Link(Place.COHORT, State.BROKEN, "cohort_year_closed", params, Mender.CEMU, changes=changes)
    if belongs:
        return Link(Place.COHORT, State.BROKEN, "cohort_pending", params, Mender.NIGHT, changes=changes)
    return Link(Place.COHORT, State.BROKEN, "not_in_cohort", params, changes=changes)
