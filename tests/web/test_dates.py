"""Dates, ages and durations in words, in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web import dates

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 17, 14, 30, tzinfo=PARIS)
AT = {
    "30 s ago": (NOW - timedelta(seconds=30), "just now", "à l’instant"),
    "35 min ago": (NOW - timedelta(minutes=35), "35 min ago", "il y a 35 min"),
    "nearly 3 h ago": (NOW - timedelta(hours=2, minutes=59), "2 h ago", "il y a 2 h"),
    "this night": (NOW.replace(hour=3, minute=44), "last night at 03:44", "cette nuit à 03:44"),
    "this morning": (NOW.replace(hour=7, minute=55), "this morning at 07:55", "ce matin à 07:55"),
    "later today": (NOW.replace(hour=23, minute=5), "today at 23:05", "aujourd’hui à 23:05"),
    "yesterday": (datetime(2026, 11, 16, 22, 14, tzinfo=PARIS), "yesterday at 22:14", "hier à 22:14"),
    "tomorrow": (datetime(2026, 11, 18, 3, 30, tzinfo=PARIS), "tomorrow at 03:30", "demain à 03:30"),
    "this year": (datetime(2026, 11, 12, 9, 2, tzinfo=PARIS), "12 Nov. at 09:02", "12 nov. à 09:02"),
    "the first": (datetime(2026, 9, 1, 8, 0, tzinfo=PARIS), "1 Sept. at 08:00", "1er sept. à 08:00"),
    "last year": (datetime(2025, 2, 3, 10, 0, tzinfo=PARIS), "3 Feb. 2025 at 10:00", "3 févr. 2025 à 10:00"),
    "told in UTC": (datetime(2026, 11, 16, 23, 30, tzinfo=UTC), "last night at 00:30", "cette nuit à 00:30"),
}


@pytest.fixture(params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with translation.override(request.param):
        yield request.param


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize("case", AT)
def test_moment(case: str, language: str) -> None:
    when, english, french = AT[case]
    assert plain(dates.moment(when, NOW)) == {"en": english, "fr": french}[language]


@pytest.mark.parametrize(
    ("hour", "words"), [(13, "cet après-midi à 13:00"), (18, "ce soir à 18:00"), (5, "cette nuit à 05:00")]
)
def test_parts_of_the_day(hour: int, words: str) -> None:
    with translation.override("fr"):
        assert dates.moment(NOW.replace(hour=hour, minute=0), NOW.replace(hour=23)) == words


@pytest.mark.parametrize(
    ("length", "french"),
    [
        (timedelta(minutes=-5), "à l’instant"),
        (timedelta(hours=6, minutes=59), "il y a 6 h"),
        (timedelta(hours=31), "il y a 31 h"),
        (timedelta(hours=48), "il y a 2 jours"),
        (timedelta(days=400), "il y a 400 jours"),
    ],
)
def test_age(length: timedelta, french: str) -> None:
    with translation.override("fr"):
        assert plain(dates.age(NOW - length, NOW)) == french


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(milliseconds=30), "0 s"),
        (timedelta(milliseconds=430), "0,4 s"),
        (timedelta(milliseconds=9030), "9 s"),
        (timedelta(seconds=51), "51 s"),
        (timedelta(seconds=59.7), "1 min"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(minutes=4, seconds=12), "4 min 12 s"),
        (timedelta(minutes=1, seconds=3), "1 min 03 s"),
        (timedelta(hours=1, minutes=5, seconds=20), "1 h 05 min"),
        (timedelta(hours=2), "2 h"),
    ],
)
def test_duration(length: timedelta, words: str) -> None:
    with translation.override("fr"):
        assert plain(dates.duration(length)) == words


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)))
def test_no_unit_of_a_duration_overflows(length: timedelta) -> None:
    figures = [float(word) for word in dates.duration(length).replace(",", ".").split("\u00a0")[::2]]
    assert all(figure < 60 for figure in figures)


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 17), "Nuit du 16 au 17 novembre 2026"),
        (date(2026, 11, 1), "Nuit du 31 octobre au 1er novembre 2026"),
        (date(2027, 1, 1), "Nuit du 31 décembre 2026 au 1er janvier 2027"),
        (date(2026, 11, 2), "Nuit du 1er au 2 novembre 2026"),
    ],
)
def test_night_name(on: date, words: str) -> None:
    with translation.override("fr"):
        assert plain(dates.night_name(on)) == words


def test_exact_time_is_told_in_paris(language: str) -> None:
    words = {"en": "17 November 2026, 03:44:09", "fr": "17 novembre 2026, 03:44:09"}[language]
    assert plain(dates.exact(datetime(2026, 11, 17, 2, 44, 9, tzinfo=UTC))) == words
