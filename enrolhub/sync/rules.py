"""Who may see runs and their ledger. A ledger names people of every course, so teachers see none of it here."""

import rules

from enrolhub.access.rules import sees_everything

can_view_runs = sees_everything

rules.add_rule("sync.view_runs", can_view_runs)
