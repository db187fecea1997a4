"""Who is who, and who is in which cohort, according to whom."""

from cohorts.models.asked import Asked, AskedRow, LeftOut
from cohorts.models.cohort import Cohort, CohortMember
from cohorts.models.person import Person
from cohorts.models.snapshot import ExtractFile, Snapshot, SnapshotFile
from cohorts.models.staged import (
    StagedGroup,
    StagedGroupAssignment,
    StagedPerson,
    StagedProgramme,
    StagedRegistration,
    StagedRejection,
    StagedUnit,
    StagedUnitRegistration,
    StagedYear,
)

__all__ = [
    "Asked",
    "AskedRow",
    "Cohort",
    "CohortMember",
    "ExtractFile",
    "LeftOut",
    "Person",
    "Snapshot",
    "SnapshotFile",
    "StagedGroup",
    "StagedGroupAssignment",
    "StagedPerson",
    "StagedProgramme",
    "StagedRegistration",
    "StagedRejection",
    "StagedUnit",
    "StagedUnitRegistration",
    "StagedYear",
]
