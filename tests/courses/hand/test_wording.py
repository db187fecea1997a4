"""Everything that a hand can do, and every reason why it does not, has words in both languages."""

import pytest
from django.utils import translation

from courses.hand.chain import REASONS
from courses.hand.deeds import DEEDS
from courses.hand.enrolling import Terms, propose_enrolling
from courses.hand.wording import LEFT, REMARKS, Wording, say_left
from courses.pages.action_forms import ACTIONS
from enrolhub.access.models import User
from enrolhub.sync.facts import join_facts
from enrolhub.sync.wording import say_reason
from tests.courses.hand.campus import VERBS, Campus
from tests.factories import role

pytestmark = pytest.mark.django_db


def test_every_reason_of_a_proposal_can_be_said(campus: Campus, staff: User) -> None:
    proposals = [campus.propose(verb, staff) for verb in VERBS]
    proposals.append(propose_enrolling(campus.choose(staff), Terms(role())))
    codes = {code for proposal in proposals for code in proposal.codes}
    assert sorted(code for code in codes if not (say_left(code, touched=False) or say_left(code, touched=True))) == []
    assert sorted({*LEFT, *REMARKS} - {code.partition(".")[0] for code in codes}) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_word_keeps_a_gap(language: str) -> None:
    with translation.override(language):
        said = [
            say_left(f"{code}.database", touched=touched)
            for code in ("would_return", "role_of_source")
            for touched in (True, False)
        ]
        assert not [words for words in said if "%" in words]
        assert all(("Base de données" if language == "fr" else "Database") in words for words in said)


def test_every_verb_has_its_form_and_its_deed() -> None:
    assert sorted(ACTIONS) == sorted(VERBS)
    assert sorted(DEEDS) == sorted([*VERBS, "enrol"])
    with translation.override("en"):
        for verb, deed in DEEDS.items():
            assert (deed.say_asked(1234).count("1,234"), deed.say_done(1).count("1")) == (1, 1), verb


def test_every_reason_of_the_ledger_has_words() -> None:
    codes = {code for pair in REASONS.values() for code in pair} | {"exclusion_lifted"}
    assert sorted(code for code in codes if say_reason(code) == code) == []


@pytest.mark.parametrize(
    ("relation", "item", "before", "after", "words"),
    [
        ("manual", "", "", join_facts(["tutor", "", "", ""]), "Manual enrolment: Role Tutor"),
        ("manual", "", join_facts(["tutor", "", "", ""]), "", "No longer enrolled by “Manual enrolment”"),
        (
            "manual",
            "",
            join_facts(["tutor", "", "", "2027-08-31T22:00:00Z"]),
            join_facts(["student", "", "", ""]),
            "Manual enrolment: Role Tutor → Student; End 01/09/2027 00:00 → none",
        ),
        ("group_members.hand", "td1", "", "yes", "Joins the group td1"),
        ("group_members.manual", "gone", "yes", "", "Leaves the group gone"),
        ("exclusions", "", "", join_facts(["yes", "twice"]), "Excluded from “Manual enrolment” (twice)"),
        ("exclusions", "", join_facts(["yes", ""]), "", "Exclusion from “Manual enrolment” lifted"),
    ],
)
def test_rows_in_words(campus: Campus, relation: str, item: str, before: str, after: str, words: str) -> None:
    method = campus.method("manual")
    with translation.override("en"):
        assert Wording(campus.space, {method.pk: method}).say(relation, method.pk, item, before, after) == words
