"""Scoped reads of cohorts and of the registers' extracts in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from cohorts.models import Cohort, CohortMember, Person, Snapshot, SnapshotFile
from cohorts.rules import can_view_cohorts
from enrolhub.sync.wording import Named
from enrolhub.web.filters import keywords_in
from enrolhub.web.folding import fold

#: The mission's longest delay: what was refreshed before that is flagged.
REFRESH_LIMIT = timedelta(hours=24)
#: A search as one types shows so many: who wants another one types more.
SHOWN_AT_MOST = 20
LONGEST_SEARCH = 200
FEW = 500
LAST_CHARACTER = chr(0x10FFFF)
BY_NAME = ("last_name_key", "first_name_key", "username")


def cohorts_for(user: Any) -> QuerySet[Cohort]:
    """The cohorts an account may see: all of them, or none."""
    return Cohort.objects.all() if can_view_cohorts(user) else Cohort.objects.none()


def with_member_counts(cohorts: QuerySet[Cohort]) -> QuerySet[Cohort]:
    """Add ``member_count``, counted in the database so that lists can be sorted by it."""
    members = CohortMember.objects.filter(cohort=OuterRef("pk")).order_by().values("cohort")
    counted = members.annotate(number=Count("pk")).values("number")
    return cohorts.annotate(member_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def is_overdue(refreshed_at: datetime | None, now: datetime) -> bool:
    """Whether what a night keeps was last refreshed more than 24 h ago, or never."""
    return refreshed_at is None or now - refreshed_at > REFRESH_LIMIT


def overdue_cohorts(now: datetime) -> QuerySet[Cohort]:
    """Register-kept cohorts of the extract in force's years that no night has refreshed for 24 h."""
    snapshot = snapshot_read()
    years = list(snapshot.academic_years) if snapshot else []
    late = Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=now - REFRESH_LIMIT)
    return Cohort.objects.filter(late, keeper=Cohort.Keeper.REGISTER, academic_year__in=years)


def snapshot_read() -> Snapshot | None:
    """The last accepted extract: the one in force."""
    return Snapshot.objects.filter(accepted=True, is_whole=True).order_by("-id").first()


def registers_read_at() -> datetime | None:
    """When the registers in force were extracted (UTC)."""
    read = Snapshot.objects.filter(accepted=True, is_whole=True).order_by("-id")
    return read.values_list("extracted_at", flat=True).first()


@dataclass
class ListState:
    """One list of the extract in force: its rows, and those of the last accepted extracts, oldest first."""

    name: str
    rows: int
    history: list[int] = field(default_factory=list)

    @property
    def difference(self) -> int | None:
        """Rows more (or fewer) than in the extract before; None for the first one."""
        return self.history[-1] - self.history[-2] if len(self.history) > 1 else None


def list_states(snapshot: Snapshot, nights: int = 30) -> dict[str, ListState]:
    """The lists of the extract in force by name, with their counts over the last accepted extracts, in two queries."""
    recent = list(
        Snapshot.objects.filter(accepted=True, is_whole=True, pk__lte=snapshot.pk)
        .order_by("-id")
        .values_list("pk", flat=True)[:nights]
    )
    files = (
        SnapshotFile.objects.filter(snapshot__in=recent)
        .order_by("snapshot_id")
        .values_list("snapshot_id", "file__list_name", "file__row_count")
    )
    states: dict[str, ListState] = {}
    histories: dict[str, list[int]] = {}
    for snapshot_id, name, rows in files:
        histories.setdefault(name, []).append(rows)
        if snapshot_id == snapshot.pk:
            states[name] = ListState(name, rows, histories[name])
    return states


def members_of(cohort: Cohort) -> QuerySet[CohortMember]:
    """The members of a cohort with their people, in the order of names."""
    return (
        CohortMember.objects.filter(cohort=cohort)
        .select_related("person")
        .order_by("person__last_name_key", "person__first_name_key", "person__username")
    )


def people_by_username(usernames: Iterable[str]) -> Mapping[str, Named]:
    """Names of people, « Nom Prénom », by username, in one query."""
    people = Person.objects.filter(username__in=list(usernames))
    return {person.username: Named(str(person)) for person in people}


def people_without_account() -> QuerySet[Person]:
    """The people whose account the registers close or lock: they sign in nowhere."""
    return Person.objects.exclude(account_state=Person.AccountState.ACTIVE).order_by()


def usernames_found_by(keywords: str) -> QuerySet[Person, Any]:
    """Usernames of the people whom keywords find, as PARTICIPANTS.md §2 finds them."""
    return (
        Person.objects.filter(keywords_in(keywords, "search_key__contains"))
        .order_by()
        .values_list("username", flat=True)
    )


def cohort_names(refs: Iterable[int]) -> Mapping[int, Named]:
    """Names and pages of cohorts by id, in one query."""
    cohorts = Cohort.objects.filter(pk__in=list(refs)).order_by().values_list("pk", "code", "name")
    return {pk: Named(name, reverse("cohorts:cohort", args=[code])) for pk, code, name in cohorts}


class SearchRefused(ValueError):
    """What is searched for cannot be searched; the message says why."""


def search_people(text: str, people: QuerySet[Person] | None = None, limit: int = SHOWN_AT_MOST) -> list[Person]:
    """The first ``limit`` of the people (everybody unless given) who have each word of ``text`` in their names, login,
    number or mail, accents and case folded away.

    Best matches first: whose login, number or mail it is, whose name begins with it (« Nom Prénom » or « Prénom Nom »), the
    others; then by name. Three queries at most. Raises SearchRefused.
    """
    words = searched_words(text)
    everybody = Person.objects.all() if people is None else people
    if not words:
        return []
    exact = is_called(text.strip())
    first = Case(When(exact, then=0), default=1, output_field=IntegerField())
    found = list(everybody.filter(exact | has_name_beginning(words)).order_by(first, *BY_NAME)[:limit])
    if len(found) < limit:
        others = everybody.filter(has_words(words, "search_key__contains")).exclude(pk__in=[each.pk for each in found])
        found += first_by_name(others, limit - len(found))
    return found


def first_by_name(people: QuerySet[Person], count: int) -> list[Person]:
    """The first of people whom a condition finds that no index answers: two queries.

    A few are put in order. Where there are many, the first are met soon along the index of names; walking along it to a few
    would meet everybody else before them.
    """
    ids = list(people.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(ids) <= FEW:
        people = Person.objects.filter(pk__in=ids)
    return list(people.order_by(*BY_NAME)[:count])


def search_cohorts(text: str, cohorts: QuerySet[Cohort], limit: int = SHOWN_AT_MOST) -> list[Cohort]:
    """The first ``limit`` of the cohorts that have each word of ``text`` in their name or code, or as their component: the one of
    that code, those that begin with it, the others; the newest years first. Raises SearchRefused."""
    words = searched_words(text)
    if not words:
        return []
    whole = " ".join(words)
    begins = Q(name_key__startswith=whole) | Q(code__istartswith=whole)
    rank = Case(When(code__iexact=whole, then=0), When(begins, then=1), default=2, output_field=IntegerField())
    found = cohorts.filter(has_words(words, "name_key__contains", "code__icontains", "component__iexact"))
    return list(found.order_by(rank, "-academic_year", "name_key", "code")[:limit])


def searched_words(text: str) -> list[str]:
    """The folded words of what is searched for. Raises SearchRefused where no database could be asked for it."""
    if len(text) > LONGEST_SEARCH:
        raise SearchRefused(
            _("This is too long to be searched: at most %(limit)d characters.") % {"limit": LONGEST_SEARCH}
        )
    if not is_writable(text):
        raise SearchRefused(_("This holds a character that cannot be searched. Type it again by hand."))
    return fold(text).split()


def is_writable(text: str) -> bool:
    """Whether a database can be asked for it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def cohort_of_code(code: str) -> Cohort | None:
    """The cohort of exactly that code, whatever was written."""
    return Cohort.objects.filter(code=code).first() if is_writable(code) else None


def has_words(words: Iterable[str], *lookups: str) -> Q:
    """Rows that have each word by one of the lookups; the longest word, which fewest have, is looked for first."""
    return keywords_in(" ".join(sorted(set(words), key=len, reverse=True)), *lookups)


def is_called(written: str) -> Q:
    """Whose login, number or mail this is, as written; each is found by an index."""
    folded = fold(written)
    numbers = Q(student_number=written) | Q(id_number=written)
    return Q(username__in=sorted({written, folded})) | Q(email_key=folded) | numbers


def has_name_beginning(words: list[str]) -> Q:
    """Whose last or first name begins with these words, or who has the first words as one name and the rest begins the other."""
    whole = " ".join(words)
    found = _begins("last_name_key", whole) | _begins("first_name_key", whole)
    for cut in range(1, len(words)):
        one, other = " ".join(words[:cut]), " ".join(words[cut:])
        found |= Q(first_name_key=one) & _begins("last_name_key", other)
        found |= Q(last_name_key=one) & _begins("first_name_key", other)
    return found


def _begins(column: str, text: str) -> Q:
    """As two comparisons, which an index answers on both databases."""
    return Q(**{f"{column}__gte": text, f"{column}__lt": text + LAST_CHARACTER})
