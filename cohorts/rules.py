"""Who may see the people and cohorts of the registers."""

import rules

from enrolhub.access.rules import sees_everything

can_view_cohorts = sees_everything

rules.add_rule("cohorts.view_cohorts", can_view_cohorts)
