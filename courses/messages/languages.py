"""In which languages a mail that the site itself writes is worded: the reader's where it is known, else all, one under another.

A language is known once somebody has chosen it for their mails.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import override

from cohorts.models import Person
from courses.models import DigestChoice

CODES: Sequence[str] = tuple(code for code, _name in settings.LANGUAGES)
#: Every language, the site's own first.
ALL = ",".join(sorted(CODES, key=lambda code: code != settings.LANGUAGE_CODE))
BETWEEN_SUBJECTS, BETWEEN_BODIES = " / ", f"\n\n{'-' * 40}\n\n"


def in_each(languages: str, say: Callable[[], str], between: str) -> str:
    """What is said in each of these languages (codes, joined by commas); what says the same in two is said once."""
    told = []
    for language in languages.split(","):
        with override(language or None):
            told.append(say())
    return between.join(dict.fromkeys(told))


def readers_by_language(people: QuerySet[Person]) -> Iterator[tuple[str, QuerySet[Person]]]:
    """Languages and those of the people who read them; whose language is not known reads all."""
    chosen = DigestChoice.objects.filter(user__username=OuterRef("username"))
    for code in CODES:
        yield code, people.filter(Exists(chosen.filter(language=code)))
    yield ALL, people.exclude(Exists(chosen.filter(language__in=CODES)))


def addresses_by_language(addresses: Iterable[str]) -> dict[str, list[str]]:
    """Languages and those of the addresses of accounts that read them."""
    wanted = sorted(set(addresses))
    chosen = DigestChoice.objects.filter(user__email__in=wanted, language__in=CODES)
    known = dict(chosen.values_list("user__email", "language"))
    found: dict[str, list[str]] = {}
    for address in wanted:
        found.setdefault(known.get(address, ALL), []).append(address)
    return found
