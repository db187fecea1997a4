"""Every address of the site, and every form that its pages offer, with what should never be sent to them.

The laws are the crawler's: no answer fails, none shows or changes what is another's, none that only reads writes, none
leads out of the site, none prints markup. What a page wants to be sent it tells itself: by its forms, and by the names that
it looks for.
"""

import re
from itertools import cycle
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.web.crawler import SAFE, Crawler
from tests.hostile.web.mapping import DEEPEST, SHORT, Map
from tests.hostile.web.served import Sent
from tests.hostile.web.values import EXTRA, NAMES, REPLACED, VALUES, WAYS, twisted
from tests.house.rights import VISITORS

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
#: Where a teacher has nothing to look for; the staff go there.
BEYOND = "/(runs|holds|limits|cohorts|sources|many-courses|people)/"
#: Who goes where on the short walk, and whether something is confirmed there.
AREAS = [
    ("editing", "/courses/OWN1/participants/", True),
    ("editing", "/courses/OWN1/methods/", True),
    ("editing", "/courses/OWN1/(?!participants|methods)", True),
    ("editing", f"(?!/courses/OWN1/|{BEYOND})", False),
    ("staff", BEYOND, True),
]
#: The parts of an address, and what else than the visitor's own stands for them.
PART = re.compile(r"(?<=/)(OWN1|\d+|csv|enrolments|cohort_sync|suspend|add)(?=/)")


@pytest.mark.slow
@pytest.mark.parametrize(("visitor", "area", "confirms"), AREAS)
def test_every_page_and_form_once(visitor: str, area: str, confirms: bool) -> None:
    """A short walk: what is offered, each page with everything twisted at once, each form with one of its fields, and each
    confirmation of what was not seen.
    """
    crawler = Crawler(visitor)
    pages = [page for page in crawler.pages() if re.match(area, page.path)]
    found, values = Map(crawler, pages, SHORT), cycle([*crawler.world.foreign, *VALUES])
    for sent in found.open:
        names = found.names(sent)
        if not names:
            continue  # it looks for nothing; the long walk sends it something all the same
        if sent.method in SAFE:
            found.judge(sent.with_fields(tuple((name, next(values)) for name in (*names, *EXTRA))))
        else:
            name = names[len(sent.path) % len(names)]
            found.judge(sent.with_fields(twisted(sent.fields, name, next(values), REPLACED)))
    for form in found.confirmations:
        answer = found.judge(form.with_fields(twisted(form.fields, "digest", "0" * 64, REPLACED)))
        found.faults += [f"{form}: does what was not seen: {answer.wrote}"] if answer.wrote else []
    assert found.faults == []
    assert bool(found.confirmations) is confirms


@st.composite
def requests(draw: st.DrawFn, found: Map) -> Sent:
    """One of the requests of the map, with some of its fields twisted, by another method, or at another place."""
    sent = draw(st.sampled_from(list(found.answers)))
    world = found.crawler.world
    values = st.one_of(st.sampled_from(VALUES), st.sampled_from(world.foreign), st.sampled_from(world.own), st.text())
    fields = sent.fields
    for _time in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from([*found.names(sent), *NAMES, *EXTRA]))
        fields = twisted(fields, name, draw(values), draw(st.sampled_from(WAYS)))
    method = draw(st.sampled_from([sent.method] * 6 + ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]))
    path = sent.path
    if parts := list(PART.finditer(path)) if draw(st.integers(0, 3)) == 0 else []:
        part = draw(st.sampled_from(parts))
        path = f"{path[: part.start()]}{quote(draw(values), safe='', errors='replace')}{path[part.end() :]}"
    return Sent(method, path, fields, sent.files if method == "POST" else ())


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("visitor", VISITORS)
def test_whatever_is_sent_by_anybody(visitor: str) -> None:
    """A long walk: each visitor goes everywhere, and then sends hundreds of requests that nobody has offered."""
    crawler = Crawler(visitor)
    found = Map(crawler, crawler.pages(), DEEPEST)
    assert found.faults == []

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sent=requests(found))
    def send(sent: Sent) -> None:
        assert crawler.faults(sent, crawler.ask(sent)) == []

    send()


#: What is meant to be done again: a method moves one place further with each click, each file sent is a file, and other
#: sessions end whenever one says so.
AGAIN = ("/order/", "/imports/", "/account/")


@pytest.mark.long
@pytest.mark.parametrize("visitor", ["editing", "staff", "operator"])
def test_a_form_sent_twice_is_done_once(visitor: str) -> None:
    """A double click, the arrow back and a tab that was left open: the second time changes nothing (W21)."""
    crawler = Crawler(visitor)
    found = Map(crawler, crawler.pages(), DEEPEST)
    sent = [each for each in found.answers if found.answers[each].wrote and each.method == "POST"]
    done = [each for each in sent if not any(part in each.path for part in AGAIN)]
    assert len(done) > 3
    assert {each.path: changed for each in done if (changed := crawler.changed_by_the_second(each))} == {}
