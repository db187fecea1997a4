"""Every code that a night or a file stores has words: relations and facts, reasons, findings, messages, kinds of run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from cohorts.bulk.members import HandMembers
from cohorts.relations import CohortMembers, People
from cohorts.sources import apogee_sql, directory_ldap, exchange_files
from courses.asked_relations import AskedEnrolments, AskedGroupMembers
from courses.group_relations import GroupMembers, HandGroupMembers
from courses.models import Method
from courses.night import CLOSING_FINDINGS
from courses.presence import say_enrolment_fact
from courses.relations import EnrolmentRows
from enrolhub.sync import wording
from enrolhub.sync.guards import Reason
from enrolhub.sync.models import Run
from tests.factories import RunFactory

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {exchange_files.KIND, directory_ldap.KIND, apogee_sql.KIND}
KINDS = [*Method.SYNCED, Method.Kind.MANUAL]


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def codes_in(*patterns: str) -> Iterator[str]:
    """The codes that the code of the registers and the courses writes down, by the calls that store them."""
    for folder in ("cohorts", "courses", "enrolhub/sync"):
        for path in (ROOT / folder).rglob("*.py"):
            for pattern in patterns:
                yield from re.findall(pattern, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("people", People.fact_names),
        ("cohort_members", CohortMembers.fact_names),
        ("cohort_members.hand", HandMembers.fact_names),
        ("manual", AskedEnrolments.fact_names),
        ("group_members.hand", AskedGroupMembers.fact_names),
        ("group_members.hand", HandGroupMembers.fact_names),
        *((kind, EnrolmentRows.fact_names) for kind in KINDS),
        *((f"group_members.{kind}", GroupMembers.fact_names) for kind in Method.SYNCED),
    ],
)
def test_facts_are_labelled_in_the_order_of_the_ledger(name: str, facts: tuple[str, ...]) -> None:
    assert tuple(fact for fact, _label in wording.relation_words(name).facts) == facts


def test_what_totals_count_is_what_the_engine_counts() -> None:
    counted = set(wording.counted_relations())
    assert set(KINDS) <= counted
    assert all(EnrolmentRows.is_counted for _ in counted)
    assert HandMembers.name in counted
    assert not counted & {"people", "cohort_members", *(name for name in wording.known_relations() if "group" in name)}


def test_every_reason_has_words() -> None:
    stored = set(codes_in(r'update\(reason="(\w+)"', r'word\(changes, "(\w+)"')) | {reason.value for reason in Reason}
    assert sorted(code for code in stored if wording.say_reason(code) == code) == []


def test_every_finding_has_words() -> None:
    codes = {*CLOSING_FINDINGS, *codes_in(r'code="(\w+)",\s+level=', r'add_finding\(run, "(\w+)"')}
    assert sorted(code for code in codes if str(wording.finding_words(code).title) == code) == []


def test_every_message_of_a_run_has_words() -> None:
    codes = set(
        codes_in(r'RunRefused\(\s*"(\w+)"', r'Problem\(\s*"(\w+)"', r'_refusal\(\s*"(\w+)"', r'message="(\w+)"')
    )
    assert sorted(code for code in codes if wording.say_message(code) == code) == []


def test_every_kind_of_run_is_named() -> None:
    kinds = set(codes_in(r'^KIND = "(\w+)"', r'\nKIND = "(\w+)"'))
    assert kinds
    # Sources of extracts have kinds too; what these are called stands in cohorts/list_labels.py.
    assert sorted(kinds - set(wording.known_kinds()) - SOURCES) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("role", "editingteacher", "Teacher"),
        ("role", "guest", "guest"),
        ("suspended_by", "hand", "suspended by hand"),
        ("suspended_by", "", ""),
        ("ends_at", "2027-08-30T22:00:00Z", "31/08/2027 00:00"),
        ("ends_at", "", ""),
    ],
)
def test_facts_of_an_enrolment_in_words(name: str, value: str, words: str) -> None:
    assert say_enrolment_fact(name, value) == words


@pytest.mark.django_db
def test_names_of_runs() -> None:
    night = RunFactory(scheduled_on="2026-11-17")
    night.refresh_from_db()
    by_hand = RunFactory()
    undo = RunFactory(kind="undo", undoes=night)
    named = [
        wording.run_name(run).replace("\xa0", " ")
        for run in (night, by_hand, undo, Run(kind="file", options={"file": "a.csv"}))
    ]
    assert named == [
        "Night of 16 to 17 November 2026",
        "Night of 16 to 17 November 2026, started at 03:30",
        "Undoing: Night of 16 to 17 November 2026",
        "File: a.csv",
    ]


def test_a_sentence_takes_its_parameters() -> None:
    assert wording.fill("%(a)s and %(b)s of %(c)s", {"a": 1234, "b": ["x", 2]}) == "1,234 and x, 2 of …"
    assert wording.fill("100 % sure", {}) == "100 % sure"
