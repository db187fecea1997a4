"""Who may see the people and cohorts of the registers, and who keeps the cohorts that no register keeps."""

import rules

from enrolhub.access.rules import is_operator, is_staff_cemu, sees_everything

can_view_cohorts = sees_everything
#: Who creates, fills, renames and deletes the cohorts kept by hand.
can_keep_cohorts = is_staff_cemu
#: Who reaches the registers to see whether the settings are right.
can_try_sources = is_operator

rules.add_rule("cohorts.view_cohorts", can_view_cohorts)
rules.add_rule("cohorts.keep_cohorts", can_keep_cohorts)
rules.add_rule("cohorts.try_sources", can_try_sources)
