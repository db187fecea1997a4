"""One snapshot as the relations see it: which staged file holds each list, which years it speaks of, whom it protects."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.lookups import In

from cohorts.models import (
    Person,
    Snapshot,
    StagedGroup,
    StagedGroupAssignment,
    StagedProgramme,
    StagedRegistration,
    StagedRejection,
    StagedUnit,
    StagedUnitRegistration,
)
from cohorts.sources.protocol import LISTS
from enrolhub.sync.models import Change, Phase, Scope

DIRECTORY = "annuaire"
INACTIVE = Person.AccountState.INACTIVE
#: The relation whose planned departures are people who vanished from a complete directory.
PEOPLE = "people"
MEMBERSHIPS = "cohort_members"


@dataclass(frozen=True)
class Register:
    """The lists of a snapshot for one run. A list that is not there has file 0, which holds no row.

    ``proving``: the lists in which absence is evidence. With several sources it is one's own: who leaves because of the
    directory leaves when the directory is complete, who leaves because of APOGÉE when APOGÉE is.
    """

    run_id: int
    files: Mapping[str, int]
    years: tuple[str, ...]
    proving: frozenset[str] = frozenset()

    def file(self, list_name: str) -> int:
        return self.files.get(list_name, 0)

    def programmes(self) -> QuerySet[StagedProgramme]:
        return StagedProgramme.objects.filter(file=self.file("etapes"))

    def units(self) -> QuerySet[StagedUnit]:
        return StagedUnit.objects.filter(file=self.file("elements"))

    def registrations(self) -> QuerySet[StagedRegistration]:
        """Administrative registrations that count: not cancelled, and paid as the setting asks (FORMATS §3)."""
        return StagedRegistration.objects.filter(
            file=self.file("inscriptions_administratives"),
            academic_year__in=self.years,
            state="E",
            payment_state__in=settings.APOGEE_PAYMENT_STATES,
        )

    def covering(self, prefix: str = "") -> Exists:
        """Whether an administrative registration that counts covers the (outer) pedagogical one: same year, étape, version."""
        keys = ("student_number", "academic_year", "programme_code", "version_code")
        return Exists(self.registrations().filter(**{key: OuterRef(prefix + key) for key in keys}))

    def unit_registrations(self) -> QuerySet[StagedUnitRegistration]:
        """Pedagogical registrations that count: to be followed this year, and administratively covered."""
        rows = StagedUnitRegistration.objects.filter(
            file=self.file("inscriptions_pedagogiques"), academic_year__in=self.years, followed="N"
        )
        return rows.filter(self.covering())

    def protected_people(self) -> QuerySet[Person] | None:
        """People whom a rejected or contradictory row named: nothing of theirs may depart. None when there are none."""
        rejections = StagedRejection.objects.filter(file__in=list(self.files.values())).exclude(protects="")
        if not rejections.exists():
            return None
        names = rejections.values("protects")
        return Person.objects.filter(Q(username__in=names) | Q(student_number__in=names))

    def misplaced(self) -> QuerySet[StagedGroupAssignment] | None:
        """Assignments to groups that the extract does not list: which group was meant is not known. None when there are none."""
        keys = {key: OuterRef(key) for key in ("academic_year", "group_number")}
        listed = StagedGroup.objects.filter(file=self.file("groupes"), **keys)
        rows = StagedGroupAssignment.objects.filter(~Exists(listed), file=self.file("affectations_groupes")).order_by()
        return rows if rows.exists() else None

    def doubted_people(self, person: str = "person_id") -> Q | None:
        """The condition of a row whose person leaves a cohort that is held tonight, for it loses many or all; None without one.

        A part of the registers that small is lost without any list or component being seen to shrink, and courses that
        many étapes share would let its people go. They stay until somebody has decided on the cohort (decision 122).
        """
        held = Scope.objects.filter(phase__in=phases_of(self.run_id, MEMBERSHIPS), verdict=Scope.Verdict.HOLD)
        doubted = [scope.pk for scope in held.filter(departures__gt=0) if casts_doubt(scope)]
        if not doubted:
            return None
        leaving = Change.objects.filter(scope__in=doubted, action=Change.Action.DEPARTURE)
        return Q(In(F(person), leaving.order_by().values("member")))

    @property
    def proves_people(self) -> bool:
        """Whether who is missing from the directory has left the university."""
        return DIRECTORY in self.proving

    @property
    def proves_registrations(self) -> bool:
        """Whether a registration that is missing from APOGÉE has gone."""
        lists = self.files.keys() - {DIRECTORY}
        return bool(lists) and lists <= self.proving

    @property
    def proves_any(self) -> bool:
        return self.proves_people or self.proves_registrations

    def is_protected(self, person: str = "person") -> Q:
        """The condition of a row whose person is protected."""
        people = self.protected_people()
        named = Q(**{f"{person}__in": people.order_by().values("pk")}) if people is not None else Q(pk__in=[])
        if self.proves_people == self.proves_registrations:
            return named
        # One source fails: only what the other one says takes anything away.
        closed = Q(**{f"{person}__account_state": INACTIVE}) | Q(vanishes_tonight(self.run_id, f"{person}__username"))
        return named | (closed if self.proves_registrations else ~closed)


def casts_doubt(cohort: Scope) -> bool:
    """Whether a held cohort loses so many that the registers may have lost them: all, or more than a list may lose."""
    return cohort.departures >= cohort.size or cohort.departures > settings.GUARD_EXTRACT_SHRINK_ROWS


def register_of(snapshot: Snapshot, run_id: int) -> Register:
    files = {file.list_name: file.pk for file in snapshot.files.all()}
    return Register(run_id, files, tuple(snapshot.academic_years), proving_lists(snapshot))


def proving_lists(snapshot: Snapshot) -> frozenset[str]:
    """Every list of a complete snapshot; of one that several sources made, those of its own run's complete extracts."""
    if snapshot.verdict == Snapshot.Verdict.COMPLETE:
        return frozenset(LISTS)
    extracts = snapshot.extracts.filter(verdict=Snapshot.Verdict.COMPLETE, run=snapshot.run_id)
    return frozenset(extracts.filter(files__isnull=False).values_list("files__list_name", flat=True))


def leaving_scopes(run_id: int, *relations: str) -> QuerySet[Scope]:
    """The scopes of these relations whose departures of this run are planned and not held."""
    phases = phases_of(run_id, *relations)
    return Scope.objects.filter(phase__in=phases, verdict=Scope.Verdict.APPLY, departures__gt=0)


def phases_of(run_id: int, *relations: str) -> list[int]:
    """The numbers of these phases: known beforehand, they let a scope be found by (phase, ref) at once."""
    return list(Phase.objects.filter(run=run_id, relation__in=relations).order_by("pk").values_list("pk", flat=True))


def departures_tonight(run_id: int, *relations: str) -> QuerySet[Change]:
    """The departures of these relations that this run has planned and does not hold."""
    return Change.objects.filter(
        scope__phase__in=phases_of(run_id, *relations),
        scope__verdict=Scope.Verdict.APPLY,
        action=Change.Action.DEPARTURE,
    )


def is_held_tonight(run_id: int, relation: str, ref: str, member: str) -> Exists | None:
    """Whether the departure of the (outer) row, keyed by these fields, is held in this run; None when none is."""
    phases = phases_of(run_id, relation)
    if not Scope.objects.filter(phase__in=phases, verdict=Scope.Verdict.HOLD).exists():
        return None
    held = Change.objects.filter(
        scope__phase__in=phases,
        scope__verdict=Scope.Verdict.HOLD,
        action=Change.Action.DEPARTURE,
        scope__ref=OuterRef(ref),
        member=OuterRef(member),
    )
    return Exists(held)


def leaves_tonight(run_id: int, relations: tuple[str, ...], ref: str, member: str, *, for_good: bool = False) -> Exists:
    """Whether the (outer) row, keyed by these fields, departs in this run; ``for_good``: is not merely suspended."""
    departures = departures_tonight(run_id, *relations).filter(scope__ref=OuterRef(ref), member=OuterRef(member))
    return Exists(departures.filter(after="") if for_good else departures)


def vanishes_tonight(run_id: int, username: str) -> In:
    """Whether the person is treated as an inactive account from this run on: gone from a complete directory.

    ``username`` is a field of the queryset that is filtered. The few who vanish are gathered once, not looked up for each row.
    """
    return In(F(username), departures_tonight(run_id, PEOPLE).order_by().values("person"))
