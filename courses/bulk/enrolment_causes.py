"""Why a row of a file of enrolments is not taken, or what is to be told of one that is."""

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets.problems import Cause

OTHER_COURSE = Cause(
    "other_course",
    _("The file is loaded into the course %(course)s only."),
    _("Remove the line, or load the file without naming a course."),
)
NO_MANUAL_METHOD = Cause(
    "no_manual_method",
    _("The course has no manual enrolment method."),
    _("Add it to the course first."),
)
ENROLLED_ALREADY = Cause(
    "enrolled_already",
    _("This person is enrolled by hand already, otherwise than this line says."),
    _("Write the operation “modifier”, or leave it empty, to change the enrolment."),
)
NOT_ENROLLED = Cause(
    "not_enrolled",
    _("This person has no manual enrolment in the course."),
    _("Remove the line; enrolments that a synchronisation gave are not changed by files."),
)
END_BEFORE_START = Cause(
    "end_before_start",
    _("The end is not after the start (%(start)s)."),
    _("Correct one of them."),
)
ABOVE_AUTHOR = Cause(
    "above_author",
    _("This person has a role in the course that you may not give, so you cannot change their enrolment."),
    _("Remove the line, or ask a manager of the component or the CEMU."),
)
YOURSELF = Cause(
    "yourself",
    _("This is your own enrolment: a file of yours cannot change it."),
    _("Remove the line; somebody else may load it."),
)
GROUP_OF_REGISTER = Cause(
    "group_of_register",
    _("APOGÉE keeps this group: a place given by hand stays in spite of it."),
    _("For good, have the group changed in APOGÉE."),
)
LAST_EDITOR = Cause(
    "last_editor", _("With this, nobody is left who may edit the course %(course)s."), _("Enrol somebody who may.")
)
