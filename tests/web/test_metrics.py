"""Figures for Prometheus: to whom they are told, what is counted, and that nobody is named in them."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from enrolhub.web import metrics
from tests.factories import UserFactory

TOKEN = "a-token-of-the-tests-of-32-characters"
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def told(settings: Settings) -> Client:
    """Who has the token."""
    settings.METRICS_TOKEN = TOKEN
    return Client(headers={"authorization": f"Bearer {TOKEN}", "host": "10.0.0.7"})


def samples(client: Client, name: str) -> Samples:
    """The figures of this name, by the values of their labels in the order of the labels' names."""
    text = client.get("/metrics").content.decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {tuple(sample.labels.values()): sample.value for sample in found if sample.name == name}


def test_there_are_no_figures_unless_a_token_is_set() -> None:
    assert Client(headers={"authorization": "Bearer "}).get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer é", TOKEN])
def test_who_has_not_the_token_is_told_nothing(settings: Settings, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = Client(headers={"authorization": given}).get("/metrics")
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_every_part_is_read(told: Client) -> None:
    parts = ("broker", "door", "imports", "mails", "nights", "runs", "sources")
    assert samples(told, "enrolhub_figures_read") == dict.fromkeys(((part,) for part in parts), 1)


@pytest.mark.django_db
def test_what_cannot_be_read_leaves_the_rest(told: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread() -> Iterator[Metric]:
        yield metrics.gauge("half", "A part of it.", 1)
        raise OperationalError

    monkeypatch.setitem(metrics._readers, "runs", unread)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    read = samples(told, "enrolhub_figures_read")
    assert {part for (part,), value in read.items() if not value} == {"broker", "runs"}
    assert samples(told, "enrolhub_half") == {}


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_requests_are_counted_by_the_name_of_their_page(told: Client) -> None:
    def counted() -> Samples:
        return samples(told, "enrolhub_http_requests_total")

    before, browser = counted(), Client()
    UserFactory.create(username="morel")
    for address in ("/sign-in/?ticket=ST-1&next=/courses/SECRET1/", "/courses/SECRET1/", "/nowhere-at-all/"):
        browser.get(address)
    browser.generic("BREW", "/sign-in/")
    after = counted()
    new = {labels for labels in after if after[labels] > before.get(labels, 0)}
    assert {("GET", "200", "access:sign_in"), ("GET", "302", "courses:course"), ("GET", "404", "none")} <= new
    assert [labels[0] for labels in new if labels[0] not in ("GET", "other")] == []
    text = told.get("/metrics").content.decode()
    assert [word for word in ("ST-1", "SECRET1", "nowhere", "BREW", "morel") if word in text] == []
    lengths = samples(told, "enrolhub_http_request_seconds_count")
    assert lengths[("access:sign_in",)] == sum(
        number for (*_how, view), number in after.items() if view == "access:sign_in"
    )
