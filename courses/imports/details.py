"""What is to be told of a row: why it is rejected, which facts it changes, which line it repeats."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from cohorts.bulk.engine_file import EngineFile
from cohorts.bulk.file_run import FileRow
from courses.asked_relations import GROUPS
from courses.bulk.course_rows import FILE_UNITS
from courses.imports.kinds import OpenFile
from courses.setup.rows import UNIT_SEPARATOR
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change
from enrolhub.sync.wording import fill, relation_words
from enrolhub.web.sheets.problems import Rejection

Told = dict[str, Any]


def in_each_language(say: Callable[[], Any]) -> Told:
    """What is said, in every language of the interface."""
    told = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            told[language] = say()
    return told


def say_rejections(rejections: Sequence[Rejection]) -> Told:
    """Why a row is rejected, by language."""
    return in_each_language(lambda: " ".join(rejection.problem.reason for rejection in rejections))


class Details:
    """What is to be told of each row that is taken."""

    def __init__(self, opened: OpenFile, actions: Mapping[int, str]) -> None:
        self.altered = altered_rows(opened, actions)
        self.repeats = repeats_of(opened)

    def of(self, line: int) -> Told | None:
        """By language; nothing of a row that is as one would think."""
        if line in self.repeats:
            return in_each_language(lambda: fill(_("Says the same as line %(line)s"), {"line": self.repeats[line]}))
        rows = self.altered.get(line)
        return in_each_language(lambda: ". ".join(filter(None, map(say_changes, rows)))) if rows else None


def altered_rows(opened: OpenFile, actions: Mapping[int, str]) -> dict[int, list[FileRow]]:
    """What the engine is asked for by each line that alters something."""
    found: dict[int, list[FileRow]] = {}
    for row in opened.rows if isinstance(opened, EngineFile) else ():
        line = int(row.source.rpartition(":")[2])
        if actions.get(line) == Change.Action.ALTERATION.value:
            found.setdefault(line, []).append(row)
    return found


def repeats_of(opened: OpenFile) -> dict[int, int]:
    """The lines that say again what an earlier one says, with that one."""
    entries = getattr(opened, "entries", ())
    return {row.line: entry.row.line for entry in entries for row in entry.repeats}


def say_changes(row: FileRow) -> str:
    """What a row changes of a thing that is there: « Role: Student → Tutor »."""
    if row.relation == GROUPS:
        return "" if row.before else fill(_("Joins the group %(group)s"), {"group": row.item.removeprefix("+")})
    words = relation_words(row.relation)
    if row.relation == FILE_UNITS:
        return f"{row.item.partition(UNIT_SEPARATOR)[0]}: {words.say_fact('linked', row.facts)}"
    names = [name for name, _label in words.facts]
    before, after = split_facts(row.before, names), split_facts(row.facts, names)
    return ". ".join(
        f"{label}: {words.say_fact(name, before.get(name, '')) or '—'} → {words.say_fact(name, after.get(name, '')) or '—'}"
        for name, label in words.facts
        if before.get(name, "") != after.get(name, "")
    )
