"""What this application shows of itself in the layers below: its place, the words of its codes, who people are."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.findings import ROLLOVER
from cohorts.list_labels import list_label, say_problem
from cohorts.models import Person
from cohorts.queries import (
    cohort_names,
    people_by_username,
    people_without_account,
    registers_read_at,
    usernames_found_by,
)
from cohorts.rules import can_view_cohorts
from enrolhub.access.outside import register_barred_people
from enrolhub.sync.wording import (
    FindingWords,
    People,
    RelationWords,
    fill,
    register_findings,
    register_messages,
    register_people,
    register_reasons,
    register_relation,
    register_run_kind,
)
from enrolhub.web.navigation import Place, register_freshness, register_place

PERSON_FACTS = (
    ("last_name", _("Last name")),
    ("first_name", _("First name")),
    ("email", _("E-mail address")),
    ("student_number", _("Student number")),
    ("staff_number", _("Staff number")),
    ("directory_uid", _("Directory uid")),
    ("affiliations", _("Affiliations")),
    ("account_state", _("Account")),
    ("red_list", _("Red list")),
)

#: Why an extract is refused or incomplete. `file`, `line` and `column` are told beside the sentence.
EXTRACT_PROBLEMS = {
    "manifest_missing": _("The folder %(folder)s has no manifest.json."),
    "manifest_undecodable": _("The manifest is not UTF-8 text."),
    "manifest_malformed": _("The manifest is not valid JSON."),
    "manifest_bad_value": _("The manifest has a value that cannot be: “%(value)s”."),
    "older_than_in_force": _("The extract is older than the one in force."),
    "from_the_future": _("The extract is dated in the future."),
    "file_unreadable": _("%(file)s cannot be read: %(error)s."),
    "column_missing": _("The column “%(column)s” is missing from %(file)s."),
    "column_twice": _("The column “%(column)s” is there twice in %(file)s."),
    "undecodable": _("%(file)s is not UTF-8 text."),
    "file_changed": _("%(file)s was replaced while it was being read."),
    "nul": _("%(file)s holds a NUL character."),
    "stray_line_end": _("A line of %(file)s is cut by a stray carriage return."),
    "line_too_long": _("A line of %(file)s has no end."),
    "quote_open": _("A quote of %(file)s is never closed: lines and records do not add up."),
    "quote_misplaced": _("A quote of %(file)s stands where none may."),
    "file_missing": _("%(file)s is in the manifest and not in the folder."),
    "file_undeclared": _("%(file)s is missing from the manifest."),
    "hash_differs": _("%(file)s is not the file that the manifest describes."),
    "rows_differ": _("%(file)s has %(found)s rows, its manifest says %(declared)s."),
    "rows_unreadable": _("Rows of %(file)s that cannot be read and name nobody: %(rows)s."),
    "list_empty": _("%(file)s is empty."),
    "list_shrank": _("%(file)s went from %(before)s to %(now)s rows."),
    "year_shrank": _("%(file)s went from %(before)s to %(now)s rows of the year %(year)s."),
    "component_shrank": _("%(file)s went from %(before)s to %(now)s rows of the component %(component)s."),
    "year_reopened": _("The year %(year)s was closed, and the extract names it again: tonight it removes nobody."),
    "year_without_rows": _("%(file)s has no row of the year %(year)s."),
    "old": _("The extract is %(hours)s h old: more than %(limit)s h."),
    "file_interrupted": _("The process that applied the file “%(file)s” died. Loading the file again mends all."),
    "stale": _("The extract is %(hours)s h old; beyond %(limit)s h it may no longer remove anyone."),
}

#: Why a register that is asked over the network cannot be read, or not wholly: the fact, then the remedy.
EXTRACT_PROBLEMS |= {
    "stands_in": _("%(source)s could not be read: its extract of %(extracted_at)s stands in, and removes nobody."),
    "nothing_stands_in": _("%(source)s could not be read, and no earlier extract of it stands in."),
    "directory_address": _("LDAP_URL is no address of a directory: “%(value)s”. Write ldaps://host."),
    "directory_certificates": _(
        "LDAP_CA_FILE cannot be used (%(file)s): %(error)s. Give a file of certificates in PEM."
    ),
    "directory_certificate": _(
        "The certificate of %(host)s is not vouched for: %(error)s. Check LDAP_CA_FILE and the name in LDAP_URL."
    ),
    "directory_unreachable": _(
        "The directory %(host)s does not answer: %(error)s. Check LDAP_URL and the network; the next night asks again."
    ),
    "directory_no_password": _("LDAP_BIND_DN or LDAP_PASSWORD is empty: a directory would let anybody in without."),
    "directory_bind_refused": _(
        "The directory refuses the account %(user)s: check LDAP_BIND_DN and LDAP_PASSWORD, or ask for the account."
    ),
    "directory_result": _(
        "Below %(base)s the directory stopped with the result %(result)s (%(words)s): the list may not be whole. "
        "Ask for the limits of our account to be lifted."
    ),
    "directory_cut": _(
        "Below %(base)s the directory could not be read to its end: %(error)s. The next night reads it again."
    ),
    "directory_last_page": _(
        "Below %(base)s the directory did not say that the last page was the last one. Ask whether our account may read in pages."
    ),
    "directory_too_slow": _(
        "Below %(base)s the directory was not read within %(seconds)s s. Ask why it is slow, or raise LDAP_READ_SECONDS."
    ),
    "directory_referral": _(
        "Below %(base)s the directory refers to other servers (%(count)s), which are not followed: "
        "the list may not be whole."
    ),
    "directory_attribute": _(
        "No entry has the attribute %(attribute)s: it was renamed, or is not shown to our account. "
        "Ask for it, or say in LDAP_ATTRIBUTES how %(column)s is called."
    ),
    "directory_years_missing": _("LDAP_REGISTRATIONS is on without LDAP_YEARS: say which academic years are read."),
    "apogee_address": _(
        "APOGEE_DATABASE_URL is no address that can be read here. Write oracle+oracledb://user:password@host/?service_name=…"
    ),
    "apogee_unreachable": _(
        "APOGÉE (%(host)s) does not answer: %(error)s. Check APOGEE_DATABASE_URL and the network; the next night asks again."
    ),
    "apogee_query": _(
        "%(file)s cannot be read from APOGÉE: %(error)s. Check the tables, views and rights that docs/apogee.md lists."
    ),
    "apogee_cut": _(
        "The connection to APOGÉE was cut while %(file)s was read: %(error)s. The next night reads it again."
    ),
    "apogee_years": _("APOGÉE has no academic year to read: %(years)s. Check APOGEE_YEARS and ANNEE_UNI."),
    "apogee_refreshed_at": _(
        "%(setting)s names no moment: the table is empty, or the column is no date. Check it, or empty the setting."
    ),
}

#: Why a row of an extract could not be used.
REJECTIONS = {
    "empty": _("empty"),
    "too_long": _("too long"),
    "bad_code": _("not a code"),
    "bad_student_number": _("not a student number"),
    "bad_year": _("not a year"),
    "control_character": _("control character"),
    "bad_login": _("not a username"),
    "unreadable": _("unreadable"),
    "cell_count": _("wrong number of cells"),
    "contradiction": _("contradicts another row"),
}


def say_extract_problem(case: Any) -> str:
    """One problem of an extract (``Problem.as_json``) as a sentence."""
    return say_problem(case)


#: What an extract shows of academic years that follow each other.
YEAR_CHANGES = {
    "year_begun": _("%(year)s begins, with %(rows)s administrative registrations"),
    "year_nearly_empty": _(
        "%(year)s begins nearly empty: %(rows)s administrative registrations, where the year before has %(before)s"
    ),
    "year_gone": _("%(year)s is no longer in the extract: its courses and cohorts stay as they are"),
    "year_reopened": _("%(year)s was closed and is back, with %(rows)s administrative registrations"),
    "year_emptying": _(
        "%(year)s is being emptied: %(rows)s administrative registrations of %(before)s are left, nobody leaves for it"
    ),
}


def say_year_change(case: Any) -> str:
    """« 2027 commence, avec 312 inscriptions administratives »."""
    return fill(YEAR_CHANGES.get(str(case.get("code", "")), ""), case)


def say_list_not_read(case: Any) -> str:
    """« Annuaire : lu pour la dernière fois le 24/11/2026 02:10 »."""
    at = timezone.localtime(datetime.fromisoformat(case["extracted_at"]))
    told = {"list": list_label(case["list"]), "when": f"{at:%d/%m/%Y %H:%M}"}
    return gettext("%(list)s: last extracted on %(when)s") % told


def say_rejection(case: Any) -> str:
    """« annuaire.csv, ligne 412, supannEtuId : pas un numéro d’étudiant (“12A”) »."""
    words = gettext("%(list)s.csv, line %(line)s, %(column)s: %(why)s (“%(value)s”)")
    return words % {**case, "why": REJECTIONS.get(case.get("reason", ""), case.get("reason", ""))}


def say_person_fact(name: str, value: str) -> str:
    """One fact of a person; the state of an account, and being on the red list, in words."""
    if name == "red_list":
        return gettext("on the red list") if value else ""
    if name == "account_state" and value in Person.AccountState:
        return str(Person.AccountState(value).label)
    return value


def say_member_fact(name: str, value: str) -> str:
    return gettext("member") if value else ""


#: What a night finds in the extracts.
FINDINGS = {
    "extract_problem": FindingWords(
        _("Extract incomplete or old"), _("it may add, it proves no absence"), say_extract_problem
    ),
    "lists_not_read": FindingWords(
        _("Lists that were not read"),
        _("what stands stays as they said it last; nobody leaves for them"),
        say_list_not_read,
    ),
    ROLLOVER: FindingWords(
        _("A change of academic year, it seems"),
        _("a year that the extract does not name is closed: nobody leaves its courses and cohorts"),
        say_year_change,
    ),
    "rows_rejected": FindingWords(
        _("Rows that could not be used"),
        _("they protect the enrolments they would have confirmed"),
        say_rejection,
    ),
    "unknown_students": FindingWords(
        _("Students absent from the directory"),
        _("registered in APOGÉE, without an account"),
        lambda case: str(case.get("student_number", "")),
    ),
    "damaged_text": FindingWords(
        _("Names with damaged letters"),
        _("they were lost before they came here: whoever keeps the directory can mend them"),
        lambda case: "{last_name} {first_name} ({username})".format(**case),
    ),
    "unknown_programmes": FindingWords(
        _("Étapes that the list of étapes lacks"),
        _("students are registered on them, they make no cohort"),
        lambda case: str(case.get("programme", "")),
    ),
}
REASONS = {
    "account_missing": _("gone from the directory"),
    "removed_by_file": _("removed by a file"),
}


def register_all() -> None:
    """Announce the place, the words and the people; called once, when the application is ready."""
    register_place(Place("cohorts", _("Cohorts"), "cohorts:list", 30, may_see=can_view_cohorts))
    register_place(Place("sources", _("Sources"), "cohorts:sources", 70, may_see=can_view_cohorts))
    register_freshness(registers_read_at)
    register_barred_people(people_without_account)
    register_people(People(people_by_username, usernames_found_by))
    register_relation("people", RelationWords(_("People"), PERSON_FACTS, say_fact=say_person_fact))
    members: dict[str, Any] = {"facts": (("member", _("Membership")),), "say_fact": say_member_fact}
    register_relation("cohort_members", RelationWords(_("Members of cohorts"), name_scopes=cohort_names, **members))
    register_relation(
        "cohort_members.hand",
        RelationWords(_("Members of hand-kept cohorts"), name_scopes=cohort_names, are_counted=True, **members),
    )
    register_relation("sources", RelationWords(_("Reading of the sources")))
    register_messages(EXTRACT_PROBLEMS)
    register_run_kind("file", _("File"), lambda run: gettext("File: %(file)s") % {"file": run.options.get("file", "—")})
    register_findings(FINDINGS)
    register_reasons(REASONS)
