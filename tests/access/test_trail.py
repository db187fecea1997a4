"""The audit trail: lines are added and never changed; what is past its time is forgotten; the chain tells of the rest."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from enrolhub.access.keeping import TooYoungToForget, forget_events, rewrite_events
from enrolhub.access.models import Event, EventSeal, TrailIsAppendOnly
from enrolhub.access.sealing import FORGOTTEN, seal_events
from enrolhub.access.trail import record_event
from enrolhub.access.verifying import verify_trail

pytestmark = pytest.mark.django_db


def behind_its_back() -> QuerySet[Event]:
    """The rows as somebody has them who reaches the database itself."""
    return QuerySet[Event, Event](Event)


def events(*actions: str, days_ago: int = 0) -> list[Event]:
    """Events of that age, sealed."""
    told = [record_event("cemu", action, "DRO1", count=3, format="csv") for action in actions]
    behind_its_back().filter(pk__in=[event.pk for event in told]).update(at=timezone.now() - timedelta(days=days_ago))
    seal_events()
    return list(Event.objects.filter(pk__in=[event.pk for event in told]).order_by("pk"))


def test_a_line_is_not_changed_nor_taken_out() -> None:
    [event] = events("export")
    event.actor = "nobody"
    for attempt in (
        event.save,
        event.delete,
        Event.objects.all().delete,
        lambda: Event.objects.filter(pk=event.pk).update(actor="nobody"),
        lambda: Event.objects.bulk_update([event], ["actor"]),
        lambda: Event.objects.update_or_create(pk=event.pk, defaults={"actor": "nobody"}),
    ):
        with pytest.raises(TrailIsAppendOnly):
            attempt()
    assert Event.objects.get().actor == "cemu"


def test_the_chain_is_whole_and_grows() -> None:
    first, second = events("sign_in", "export")
    record_event("cemu", "sign_out")
    told = verify_trail()
    assert (told.fault, told.sealed, told.unsealed) == (None, 2, 1)
    assert (seal_events(), seal_events()) == (1, 0)
    assert list(EventSeal.objects.values_list("event", flat=True)) == [
        first.pk,
        second.pk,
        Event.objects.latest("pk").pk,
    ]
    assert verify_trail().sealed == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": "somebody.else"}, "event_changed"),
        ({"count": 4}, "event_changed"),
        ({"detail": {"format": "xlsx"}}, "event_changed"),
        ({"address": "192.0.2.7"}, "event_changed"),
    ],
)
def test_a_line_changed_behind_its_back_is_found(change: dict[str, object], code: str) -> None:
    _first, second, _third = events("sign_in", "export", "sign_out")
    behind_its_back().filter(pk=second.pk).update(**change)
    assert verify_trail().fault == (code, second.pk)


def test_a_line_taken_out_is_found() -> None:
    _first, second, _third = events("sign_in", "export", "sign_out")
    behind_its_back().filter(pk=second.pk).delete()
    assert verify_trail().fault == ("event_missing", second.pk)


def test_a_seal_taken_out_or_forged_is_found() -> None:
    first, second, third = events("sign_in", "export", "sign_out")
    EventSeal.objects.filter(event=third.pk).update(content="0" * 64)
    assert verify_trail().fault == ("seal_forged", third.pk)
    EventSeal.objects.filter(event=second.pk).delete()
    assert verify_trail().fault == ("seal_missing", third.pk)
    EventSeal.objects.filter(event=first.pk).delete()
    assert verify_trail().fault == ("seal_missing", third.pk)


def test_what_is_past_its_time_is_forgotten_and_the_chain_stays_whole() -> None:
    events("sign_in", "export", days_ago=400)
    [young] = events("sign_out", days_ago=10)
    assert forget_events(timezone.now() - timedelta(days=365)) == 2
    assert forget_events(timezone.now() - timedelta(days=365)) == 0
    told = Event.objects.get(action=FORGOTTEN)
    assert list(Event.objects.exclude(pk=told.pk)) == [young]
    assert (told.count, told.detail["last"]) == (2, young.pk - 1)
    events("sign_in")
    assert (verify_trail().fault, verify_trail().sealed) == (None, 3)


def test_everything_may_be_forgotten_and_a_chain_begun_upon_it() -> None:
    events("sign_in", "export", days_ago=400)
    assert forget_events(timezone.now() - timedelta(days=200)) == 2
    assert EventSeal.objects.count() == 0
    events("sign_in")
    assert (verify_trail().fault, verify_trail().sealed) == (None, 2)


def test_what_is_young_is_not_forgotten() -> None:
    events("sign_in")
    with pytest.raises(TooYoungToForget):
        forget_events(timezone.now() - timedelta(days=179))
    assert Event.objects.count() == 1


def test_a_name_may_be_made_nobodys_and_is_sealed_again() -> None:
    _first, second, _third = events("sign_in", "export", "sign_out", days_ago=190)
    second.actor = "anonyme-1"
    assert rewrite_events([second], ["actor"]) == 1
    told = verify_trail()
    assert (told.fault, told.rewritten) == (None, 1)
    assert Event.objects.get(pk=second.pk).actor == "anonyme-1"
    assert forget_events(timezone.now() - timedelta(days=181)) == 3
    seal_events()
    assert verify_trail().fault is None
