"""The words of the codes of a chain: its places and states, what is found, who can mend it, what to do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.explain.chain import Mender, Place, State

Words = str | Promise

PLACES: Mapping[Place, Words] = {
    Place.ACCOUNT: gettext_lazy("Digital account"),
    Place.ADMINISTRATIVE: gettext_lazy("Administrative registration"),
    Place.PEDAGOGICAL: gettext_lazy("Pedagogical registration"),
    Place.GROUP: gettext_lazy("Group"),
    Place.COURSE_LINK: gettext_lazy("Course link"),
    Place.COHORT: gettext_lazy("Cohort"),
    Place.SOURCE_COURSE: gettext_lazy("Source course"),
    Place.METHOD: gettext_lazy("Method"),
    Place.DECISION: gettext_lazy("Hold or exclusion"),
    Place.ENROLMENT: gettext_lazy("Enrolment in the course"),
}
STATES: Mapping[State, Words] = {
    State.HOLDS: pgettext_lazy("link", "holds"),
    State.NOTED: pgettext_lazy("link", "to be noted"),
    State.BROKEN: pgettext_lazy("link", "broken"),
    State.MOOT: pgettext_lazy("link", "nothing to say"),
}
MENDERS: Mapping[Mender, Words] = {
    Mender.REGISTRAR: gettext_lazy("the registrar’s office (scolarité)"),
    Mender.STUDENT: gettext_lazy("the student"),
    Mender.TEACHER: gettext_lazy("a teacher of the course"),
    Mender.CEMU: gettext_lazy("the CEMU"),
    Mender.DIRECTORY: gettext_lazy("the directory service"),
    Mender.NIGHT: gettext_lazy("nobody: the next night does it by itself"),
    Mender.NOBODY: pgettext_lazy("who can mend", "nobody"),
}

#: What each code found, as the end of a sentence; alone, it begins with a capital.
FINDINGS: Mapping[str, Words] = {
    "account_active": gettext_lazy("active account"),
    "account_unconfirmed": gettext_lazy("active account, but the extract in force has no entry of it"),
    "account_locked": gettext_lazy("the account is locked: the enrolment stays, signing in does not work"),
    "account_closed": gettext_lazy("the account is closed"),
    "account_missing": gettext_lazy("the account is no longer in the directory"),
    "not_asked": gettext_lazy("not asked: another link decides"),
    "registration_counts": gettext_lazy("%(programme_label)s, registration that counts"),
    "registration_missing": gettext_lazy("no administrative registration in %(years)s"),
    "registration_unpaid": gettext_lazy("the administrative registration on %(programme_label)s is not paid"),
    "registration_cancelled": gettext_lazy("the administrative registration on %(programme_label)s is cancelled"),
    "registration_other_version": gettext_lazy(
        "registered on version %(registered)s of %(programme)s, while the pedagogical registration is on version %(version)s"
    ),
    "registration_elsewhere": gettext_lazy(
        "registered on the étape %(registered)s, while the pedagogical registration is on %(programme)s"
    ),
    "cohort_other_version": gettext_lazy(
        "registered on version %(registered)s of %(programme)s, not on version %(version)s"
    ),
    "cohort_other_programme": gettext_lazy("registered on the étape %(registered)s, not on %(programme)s"),
    "not_a_student": gettext_lazy("this person has no student number, so no registration can feed an enrolment"),
    "unit_registration_counts": gettext_lazy("registered on %(units)s, to be followed this year"),
    "unit_registration_missing": gettext_lazy("no pedagogical registration on %(units)s"),
    "unit_not_followed": gettext_lazy("the element %(units)s is acquired already, not to be followed this year"),
    "period_followed": gettext_lazy("registered on an element of %(period)s"),
    "period_missing": gettext_lazy("no pedagogical registration on an element of %(period)s for %(programme)s"),
    "assigned": gettext_lazy("in APOGÉE: %(groups)s"),
    "no_group": gettext_lazy("no group in APOGÉE for %(units)s; the course asks for none"),
    "group_matches": gettext_lazy("in the group %(group)s, which alone feeds the course"),
    "not_in_group": gettext_lazy("not in the group %(group)s, which alone feeds the course"),
    "assigned_without_registration": gettext_lazy(
        "in %(groups)s in APOGÉE, which counts for nothing without the pedagogical registration"
    ),
    "fed_by": gettext_lazy("fed by %(units)s"),
    "no_extract": gettext_lazy("no extract of the registers was read yet"),
    "no_units": gettext_lazy("no element of APOGÉE feeds this course"),
    "course_without_year": gettext_lazy("the course has no academic year, so no registration can feed it"),
    "year_closed": gettext_lazy(
        "the registers in force do not speak of %(years)s: the course is frozen, nobody arrives and nobody leaves"
    ),
    "link_other_programme": gettext_lazy(
        "the course is linked for the étape %(only_programme)s only, not for %(programme)s"
    ),
    "link_other_version": gettext_lazy(
        "the course is linked for version %(only_version)s of %(programme)s only, not for version %(version)s"
    ),
    "cohort_member": gettext_lazy("member of the cohort %(cohort_name)s"),
    "cohort_member_held": gettext_lazy("still a member of the cohort %(cohort_name)s: the departure is held"),
    "cohort_member_kept": gettext_lazy("still a member of the cohort %(cohort_name)s"),
    "cohort_frozen": gettext_lazy("member of the cohort %(cohort_name)s, whose year is closed"),
    "cohort_year_closed": gettext_lazy("not a member of the cohort %(cohort_name)s, whose year is closed"),
    "cohort_pending": gettext_lazy("not yet a member of the cohort %(cohort_name)s: the next night lets them in"),
    "not_in_cohort": gettext_lazy("not a member of the cohort %(cohort_name)s"),
    "not_in_hand_cohort": gettext_lazy("not a member of the cohort %(cohort_name)s, which is kept by hand"),
    "in_source": gettext_lazy("in the source course %(course)s"),
    "not_in_source": gettext_lazy("not in the source course %(course)s"),
    "method_on": gettext_lazy("“%(method)s”, enabled"),
    "method_off": gettext_lazy("the method “%(method)s” is disabled"),
    "method_year_closed": gettext_lazy("the registers in force do not speak of %(years)s: the course is frozen"),
    "self_not_open": gettext_lazy("the self-enrolment “%(method)s” opens %(at)s"),
    "self_closed": gettext_lazy("the self-enrolment “%(method)s” closed %(at)s"),
    "self_not_in_cohort": gettext_lazy("the self-enrolment “%(method)s” is for the cohort “%(cohort)s” only"),
    "self_full": gettext_lazy("the self-enrolment “%(method)s” is full: %(capacity)s places"),
    "no_decision": gettext_lazy("neither held nor excluded"),
    "excluded": gettext_lazy("excluded from this course by hand%(by_whom)s, %(at)s"),
    "held": gettext_lazy("the departure is held: %(hold)s"),
    "decided_to_stay": gettext_lazy("a departure was proposed and rejected"),
    "enrolled": gettext_lazy("enrolled %(since)s as %(role)s"),
    "not_enrolled": gettext_lazy("no enrolment by this method"),
    "enrolment_pending": gettext_lazy("everything holds: the next night enrols this person"),
    "not_enrolled_by_hand": gettext_lazy("nobody has enrolled this person by hand"),
    "not_enrolled_by_self": gettext_lazy("this person has not enrolled by themselves"),
    "suspended_by_hand": gettext_lazy("suspended by hand%(by_whom)s"),
    "suspended_by_sync": gettext_lazy("suspended by the synchronisation: the reason to be here is gone"),
    "suspended_by_end": gettext_lazy("suspended: the enrolment has reached its end"),
    "enrolment_not_started": gettext_lazy("the enrolment starts %(starts_at)s"),
    "enrolment_ended": gettext_lazy("the enrolment ended %(ends_at)s"),
    "enrolment_method_off": gettext_lazy("the method that enrols this person is disabled"),
    "kept_held": gettext_lazy("still enrolled, because the departure is held"),
    "kept_decided": gettext_lazy("still enrolled, because somebody rejected the departure"),
    "kept_year_closed": gettext_lazy("still enrolled, because the year of the course is closed and frozen"),
    "kept_protected": gettext_lazy(
        "still enrolled, because a row of the extract that names this person could not be read"
    ),
    "kept_policy": gettext_lazy("still enrolled, because the departure policy keeps people"),
    "kept_partial": gettext_lazy("still enrolled, because the extract is incomplete and removes nobody"),
    "kept_pending": gettext_lazy("still enrolled until the next night"),
    "course_hidden": gettext_lazy("enrolled, but the course is hidden from students"),
    "course_not_started": gettext_lazy("enrolled, but the course opens %(at)s"),
    "course_ended": gettext_lazy("enrolled, but the course ended %(at)s"),
    "no_method": gettext_lazy("the course has no enrolment method"),
}

REMEDIES: Mapping[str, Words] = {
    "account_closed": gettext_lazy(
        "The directory service can reopen the account; the registers follow the night after."
    ),
    "account_missing": gettext_lazy("The directory service can say why the entry is gone and restore it."),
    "account_locked": gettext_lazy("The directory service can unlock the account."),
    "registration_missing": gettext_lazy(
        "The registrar’s office can register this person, or say why they are not registered."
    ),
    "registration_unpaid": gettext_lazy(
        "The student settles the registration with the registrar’s office%(of_component)s; the registers follow the night after."
    ),
    "registration_cancelled": gettext_lazy(
        "The registrar’s office%(of_component)s can say why, and restore it in APOGÉE."
    ),
    "registration_other_version": gettext_lazy(
        "The registrar’s office%(of_component)s can bring both registrations to the same version in APOGÉE."
    ),
    "registration_elsewhere": gettext_lazy(
        "The registrar’s office%(of_component)s can bring both registrations to the same étape in APOGÉE."
    ),
    "cohort_other_version": gettext_lazy(
        "The registrar’s office%(of_component)s can correct the version in APOGÉE, if it is wrong."
    ),
    "cohort_other_programme": gettext_lazy(
        "If the étape is wrong, the registrar’s office%(of_component)s corrects it; if not, a teacher may enrol this person by hand."
    ),
    "not_a_student": gettext_lazy("A teacher of the course can enrol this person by hand."),
    "unit_registration_missing": gettext_lazy(
        "The registrar’s office%(of_component)s can add it in APOGÉE. If that is done before tonight’s extract,"
        " the course appears tomorrow morning."
    ),
    "unit_not_followed": gettext_lazy(
        "If the element is to be followed all the same, the registrar’s office%(of_component)s changes it in APOGÉE;"
        " otherwise a teacher may enrol this person by hand."
    ),
    "period_missing": gettext_lazy("The registrar’s office can add the pedagogical registration in APOGÉE."),
    "not_in_group": gettext_lazy("The registrar’s office%(of_component)s can put this person in the group in APOGÉE."),
    "no_extract": gettext_lazy("The CEMU can start a night, or find why none went through."),
    "no_units": gettext_lazy("The CEMU can link the course to an element, or a teacher enrol this person by hand."),
    "course_without_year": gettext_lazy("The CEMU can give the course its year."),
    "year_closed": gettext_lazy("The CEMU can tell which course replaces it this year."),
    "method_year_closed": gettext_lazy("The CEMU can tell which course replaces it this year."),
    "cohort_year_closed": gettext_lazy("The CEMU can tell which cohort replaces it this year."),
    "link_other_programme": gettext_lazy("The CEMU can widen the course’s link."),
    "link_other_version": gettext_lazy("The CEMU can widen the course’s link."),
    "not_in_hand_cohort": gettext_lazy("The CEMU, who keeps this cohort, can add this person."),
    "method_off": gettext_lazy("A teacher of the course can enable the method again."),
    "enrolment_method_off": gettext_lazy("A teacher of the course can enable the method again."),
    "self_not_open": gettext_lazy("A teacher of the course can open it earlier."),
    "self_closed": gettext_lazy("A teacher of the course can open it again."),
    "self_not_in_cohort": gettext_lazy("A teacher of the course can admit others, or enrol this person by hand."),
    "self_full": gettext_lazy("A teacher of the course can add places, or enrol this person by hand."),
    "excluded": gettext_lazy("A teacher of the course can lift the exclusion."),
    "held": gettext_lazy("The CEMU approves or rejects the departure."),
    "kept_held": gettext_lazy("The CEMU approves or rejects the departure."),
    "kept_year_closed": gettext_lazy("Nothing is to be mended: a closed year is never emptied."),
    "cohort_pending": gettext_lazy("Nothing is to be done: the next night does it."),
    "enrolment_pending": gettext_lazy("Nothing is to be done: the next night does it."),
    "kept_pending": gettext_lazy("Nothing is to be done: the next night does it."),
    "not_enrolled_by_hand": gettext_lazy("A teacher of the course can enrol this person."),
    "not_enrolled_by_self": gettext_lazy("The student can enrol from the course’s page."),
    "suspended_by_hand": gettext_lazy("A teacher of the course can resume this enrolment."),
    "suspended_by_sync": gettext_lazy("It is lifted by itself when the broken link below is mended."),
    "suspended_by_end": gettext_lazy("A teacher of the course can renew this enrolment to a later end."),
    "enrolment_not_started": gettext_lazy("A teacher of the course can bring the start forward."),
    "enrolment_ended": gettext_lazy("A teacher of the course can move the end."),
    "course_hidden": gettext_lazy("A teacher of the course can show it."),
    "course_not_started": gettext_lazy("A teacher of the course can bring its start forward."),
    "course_ended": gettext_lazy("A teacher of the course can move its end."),
    "no_method": gettext_lazy("The CEMU can add an enrolment method."),
}

#: What a row of the extract is worth for the course.
ROW_FINDINGS: Mapping[str, Words] = {
    "active": pgettext_lazy("row", "active"),
    "suspended": pgettext_lazy("row", "locked"),
    "inactive": pgettext_lazy("row", "closed"),
    "counts": pgettext_lazy("row", "counts"),
    "unpaid": pgettext_lazy("row", "not paid"),
    "cancelled": pgettext_lazy("row", "cancelled"),
    "other_year": pgettext_lazy("row", "another year"),
    "not_followed": pgettext_lazy("row", "acquired already"),
    "not_covered": pgettext_lazy("row", "without an administrative registration that counts"),
    "no_row": pgettext_lazy("row", "no row"),
}
