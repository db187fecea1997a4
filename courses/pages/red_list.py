"""Names on pages that list people whom the reader has not in a course: those on the red list are counted, not named."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from cohorts.models import Person
from courses.queries import people_findable_by
from enrolhub.access.models import User


def hide_names(reader: User | AnonymousUser, people: Iterable[Person]) -> None:
    """Take what names them from those of the people whom no search of the reader finds; they are for showing, not for saving.

    One query where somebody is on the red list, none elsewhere.
    """
    listed = [person for person in people if person.red_list]
    if not listed:
        return
    wanted = [person.pk for person in listed]
    found = set(people_findable_by(reader).filter(pk__in=wanted).values_list("pk", flat=True))
    for person in listed:
        if person.pk not in found:
            person.last_name, person.first_name = _("Somebody on the red list"), ""
            person.username = person.student_number = person.staff_number = person.id_number = person.email = ""
