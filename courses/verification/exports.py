"""The gaps as a file: those that the address finds, in its order."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import pgettext_lazy

from courses.verification.checked import Checked
from courses.verification.wording import GAPS, say_break, say_who_mends

#: Machines know the columns by these names, whatever the language of the interface; on the web they are translated.
HEADINGS = {
    "last_name": pgettext_lazy("export", "last_name"),
    "first_name": pgettext_lazy("export", "first_name"),
    "username": pgettext_lazy("export", "username"),
    "id_number": pgettext_lazy("export", "id_number"),
    "email": pgettext_lazy("export", "email"),
    "programmes": pgettext_lazy("export", "programmes"),
    "units": pgettext_lazy("export", "units"),
    "groups": pgettext_lazy("export", "groups"),
    "in_course": pgettext_lazy("export", "in_course"),
    "gap": pgettext_lazy("export", "gap"),
    "broken_link": pgettext_lazy("export", "broken_link"),
    "who_can_mend": pgettext_lazy("export", "who_can_mend"),
}
YES, NO = pgettext_lazy("export", "yes"), pgettext_lazy("export", "no")


def rows_of(checked: Sequence[Checked], now: datetime) -> Iterator[tuple[str, ...]]:
    """One row a student, several codes in a cell joined by ``|`` as in the participants' export."""
    for each in checked:
        entry = each.entry
        yield (
            entry.last_name,
            entry.first_name,
            entry.username,
            entry.id_number,
            entry.email,
            "|".join(each.programmes),
            "|".join(each.units),
            "|".join(sorted(dict.fromkeys(group.name for group in each.groups))),
            str(YES if each.is_enrolled else NO),
            str(GAPS[each.gap]),
            say_break(each.link, now),
            say_who_mends(each.link),
        )
