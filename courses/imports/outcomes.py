"""What loading a file would do, line by line, whether the engine writes it or not; and doing it exactly so."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cohorts.bulk.engine_file import EngineFile
from cohorts.bulk.file_run import MOVED
from courses.bulk.last_access_file import LastAccessFile
from courses.imports.kinds import OpenFile
from enrolhub.sync.models import Change, Run
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.tally import Tally

ARRIVAL, ALTERATION = Change.Action.ARRIVAL.value, Change.Action.ALTERATION.value


@dataclass(frozen=True)
class Outlook:
    """What would happen: the figures, those of each course or cohort by code, the actions by line, what identifies all that.

    A line that is taken and has no action changes nothing.
    """

    tally: Tally
    scopes: Mapping[str, Tally]
    actions: Mapping[int, str]
    digest: str


def look_into(opened: OpenFile) -> Outlook:
    """What the accepted rows of an opened file would do by what is in the database now."""
    if isinstance(opened, EngineFile):
        seen = opened.preview()
        return Outlook(seen.tally, seen.scopes, opened.actions_by_line(), seen.digest)
    tally, actions = opened.carry_out(dry_run=True), actions_of(opened)
    return Outlook(tally, {}, actions, digest_of(opened, actions))


def actions_of(opened: LastAccessFile) -> dict[int, str]:
    rows = [(entry, (entry["course"].pk, entry["person"].id) not in opened.known) for entry in opened.fresh]
    return {entry.row.line: ARRIVAL if is_new else ALTERATION for entry, is_new in rows}


def digest_of(opened: LastAccessFile, actions: Mapping[int, str]) -> str:
    """What identifies the rows that are taken, and what each of them does."""
    rejected = {rejection.line for rejection in opened.sheet.rejections}
    taken = [(row.line, sorted(row.cells.items())) for row in opened.sheet.rows if row.line not in rejected]
    return hashlib.sha256(json.dumps([taken, sorted(actions.items())]).encode()).hexdigest()


def carry_out(opened: OpenFile, digest: str) -> Run | None:
    """Do what was seen under this digest, exactly that; the run, where the engine keeps one. Raises FileRefused."""
    if isinstance(opened, EngineFile):
        return opened.confirm(digest)
    if digest_of(opened, actions_of(opened)) != digest:
        raise FileRefused(MOVED)
    opened.carry_out(dry_run=False)
    return None
