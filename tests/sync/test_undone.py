"""Sets of codes, some or all but some; and which undos still count."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.sync.models import Run
from enrolhub.sync.undone import EVERYTHING, NONE, Codes, standing_undos, undone_codes
from tests.factories import NIGHT, RunFactory

SOME = st.builds(Codes, st.frozensets(st.sampled_from("ABC")), st.booleans())


@given(SOME, SOME)
def test_sets_of_codes_behave_as_sets(one: Codes, other: Codes) -> None:
    for code in "ABCD":
        assert (code in one.together(other)) == (code in one or code in other)
        assert (code in one.without(other)) == (code in one and code not in other)
    assert bool(one) == (one != NONE)


def undo_of(run: Run, *codes: str, state: str = "applied", dry_run: bool = False) -> Run:
    options = {"scopes": list(codes)} if codes else {}
    undo: Run = RunFactory(kind="undo", undoes=run, options=options, state=state, dry_run=dry_run)
    return undo


@pytest.mark.django_db
class TestStanding:
    def test_an_undo_counts_until_it_is_taken_back(self) -> None:
        night = RunFactory(finished_at=NIGHT + timedelta(minutes=1))
        undo = undo_of(night)
        assert undone_codes() == {night.pk: EVERYTHING}
        again = undo_of(undo)
        assert undone_codes() == {undo.pk: EVERYTHING}
        undo_of(again)
        assert undone_codes() == {again.pk: EVERYTHING, night.pk: EVERYTHING}

    def test_parts_add_up_and_are_taken_back_in_parts(self) -> None:
        night = RunFactory()
        both = undo_of(night, "A", "B")
        undo_of(night, "C")
        undo_of(both, "B")
        assert undone_codes() == {night.pk: Codes(frozenset("AC")), both.pk: Codes(frozenset("B"))}
        assert [(undo.pk, codes.names) for undo, codes in standing_undos() if undo == both] == [(both.pk, {"A"})]

    @pytest.mark.parametrize("state", ["failed", "running", "stopped"])
    def test_an_undo_that_did_not_come_to_its_end_does_not_count(self, state: str) -> None:
        undo_of(RunFactory(), state=state)
        assert undone_codes() == {}

    def test_a_rehearsed_undo_does_not_count(self) -> None:
        undo_of(RunFactory(), state="planned", dry_run=True)
        assert undone_codes() == {}
