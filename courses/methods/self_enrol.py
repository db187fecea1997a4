"""« Auto-inscription »: people who enrol by themselves, with a key or without."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from courses.methods.self_enrol_form import SelfEnrolForm
from courses.models import Method


class SelfEnrol:
    kind = Method.Kind.SELF
    icon = "key"
    form = SelfEnrolForm
    comes_by_hand = True
    is_single = False

    def problems(self, method: Method) -> Mapping[str, str]:
        """Dates that cross, places that cannot be, a renewal that would have no end, a role that nobody gives themself."""
        found = {}
        if method.starts_at and method.ends_at and method.ends_at <= method.starts_at:
            found["ends_at"] = _("The end is not after the start. Correct one of them.")
        if method.capacity is not None and method.capacity < 1:
            found["capacity"] = _("There is at least one place. To let nobody in, make the method inactive.")
        if method.may_renew and not method.duration_days:
            found["may_renew"] = _("Give enrolments a duration first: a renewal lasts as long again.")
        if method.role.may_edit:
            found["role"] = _("Nobody becomes a teacher who edits by enrolling. Choose another role.")
        return found
