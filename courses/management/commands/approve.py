"""`approve`: apply the departures that a run held, all of them or those of some courses and cohorts (FORMATS §2)."""

import json
import sys

from django.core.management.base import CommandError

from courses.deciding import DecisionCommand
from courses.terminal import REFUSED, conduct_here, describe_end
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import Decider, departures_in, request_approval, waiting_holds
from enrolhub.sync.models import Run
from enrolhub.sync.wording import say_message


class Command(DecisionCommand):
    help = "Apply the departures that a run held, and what follows from them. They belong to that run: `undo` takes them back."

    def decide(self, run: Run, codes: list[str], decider: Decider) -> None:
        approval = conduct_here(request_approval(run, waiting_holds(run, codes), decider), self.stderr)
        for line in describe_end(approval):
            self.stderr.write(line)
        if approval.state == Run.State.FAILED:
            sys.exit(1)
        if approval.state == Run.State.REFUSED:
            raise RunRefused(approval.message, **approval.message_params)
        holds = list(approval.approved_holds.select_related("scope"))
        scopes = sorted({hold.scope.code for hold in holds})
        figures = {"run": approval.pk, "state": approval.state, "approved": departures_in(holds), "scopes": scopes}
        self.stdout.write(json.dumps(figures))
        moved = approval.findings.filter(code="hold_moved").first()
        if moved:
            told = ", ".join(case["scope"] for case in moved.cases)
            raise CommandError(say_message("hold_moved", {"codes": told}), returncode=REFUSED)
