"""People who have left are made nobody: no name of theirs is left in any column, and what they did still counts."""

import json
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone, translation

from cohorts.models import Cohort, Person, Snapshot, StagedGroupAssignment, StagedPerson, StagedRegistration
from cohorts.relations import PERSON_FACTS
from courses.models import (
    AskedSetup,
    Course,
    Delivery,
    Digest,
    Enrolment,
    Exclusion,
    Group,
    ImportFile,
    Message,
    Method,
    Outbox,
)
from courses.privacy.anonymising import FREE_TEXT, anonymise
from courses.privacy.leavers import PREFIX, leavers
from courses.privacy.leaving import forget_leavers
from enrolhub.access.models import Event, SavedView, User
from enrolhub.access.trail import record_event
from enrolhub.access.verifying import verify_trail
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Change, Finding, Hold, LimitRaise, Run
from tests.factories import (
    ChangeFactory,
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    DeliveryFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    FindingFactory,
    GroupFactory,
    GroupMemberFactory,
    HandCohortFactory,
    HoldFactory,
    ParticipationFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
#: What is left of nobody. The last name alone may be anybody's: wherever it stands, the first name stands beside it.
MARKERS = ("zcachard", "zc042uid", "22699001", "p0077x", "zelie.cachard@", "cachard")
NAME = "Cachard Zélie"


@pytest.fixture
def person() -> Person:
    """Somebody who has left: the account is closed, the course was of a year that is over."""
    SnapshotFactory(academic_years=["2026"])
    made: Person = PersonFactory.create(
        username="zcachard",
        directory_uid="zc042uid",
        student_number="22699001",
        staff_number="P0077X",
        last_name="Cachard",
        first_name="Zélie",
        email="zelie.cachard@etu.exemple.fr",
        account_state=Person.AccountState.INACTIVE,
    )
    course = CourseFactory(code="OLD", academic_year="2024")
    EnrolmentFactory(course=course, person=made)
    ParticipationFactory(course=course, person=made)
    return made


def leave_traces(person: Person) -> None:
    """Put the person wherever somebody can be named."""
    now, text = timezone.now(), f"{NAME}, {person.username}, {person.student_number}, {person.email}"
    course, account = Enrolment.objects.get(person=person).method.course, UserFactory(username=person.username)
    User.objects.filter(pk=account.pk).update(email=person.email, last_name="Cachard", first_name="Zélie")
    SiteRoleFactory(user=account)
    run = RunFactory(kind="hand", author=account, options={"said": text}, message_params={"who": [text]})
    FindingFactory(run=run, params={"who": text}, cases=[{"person": person.username}])
    facts = join_facts(["Cachard", "Zélie", person.email, "22699001", "P0077X", "zc042uid", "student", "active", ""])
    people = ScopeFactory(phase=PhaseFactory(run=run, relation="people"), code="annuaire")
    ChangeFactory(scope=people, person=person.username, item=person.username, after=facts, member=0)
    ChangeFactory(scope=people, person=person.username, item=person.username, before=facts, after=facts, member=0)
    scope = ScopeFactory(phase=PhaseFactory(run=run), code=course.code)
    ChangeFactory.create_batch(3, scope=scope, person=person.username, member=person.pk)
    HoldFactory(scope=scope, state=Hold.State.REJECTED, comment=text, params={"who": text})
    ends = now + timedelta(days=1)
    LimitRaise.objects.create(limit="X", value=9, starts_at=now, ends_at=ends, reason=text)
    leave_traces_in_texts(person, course, account, text)
    AskedSetup.objects.create(run=run, relation="methods", ref=1, before=text, facts=text)


def leave_traces_in_texts(person: Person, course: Course, account: User, text: str) -> None:
    now = timezone.now()
    message = DeliveryFactory(person=person, state=Delivery.State.FAILED, answer=f"<{person.email}>: unknown").message
    named = {"sender_name": NAME, "sender_address": person.email, "subject": NAME, "body": text}
    Message.objects.filter(pk=message.pk).update(**named)
    times = {"since": now, "until": now, "claimed_at": now}
    Digest.objects.create(user=account, period="daily:1", state=Digest.State.FAILED, answer=text, **times)
    Outbox.objects.update_or_create(pk=1, defaults={"answer": text})
    Exclusion.objects.create(method=course.methods.earliest("pk"), person=person, reason=text)
    GroupMemberFactory(group=GroupFactory(course=course, name=f"TD de {NAME}", name_key="td de cachard zelie"))
    HandCohortFactory(name=f"Amis de {NAME}", name_key="amis de cachard zelie")
    Method.objects.filter(course=course).update(name=NAME, welcome_message=text)
    SavedView.objects.create(user=UserFactory(), view="participants", name=NAME, query="q=Z%C3%A9lie+Cachard")
    SavedView.objects.create(user=account, view="participants", name="mine")
    ImportFile.objects.create(
        author=UserFactory(),
        kind="enrolments",
        name=f"{NAME}.csv",
        data=b"",
        said={"fr": text},
        reading={"a": text},
        expires_at=now,
    )
    AccessAttempt.objects.create(username=person.username, get_data="", post_data="", failures_since_start=1)
    record_event(person.username, "sign_in")
    record_event("cemu", "personal_data_exported", person.username, filter=text)


def places_naming(markers: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Every column of every table of the database that holds a marker, as the database itself has it."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                quoted = connection.ops.quote_name(column.name), connection.ops.quote_name(table)
                cursor.execute("SELECT LOWER(CAST({} AS TEXT)) FROM {}".format(*quoted))
                text = "\n".join(str(value) for (value,) in cursor.fetchall() if value is not None)
                found |= {(table, column.name, marker) for marker in markers if marker in text}
    return found


def test_no_column_of_any_table_names_them_any_more(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    leave_traces(person)
    named = {(table, column) for table, column, _marker in places_naming(MARKERS)}
    for model, fields in FREE_TEXT.items():
        assert {(model._meta.db_table, field) for field in fields} <= named, "the traces are everywhere to begin with"
    assert {marker for *_place, marker in places_naming(MARKERS)} == set(MARKERS)
    counts = {model: model._default_manager.count() for model in (Person, Enrolment, Change, Event, User, Run, Finding)}
    call_command("anonymise", "zcachard")
    assert places_naming(MARKERS) == set()
    figures = json.loads(capsys.readouterr().out)
    assert (figures["people"], figures["ledger"], figures["events"]) == (1, 5, 2)
    counts[Event] += 2  # that the account was closed, and that it was done
    assert counts == {model: model._default_manager.count() for model in counts}, "everything still counts"


def test_history_stays_true_under_another_name(person: Person) -> None:
    leave_traces(person)
    call_command("anonymise", "zcachard")
    person.refresh_from_db()
    assert person.username.startswith(PREFIX)
    assert (str(person), person.email, person.id_number) == (person.username, "", "")
    assert Change.objects.filter(person=person.username).count() == 5
    arrival, alteration = Change.objects.filter(scope__phase__relation="people").order_by("pk")
    emptied = join_facts(["active" if name == "account_state" else "" for name in PERSON_FACTS])
    assert (arrival.item, arrival.before, arrival.after) == (person.username, "", emptied)
    assert alteration.before == alteration.after == emptied
    account = User.objects.get(username=person.username)
    assert (account.is_active, account.has_usable_password(), account.site_roles.exists()) == (False, False, False)
    assert Run.objects.get(kind="hand").author == account
    assert Group.objects.get(name__startswith="TD de").name == f"TD de {person.username}"
    assert Cohort.objects.get(name__startswith="Amis").name_key == f"amis de {person.username}"
    assert verify_trail().fault is None, "the trail was sealed again"


def test_the_pseudonym_comes_from_nothing_that_is_known(person: Person) -> None:
    other = PersonFactory(username="other", account_state=Person.AccountState.INACTIVE)
    first = anonymise([person, other], in_trail=True).pseudonyms
    assert len(set(first.values())) == 2
    assert not Person.objects.filter(username=first["other"]).exists(), "of whom nothing has a row none is needed"
    again = PersonFactory.create(username="zcachard", account_state=Person.AccountState.INACTIVE)
    EnrolmentFactory(course=CourseFactory(academic_year="2024"), person=again)
    assert anonymise([again], in_trail=True).pseudonyms["zcachard"] != first["zcachard"]


def account_open(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(account_state=Person.AccountState.SUSPENDED)


def landed(model: type[models.Model], list_name: str, **values: str) -> None:
    file = ExtractFileFactory(list_name=list_name)
    SnapshotFileFactory(file=file)
    texts = [each.name for each in model._meta.concrete_fields if isinstance(each, models.CharField)]
    model._default_manager.create(file=file, line=2, **(dict.fromkeys(texts, "") | values))


def in_the_directory(person: Person) -> None:
    landed(StagedPerson, "annuaire", username=person.username)


def registered(person: Person) -> None:
    landed(StagedRegistration, "inscriptions_administratives", student_number=person.student_number)


def in_a_group_of_the_register(person: Person) -> None:
    landed(StagedGroupAssignment, "affectations_groupes", student_number=person.student_number)


def in_an_open_course(person: Person) -> None:
    EnrolmentFactory(course=CourseFactory(code="NOW"), person=person)


def in_a_cohort_kept_by_hand(person: Person) -> None:
    CohortMemberFactory(cohort=HandCohortFactory(code="NOW"), person=person)


def held(person: Person) -> None:
    ChangeFactory(scope=HoldFactory().scope, person=person.username)


def run_under_way(person: Person) -> None:
    RunFactory(state=Run.State.RUNNING)


def nobody_already(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(username=f"{PREFIX}1")


REASONS = {
    account_open: "Their account is open",
    in_the_directory: "The registers name them",
    registered: "The registers name them",
    in_a_group_of_the_register: "The registers name them",
    in_an_open_course: "an open year (NOW)",
    in_a_cohort_kept_by_hand: "an open year (NOW)",
    held: "is held",
    run_under_way: "A run is under way",
    nobody_already: "no name any more already",
}


@pytest.mark.parametrize("hinder", REASONS)
def test_who_is_still_here_is_refused_and_told_why(person: Person, hinder: object) -> None:
    assert callable(hinder)
    hinder(person)
    other = PersonFactory(username="other", account_state=Person.AccountState.INACTIVE)
    name = Person.objects.get(pk=person.pk).username
    before = list(Person.objects.order_by("pk").values())
    with translation.override("en"), pytest.raises(CommandError) as refusal:
        call_command("anonymise", "other", name)
    assert (refusal.value.returncode, REASONS[hinder] in str(refusal.value)) == (2, True)
    assert list(Person.objects.order_by("pk").values()) == before, f"not {other} either: all of them or none"


@pytest.mark.parametrize("name", ["nobody", "a\x00b", "", "'; DROP TABLE"])
def test_an_unknown_name_is_refused(person: Person, name: str) -> None:
    with translation.override("en"), pytest.raises(CommandError, match="Nobody has this username"):
        call_command("anonymise", "zcachard", name)
    assert Person.objects.filter(username="zcachard").exists()


def test_a_dry_run_only_says_that_it_can_be_done(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("anonymise", "zcachard", "--dry-run")
    assert json.loads(capsys.readouterr().out) == {"people": 1, "ledger": 0, "texts": 0, "events": 0}
    assert Person.objects.filter(username="zcachard").exists()


def changed_lately(person: Person) -> None:
    ChangeFactory(scope=ScopeFactory(), person=person.username)


def in_a_course_of_last_year(person: Person) -> None:
    EnrolmentFactory(course=CourseFactory(academic_year="2025"), person=person)


def in_a_cohort_of_last_year(person: Person) -> None:
    CohortMemberFactory(cohort=CohortFactory(academic_year="2025"), person=person)


STILL_HERE = [account_open, in_the_directory, registered, in_an_open_course, in_a_cohort_kept_by_hand, held]


@pytest.mark.parametrize(
    "hinder", [*STILL_HERE, changed_lately, in_a_course_of_last_year, in_a_cohort_of_last_year, nobody_already]
)
def test_only_who_left_long_ago_is_purged(person: Person, hinder: object) -> None:
    now = timezone.now()
    assert list(leavers(now)) == [person]
    assert callable(hinder)
    hinder(person)
    assert not leavers(now).exists()


def test_the_purge_makes_them_nobody(person: Person) -> None:
    record_event("", "seen", "other")
    PersonFactory(username="other", account_state=Person.AccountState.INACTIVE)
    assert (forget_leavers(timezone.now()), forget_leavers(timezone.now())) == (1, 0)
    person.refresh_from_db()
    assert person.username.startswith(PREFIX)
    assert Person.objects.filter(username="other").exists(), "who stands in the trail waits until that is over"


def test_nobody_is_purged_before_a_first_extract_or_during_a_run(person: Person) -> None:
    run = RunFactory.create(state=Run.State.RUNNING)
    assert forget_leavers(timezone.now()) == 0
    run.delete()
    Snapshot.objects.all().delete()
    assert forget_leavers(timezone.now()) == 0
