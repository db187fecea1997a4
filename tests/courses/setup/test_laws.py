"""The laws of every change of methods: nothing is stored before, what was seen is done, once; an undo is the identity."""

import pytest
from django.db import transaction

from courses.models import AskedSetup, Enrolment, Method
from courses.setup.asking import Setup, Verb
from courses.setup.confirming import SetupBusy, SetupMoved, carry_out
from courses.setup.difference import Target, as_if_done, shares, tell_rows
from courses.setup.facts import FACTS
from courses.setup.preview import preview_setup
from courses.setup.rows import drop_methods
from enrolhub.access.models import SiteRole
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Change, Run
from tests.courses.setup.campus import CASES, Campus, confirm, counts, state, undo
from tests.dumps import tables
from tests.factories import MethodFactory, RunFactory

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
    "delete cohort": {"leave": 1, "stay": 1},
    "delete manual": {"leave": 1, "stay": 1},
    "delete self": {"leave": 1},
    "units": {"arrive": 0, "leave": 0},
}


#: Undone, and the undo undone.
TWICE = ("add cohort", "change keys", "delete cohort")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_is_done_and_taken_back(campus: Campus, name: str) -> None:
    before = state()
    preview = preview_setup(campus.case(name))
    assert counts(preview) == SEEN[name]
    assert state() == before
    run = carry_out(campus.case(name), preview.digest)
    assert (run.state, run.author) == (Run.State.APPLIED, campus.author)
    of_people = Change.objects.filter(scope__phase__run=run, scope__phase__relation__in=Method.KINDS)
    assert preview.touched_count == of_people.count()
    assert not AskedSetup.objects.exists()
    participants = Enrolment.objects.filter(method__course=campus.course).values("person").distinct().count()
    assert preview.after == participants
    after = state()
    assert after != before
    back = undo(run)
    assert (back.state, back.finding_count, state()) == ("applied", 0, before)
    if name in TWICE:
        assert (undo(back).state, state()) == ("applied", after)


def test_a_preview_stores_nothing_and_what_was_not_seen_is_refused(campus: Campus) -> None:
    before = tables()
    digest = preview_setup(campus.case("delete cohort")).digest
    assert tables() == before
    for wrong in (
        f"{digest[:-1]}{'1' if digest[-1] == '0' else '0'}",
        digest.replace(".", "1."),
        "",
        "x.y",
        "².",
        "1.\x00",
        "\x00",
    ):
        with pytest.raises(SetupMoved):
            carry_out(campus.case("delete cohort"), wrong)
    assert tables() == before


@pytest.mark.parametrize("name", ["change role", "delete cohort", "order"])
def test_a_form_sent_twice_does_it_once(campus: Campus, name: str) -> None:
    setup = campus.case(name)
    digest = preview_setup(setup).digest
    run = carry_out(campus.case(name), digest)
    before = state()
    assert carry_out(setup, digest) == run
    assert (state(), Run.objects.count()) == (before, 1)


def test_a_form_that_changes_nothing_does_nothing(campus: Campus) -> None:
    for verb in (Verb.CHANGE, Verb.DISABLE):
        preview = preview_setup(campus.setup(verb, "cohort_sync", campus.changed("cohort_sync")))
        assert (preview.is_empty, preview.touched_count, preview.lines) == (True, 0, [])
        with pytest.raises(SetupMoved):
            carry_out(campus.setup(verb, "cohort_sync", campus.changed("cohort_sync")), preview.digest)
    assert not Run.objects.exists()


def test_what_somebody_is_doing_to_the_course_is_waited_for(campus: Campus) -> None:
    digest = preview_setup(campus.case("change role")).digest
    RunFactory(kind="hand", lane=f"hand:{campus.course.pk}", state=Run.State.RUNNING)
    with pytest.raises(SetupBusy):
        carry_out(campus.case("change role"), digest)


def test_more_than_a_page_writes_waits_for_a_worker_who_looks_once_more(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.setup.confirming.AT_ONCE", 1)
    runs = [confirm(campus.case("add cohort"))]
    assert (runs[0].state, AskedSetup.objects.filter(run=runs[0]).count()) == (Run.State.WAITING, 2)
    assert attempt_run(runs[0]).state == Run.State.APPLIED
    assert Method.objects.get(source_cohort=campus.other).enrolments.count() == 2
    undo(runs[0])
    runs.append(confirm(campus.case("add cohort")))
    campus.other.members.filter(person__username="new").delete()
    moved = attempt_run(runs[1])
    assert (moved.state, moved.message) == (Run.State.REFUSED, "method_moved")
    assert not Method.objects.filter(source_cohort=campus.other).exists()
    assert not AskedSetup.objects.exists()


def test_who_lost_the_right_meanwhile_changes_nothing(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courses.setup.confirming.AT_ONCE", 1)
    run = confirm(campus.case("delete cohort"))
    SiteRole.objects.all().delete()
    assert attempt_run(Run.objects.get(pk=run.pk)).message == "right_lost"
    assert Method.objects.filter(source_cohort=campus.cohort).exists()


def test_an_undo_does_not_make_a_method_twice(campus: Campus) -> None:
    run = confirm(campus.case("delete cohort"))
    MethodFactory(course=campus.course, kind="cohort_sync", source_cohort=campus.cohort)
    before = state()
    back = undo(run)
    assert (back.state, back.message) == (Run.State.REFUSED, "method_there")
    assert state() == before


def test_who_is_enrolled_meanwhile_keeps_the_method(campus: Campus) -> None:
    method = campus.method("self")
    with pytest.raises(RunRefused, match="method_filled"):
        drop_methods([method.pk])
    assert Method.objects.filter(pk=method.pk).exists()


def test_the_night_has_nothing_to_do_after_a_change(campus: Campus) -> None:
    confirm(campus.case("add cohort"))
    again = Setup(Verb.CHANGE, "cohort_sync", [campus.course], campus.author)
    target = Target(again.verb, "cohort_sync", list(Method.objects.values_list("pk", flat=True)), [campus.course])
    with transaction.atomic(), as_if_done(target, []):
        tell_rows(target)
        assert shares() == []


def test_every_field_of_a_method_is_in_the_ledger() -> None:
    kept = {field.name for field in Method._meta.concrete_fields}
    assert set(FACTS) == kept - {"id", "course", "created_at", "changed_at", "refreshed_at"}


def test_verbs_are_all_tried() -> None:
    assert {setup.split()[0] for setup in CASES} >= {str(verb) for verb in Verb} - {"enable"}
