"""The remarks of a sheet as lines to read: the first of each cause in full, the others counted."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from enrolhub.web.sheets.problems import Remark
from enrolhub.web.sheets.reading import Sheet

SHOWN = 5


def told_remarks(sheet: Sheet) -> Iterator[str]:
    """What was mended, and what else is to be known of rows that were taken; nothing of rows that were rejected."""
    rejected = {rejection.line for rejection in sheet.rejections}
    by_cause: dict[tuple[str, str], list[Remark]] = {}
    for remark in sheet.remarks:
        if remark.line not in rejected:
            by_cause.setdefault((remark.problem.cause.code, remark.column), []).append(remark)
    for remarks in by_cause.values():
        yield from (str(remark) for remark in remarks[:SHOWN])
        more = len(remarks) - SHOWN
        if more > 0:
            words = ngettext("… and %(count)s more line like this.", "… and %(count)s more lines like this.", more)
            yield words % {"count": more}
