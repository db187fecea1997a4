"""Who may see the people and cohorts of the registers, and who keeps the cohorts that no register keeps."""

import rules

from enrolhub.access.rules import is_staff_cemu, sees_everything

can_view_cohorts = sees_everything
#: Who creates, fills, renames and deletes the cohorts kept by hand.
can_keep_cohorts = is_staff_cemu

rules.add_rule("cohorts.view_cohorts", can_view_cohorts)
rules.add_rule("cohorts.keep_cohorts", can_keep_cohorts)
