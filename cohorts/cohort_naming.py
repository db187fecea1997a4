"""General cohorts appear by themselves: one per academic year and étape; by setting also per version and semester."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings

from cohorts.models import Cohort, StagedProgramme, StagedUnit
from cohorts.register import Register
from enrolhub.web.folding import fold


@dataclass(frozen=True)
class GeneralCohort:
    """What a general cohort is for; ``code`` and ``name`` follow FORMATS §3."""

    academic_year: str
    programme_code: str
    label: str
    component: str
    component_label: str
    version_code: str = ""
    period_code: str = ""

    @property
    def code(self) -> str:
        parts = (self.academic_year, self.programme_code, self.version_code or self.period_code)
        return "-".join(part for part in parts if part)

    @property
    def name(self) -> str:
        name = f"{self.component_label or self.component}: {self.label or self.programme_code}".removeprefix(": ")
        suffix = self.version_code or self.period_code
        return (f"{name} ({suffix})" if suffix else name)[:200]


def refresh_general_cohorts(register: Register) -> None:
    """Create the general cohorts that are missing and rename those whose label changed. None is ever deleted."""
    wanted = {cohort.code: cohort for cohort in general_cohorts(register)}
    # A hand-kept cohort that happens to bear the code keeps it: a register never takes over what a person keeps.
    present = Cohort.objects.in_bulk(field_name="code", id_list=list(wanted)) if wanted else {}
    missing = [new_cohort(cohort) for code, cohort in wanted.items() if code not in present]
    Cohort.objects.bulk_create(missing, batch_size=500, ignore_conflicts=True)
    renamed = []
    for code, cohort in present.items():
        if cohort.keeper == Cohort.Keeper.REGISTER and cohort.name != wanted[code].name:
            cohort.name, cohort.component = wanted[code].name, wanted[code].component
            cohort.name_key = fold(cohort.name)
            renamed.append(cohort)
    Cohort.objects.bulk_update(renamed, ["name", "name_key", "component"], batch_size=500)


def new_cohort(cohort: GeneralCohort) -> Cohort:
    return Cohort(
        code=cohort.code,
        name=cohort.name,
        name_key=fold(cohort.name),
        keeper=Cohort.Keeper.REGISTER,
        academic_year=cohort.academic_year,
        programme_code=cohort.programme_code,
        version_code=cohort.version_code,
        period_code=cohort.period_code,
        component=cohort.component,
    )


def general_cohorts(register: Register) -> Iterator[GeneralCohort]:
    programmes = list(register.programmes().order_by("line"))
    newest = newest_versions(programmes)
    for year in register.years:
        for programme in newest:
            yield cohort_of(year, programme)
        for programme in programmes:
            if programme.component in settings.COHORTS_BY_VERSION:
                yield cohort_of(year, programme, version_code=programme.version_code)
        for programme in newest:
            if programme.component in settings.COHORTS_BY_PERIOD:
                for period in periods_of(register, programme.component):
                    yield cohort_of(year, programme, period_code=period)


def cohort_of(year: str, programme: StagedProgramme, **narrowing: str) -> GeneralCohort:
    return GeneralCohort(
        year, programme.programme_code, programme.label, programme.component, programme.component_label, **narrowing
    )


def newest_versions(programmes: Iterable[StagedProgramme]) -> list[StagedProgramme]:
    """One row an étape: its highest version's label stands for it (labels change every night, codes do not)."""
    newest: dict[str, StagedProgramme] = {}
    for programme in programmes:
        known = newest.get(programme.programme_code)
        if known is None or version_rank(programme) > version_rank(known):
            newest[programme.programme_code] = programme
    return list(newest.values())


def version_rank(programme: StagedProgramme) -> tuple[int, str]:
    code = programme.version_code
    return (int(code) if code.isdigit() else -1, code)


def periods_of(register: Register, component: str) -> list[str]:
    units: Iterable[StagedUnit] = register.units().filter(component=component).exclude(period_code="")
    return sorted({unit.period_code for unit in units})
