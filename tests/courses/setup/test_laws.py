"""The laws of every change of methods: nothing is stored before, what was seen is done, once; an undo is the identity."""

import pytest

from courses.models import AskedSetup, Method
from courses.setup.asking import Verb
from courses.setup.confirming import SetupMoved, carry_out
from courses.setup.facts import FACTS
from courses.setup.preview import preview_setup
from enrolhub.sync.models import Change, Run
from tests.courses.setup.campus import CASES, Campus, confirm, counts, state, undo
from tests.dumps import tables

pytestmark = pytest.mark.django_db

SEEN = {
    "add cohort": {"arrive": 1, "here": 1, "leave": 0},
    "add disabled": {"arrive": 0, "leave": 0},
    "add link": {"arrive": 1, "here": 1, "leave": 0},
    "change role": {"change": 2},
    "change group": {},
    "change name": {},
    "change keys": {},
    "disable": {"shut": 1, "enter": 1},
    "order": {},
    "delete cohort": {"arrive": 0, "leave": 1, "stay": 1},
    "delete manual": {"arrive": 0, "leave": 1, "stay": 1},
    "delete self": {"arrive": 0, "leave": 1},
    "units": {"arrive": 0, "leave": 0},
}


@pytest.mark.parametrize("name", CASES)
def test_the_preview_says_what_confirming_does(campus: Campus, name: str) -> None:
    before = tables()
    preview = preview_setup(campus.case(name))
    assert counts(preview) == SEEN[name]
    assert tables() == before
    run = carry_out(campus.case(name), preview.digest)
    assert (run.state, run.author) == (Run.State.APPLIED, campus.author)
    changes = Change.objects.filter(scope__phase__run=run)
    of_people = changes.filter(scope__phase__relation__in=Method.Kind.values)
    assert preview.touched_count == of_people.count()
    assert not AskedSetup.objects.exists()
    after = campus.course.methods.values("enrolments__person").exclude(enrolments=None).distinct().count()
    assert preview.after == after


@pytest.mark.parametrize("name", CASES)
def test_an_undo_is_the_identity_and_so_is_the_undo_of_it(campus: Campus, name: str) -> None:
    before = state()
    run = confirm(campus.case(name))
    after = state()
    assert after != before
    back = undo(run)
    assert (back.state, back.finding_count, state()) == ("applied", 0, before)
    assert (undo(back).state, state()) == ("applied", after)


@pytest.mark.parametrize("name", CASES)
def test_what_was_not_seen_is_refused_and_nothing_is_written(campus: Campus, name: str) -> None:
    digest = preview_setup(campus.case(name)).digest
    before = tables()
    with pytest.raises(SetupMoved):
        carry_out(campus.case(name), digest[:-1] + ("0" if digest[-1] != "0" else "1"))
    assert tables() == before


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("add")])
def test_a_form_sent_twice_does_it_once(campus: Campus, name: str) -> None:
    setup = campus.case(name)
    digest = preview_setup(setup).digest
    run = carry_out(campus.case(name), digest)
    before = tables()
    assert carry_out(setup, digest) == run
    assert tables() == before


def test_every_field_of_a_method_is_in_the_ledger() -> None:
    kept = {field.name for field in Method._meta.concrete_fields}
    assert set(FACTS) == kept - {"id", "course", "created_at", "changed_at", "refreshed_at"}


def test_verbs_are_all_tried() -> None:
    assert {setup.split()[0] for setup in CASES} >= {str(verb) for verb in Verb} - {"enable"}
