"""The synced kinds, in the order of the night: each may read what the ones before it give."""

from courses.methods.cohort_sync import CohortSync
from courses.methods.database import Database
from courses.methods.meta_link import MetaLink
from courses.methods.protocol import SyncedKind

SYNCED_KINDS: tuple[SyncedKind, ...] = (Database(), CohortSync(), MetaLink())
