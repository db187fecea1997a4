"""Everyone of a course of 20,000 suspended, then resumed: preview, confirmation, and the worker's part. A process of its own."""

import json
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import django

Result = TypeVar("Result")


def measure_actions(people: int) -> dict[str, float]:
    """Seconds of the server for each step, from the selection of everyone to the end of the job.

    The database is emptied first, then filled with a course of that many people and others around it.
    """
    from benchmarks.participants_data import load
    from courses.hand.confirming import carry_out
    from courses.hand.enrolment_verbs import propose_suspending
    from courses.hand.preview import ActionPreview
    from courses.tasks import conduct
    from enrolhub.access.models import SiteRole, User
    from enrolhub.sync.models import Run

    course = load(people)
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    times: dict[str, float] = {}

    def preview() -> ActionPreview:
        shown = ActionPreview(propose_suspending(choose_everyone(course.code, user)))
        assert shown.lines
        assert shown.digest
        assert shown.touched_count
        return shown

    shown = timed(times, "preview", preview)
    again = propose_suspending(choose_everyone(course.code, user))
    run = timed(times, "confirm", lambda: carry_out(again, "suspend", shown.digest))
    timed(times, "job", lambda: conduct(run.pk))
    run = Run.objects.get(pk=run.pk)
    if run.state != Run.State.APPLIED or run.digest != shown.digest:
        raise RuntimeError(f"the run ended as {run.state}, {run.message}")
    return times | {"alterations": run.alterations}


def choose_everyone(code: str, user: "User") -> "Chosen":  # type: ignore[name-defined]  # noqa: F821 - known once Django is set up
    """The selection of everyone, as a page makes it."""
    from django.utils import timezone

    from courses.hand.chosen import Chosen
    from courses.models import Course
    from courses.participants.queries import Scope
    from courses.participants.selection import Selection, selected_people
    from courses.participants.vocabulary import vocabulary_of

    course = Course.objects.get(code=code)
    scope = Scope(vocabulary_of(course), timezone.now(), None)
    ids = selected_people(scope, Selection(everyone=True)).values_list("pk", flat=True)
    return Chosen(course, list(ids), user)


def timed(times: dict[str, float], name: str, work: Callable[[], Result]) -> Result:
    """Do the work and note its seconds."""
    start = time.perf_counter()
    result = work()
    times[name] = round(time.perf_counter() - start, 3)
    return result


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_actions(int(sys.argv[1]))))
