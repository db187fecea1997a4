"""Making people nobody: a name that says nothing in place of every one of theirs, while counts and history stay true.

The pseudonym is drawn by lot and kept nowhere beside the name: nobody can go back, we neither (docs/decisions/0108).
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable

from cohorts.models import Cohort, Person
from cohorts.register import PEOPLE
from cohorts.relations import PERSON_FACTS
from courses.models import (
    AskedSetup,
    Delivery,
    Digest,
    Exclusion,
    Group,
    ImportFile,
    Message,
    Method,
    Outbox,
)
from courses.privacy.leavers import PREFIX
from courses.privacy.names import Names
from enrolhub.access.keeping import rewrite_events
from enrolhub.access.models import Event, SavedView, SiteRole, User, ViewPreference
from enrolhub.sync.facts import FactPart, JoinedFacts
from enrolhub.sync.models import Change, Finding, Hold, LimitRaise, Run

#: Where people may be named by whoever writes, or by what a run tells: read through, word by word.
FREE_TEXT: Mapping[type[models.Model], tuple[str, ...]] = {
    Run: ("options", "message_params"),
    Finding: ("params", "cases"),
    Hold: ("params", "comment"),
    LimitRaise: ("reason",),
    Message: ("sender_name", "sender_address", "subject", "body"),
    Digest: ("answer",),
    Outbox: ("answer",),
    Exclusion: ("reason",),
    Group: ("name", "name_key"),
    Cohort: ("name", "name_key"),
    Method: ("name", "welcome_message"),
    SavedView: ("name", "query"),
    ImportFile: ("name", "reading", "said"),
    AskedSetup: ("before", "facts"),
}
EVENT_FIELDS = ("actor", "target", "detail")
READ_AT_ONCE = 2_000
Rewritten = tuple[type[models.Model], Any, dict[str, Any]]


@dataclass
class Anonymised:
    """Pseudonyms by former username, and how many rows elsewhere named one of them."""

    pseudonyms: dict[str, str] = field(default_factory=dict)
    ledger_count: int = 0
    text_count: int = 0
    event_count: int = 0


def anonymise(people: Sequence[Person], *, in_trail: bool) -> Anonymised:
    """Make these people nobody, all of them or none. Whether they may be is asked before (``leavers``).

    ``in_trail``: in the audit trail too, which the application's own role on PostgreSQL may not (a database error). Without
    it events that name them stay until their time is over.
    """
    done = Anonymised({person.username: f"{PREFIX}{secrets.token_hex(8)}" for person in people})
    names = names_of(people, done.pseudonyms)
    rewritten = list(rewritten_rows(names))
    events = list(rewritten_events(names)) if in_trail else []
    with transaction.atomic():
        locked = list(Person.objects.select_for_update().filter(pk__in=[person.pk for person in people]))
        for model, pk, values in rewritten:
            model._base_manager.filter(pk=pk).update(**values)
        done.text_count = len(rewritten)
        done.ledger_count = rename_in_ledger(done.pseudonyms)
        forget_traces(locked, done.pseudonyms)
        rename_people(locked, done.pseudonyms)
        done.event_count = rewrite_events(events, EVENT_FIELDS)
        delete_without_ties([person.pk for person in locked])
    return done


def names_of(people: Sequence[Person], pseudonyms: Mapping[str, str]) -> Names:
    """What names each of them, and what is put in its place."""
    names = Names()
    for each in people:
        identifiers = (each.username, each.directory_uid, each.student_number, each.staff_number, each.email)
        names.add(identifiers, each.last_name, each.first_name, pseudonyms[each.username])
    return names


def rewritten_rows(names: Names) -> Iterator[Rewritten]:
    """The rows with free text that name somebody, and what they say instead."""
    for model, fields in FREE_TEXT.items():
        rows = model._base_manager.order_by().values_list("pk", *fields)
        for pk, *values in rows.iterator(chunk_size=READ_AT_ONCE):
            changed = _changed(model, names, dict(zip(fields, values, strict=True)))
            if changed:
                yield model, pk, changed


def _changed(model: type[models.Model], names: Names, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that name somebody, without the names, no longer than their columns."""
    changed = {}
    for name, value in values.items():
        replaced = names.replace_in(value)
        if replaced != value:
            longest = getattr(model._meta.get_field(name), "max_length", None)
            changed[name] = replaced[:longest] if isinstance(replaced, str) else replaced
    return changed


def rewritten_events(names: Names) -> Iterator[Event]:
    """The lines of the audit trail that name somebody, as they are to be kept."""
    for event in Event.objects.order_by("pk").iterator(chunk_size=READ_AT_ONCE):
        changed = _changed(Event, names, {name: getattr(event, name) for name in EVENT_FIELDS})
        if changed:
            for name, value in changed.items():
                setattr(event, name, value)
            yield event


def rename_in_ledger(pseudonyms: Mapping[str, str]) -> int:
    """The ledger's natural keys, and of people's own rows the facts: of these only the state of the account stays."""
    named = Change.objects.filter(person__in=list(pseudonyms))
    own = named.filter(scope__phase__relation=PEOPLE)
    emptied = {side: _without_facts(side) for side in ("before", "after")}
    Change.objects.filter(pk__in=own.values("pk")).update(item=_pseudonym("item", pseudonyms), **emptied)
    return int(named.update(person=_pseudonym("person", pseudonyms)))


def _pseudonym(column: str, pseudonyms: Mapping[str, str]) -> Case:
    cases = [When(**{column: name}, then=Value(pseudonym)) for name, pseudonym in pseudonyms.items()]
    return Case(*cases, default=F(column), output_field=models.TextField())


def _without_facts(side: str) -> Combinable:
    state = PERSON_FACTS.index("account_state") + 1
    facts = [FactPart(side, state) if number == state else Value("") for number in range(1, len(PERSON_FACTS) + 1)]
    return Case(When(**{side: ""}, then=Value("")), default=JoinedFacts(*facts), output_field=models.TextField())


def forget_traces(people: Sequence[Person], pseudonyms: Mapping[str, str]) -> None:
    """Addresses that mails went to, failed sign-ins, and of the account all but that there was one: its runs had an author."""
    usernames = [person.username for person in people]
    Delivery.objects.filter(person__in=people).update(address="", answer="")
    for attempts in (AccessAttempt, AccessFailureLog, AccessLog):
        attempts.objects.filter(username__in=usernames).delete()
    for account in User.objects.filter(username__in=usernames):
        for hanging in (SavedView, ViewPreference, SiteRole):
            hanging.objects.filter(user=account).delete()
        account.username = pseudonyms[account.username]
        account.first_name = account.last_name = account.email = ""
        account.is_active = account.is_superuser = account.is_staff = False
        account.set_unusable_password()
        account.save()


def rename_people(people: Sequence[Person], pseudonyms: Mapping[str, str]) -> None:
    """Nothing is left of a person but the pseudonym, by which they are also found, and that the account is closed."""
    texts = [each.name for each in Person._meta.concrete_fields if isinstance(each, models.CharField)]
    values: dict[str, Any] = dict.fromkeys(texts, "") | {"account_state": Person.AccountState.INACTIVE}
    name = _pseudonym("username", pseudonyms)
    Person.objects.filter(pk__in=[each.pk for each in people]).update(**values | {"username": name, "search_key": name})


def delete_without_ties(people: Sequence[int]) -> int:
    """Those of whom no course, cohort or message has a row need no row of their own."""
    ties = Q()
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.one_to_many and isinstance(relation.remote_field, models.ForeignKey):
            rows = relation.related_model._base_manager.filter(**{relation.remote_field.name: OuterRef("pk")})
            ties |= Q(Exists(rows))
    return int(Person.objects.filter(pk__in=people).exclude(ties).delete()[0])
