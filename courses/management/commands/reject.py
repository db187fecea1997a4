"""`reject`: keep everyone whose departure a run held, in all courses and cohorts or in some (FORMATS §2)."""

import json

from courses.deciding import DecisionCommand
from enrolhub.sync.decide import Decider, departures_in, reject_holds, waiting_holds
from enrolhub.sync.models import Run


class Command(DecisionCommand):
    help = (
        "Reject the departures that a run held: nobody leaves. The next night asks again unless the source has changed."
    )

    def decide(self, run: Run, codes: list[str], decider: Decider) -> None:
        holds = waiting_holds(run, codes)
        reject_holds(run, holds, decider)
        scopes = sorted({hold.scope.code for hold in holds})
        self.stdout.write(json.dumps({"run": run.pk, "rejected": departures_in(holds), "scopes": scopes}))
