"""What every kind of method keeps to. A kind of one's own has its line in CASES (docs/methods.md)."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from cohorts.models import StagedRegistration, StagedUnitRegistration
from cohorts.register import Register, register_of
from cohorts.snapshots import snapshot_in_force
from courses.methods.form import Draft
from courses.methods.protocol import MethodKind, SyncedKind
from courses.methods.registry import METHOD_KINDS, SYNCED_KINDS
from courses.models import Course, Enrolment, Exclusion, Method
from courses.setup.asking import Setup, Verb
from courses.setup.facts import Book, facts_of
from courses.setup.preview import preview_setup
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.relation import DESIRED_COLUMNS
from tests.courses.setup.campus import confirm, state, undo
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    CourseUnitFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    MethodFactory,
    ParticipationFactory,
    PersonFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    role,
)
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db

Feed = Callable[[Course], dict[str, object]]


def feed_database(course: Course) -> dict[str, object]:
    CourseUnitFactory(course=course, unit_code="ELP1")
    snapshot = SnapshotFactory()
    files = [ExtractFileFactory(list_name=f"inscriptions_{name}") for name in ("administratives", "pedagogiques")]
    for file in files:
        SnapshotFileFactory(snapshot=snapshot, file=file)
    student = PersonFactory(username="fed").student_number
    row = {"line": 2, "academic_year": "2026", "student_number": student, "programme_code": "ETP1", "version_code": "1"}
    StagedRegistration.objects.create(file=files[0], state="E", payment_state="P", **row)
    StagedUnitRegistration.objects.create(file=files[1], followed="N", unit_code="ELP1", **row)
    return {}


def feed_cohort(course: Course) -> dict[str, object]:
    cohort = CohortFactory(code="FED")
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="fed"))
    return {"source_cohort": cohort}


def feed_link(course: Course) -> dict[str, object]:
    source = CourseFactory(code="SOURCE")
    EnrolmentFactory(course=source, person=PersonFactory(username="fed"))
    return {"source_course": source}


def feed_nobody(course: Course) -> dict[str, object]:
    return {}


def feed_visitors(course: Course) -> dict[str, object]:
    ParticipationFactory(course=course, person=PersonFactory(username="fed"))
    return {}


#: For each kind: what makes its source name ``fed`` and gives a method the fields of that source, and what its form is sent.
CASES: dict[str, tuple[Feed, str]] = {
    "database": (feed_database, ""),
    "cohort_sync": (feed_cohort, "cohort=FED"),
    "meta_link": (feed_link, "source=SOURCE&roles=alike"),
    "manual": (feed_nobody, "expiry_policy=keep"),
    "self": (feed_nobody, "expiry_policy=keep&may_renew=no&may_withdraw=yes"),
    "visitors": (feed_visitors, ""),
}
COMMON = "name=&enabled=yes&role=student&group=&"


@pytest.fixture
def course(db: None) -> Course:
    made: Course = CourseFactory(code="KIND1")
    made.methods.all().delete()
    return made


@pytest.fixture
def author(db: None) -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF).user
    return user


def fed_method(name: str, course: Course, **more: object) -> Method:
    """A method whose source names ``fed``, in the course."""
    method: Method = MethodFactory(course=course, kind=name, **CASES[name][0](course), **more)
    return method


def register() -> Register:
    snapshot = snapshot_in_force()
    return register_of(snapshot, 0) if snapshot else Register(0, {}, ("2026",))


def desired(kind: SyncedKind, *lifted: int) -> list[tuple[object, ...]]:
    rows = kind.desired(Method.objects.filter(kind=kind.kind), register(), lifted=lifted)
    return [tuple(row) for row in rows]


@pytest.fixture(params=sorted(METHOD_KINDS))
def kind(request: pytest.FixtureRequest) -> MethodKind:
    return METHOD_KINDS[request.param]


@pytest.fixture(params=[str(kind.kind.value) for kind in SYNCED_KINDS])
def synced(request: pytest.FixtureRequest) -> SyncedKind:
    return next(kind for kind in SYNCED_KINDS if kind.kind.value == request.param)


def test_every_kind_has_its_case_its_name_and_its_symbol(kind: MethodKind) -> None:
    name = next(name for name in settings.METHOD_KINDS if METHOD_KINDS[name] is kind)
    assert name == kind.kind.value
    assert name in CASES
    assert len(name) <= 12
    assert str(kind.kind.label) == Method.label_of(name)
    assert f'id="{kind.icon}"' in (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")


def test_a_form_makes_a_method_that_the_ledger_can_make_again(course: Course, author: User, kind: MethodKind) -> None:
    if not kind.comes_by_hand:
        return
    feed, data = CASES[str(kind.kind.value)]
    feed(course)
    empty = kind.form(course, author, problems=kind.problems)
    assert not empty.errors
    form = kind.form(course, author, QueryDict(COMMON + data), problems=kind.problems)
    assert form.is_valid(), form.errors
    [draft] = form.drafts()
    method = draft.method
    assert (method.pk, method.course, method.kind, method.enabled) == (None, course, kind.kind.value, True)
    facts = facts_of(method)
    assert facts_of(Book([(course.pk, facts)]).method(1, course.pk, facts)) == facts
    method.save()
    again = kind.form(course, author, problems=kind.problems, method=method)
    values = {each.html_name: each.value() for each in again}
    sent = QueryDict("&".join(f"{key}={value}" for key, value in values.items() if value and value != [""]))
    assert [facts_of(each.method) for each in _valid(kind, course, author, sent, method)] == [facts]


def _valid(kind: MethodKind, course: Course, author: User, data: QueryDict, method: Method) -> list[Draft]:
    form = kind.form(course, author, data, problems=kind.problems, method=method)
    assert form.is_valid(), form.errors
    return list(form.drafts())


def test_what_a_course_may_have_but_once_is_a_problem_the_second_time(
    course: Course, author: User, kind: MethodKind
) -> None:
    name = str(kind.kind.value)
    method = fed_method(name, course)
    assert kind.problems(method) == {}
    client = Client()
    client.force_login(author)
    if kind.comes_by_hand and (kind.is_single or name in ("cohort_sync", "meta_link")):
        page = client.post(
            reverse("courses:method_add", args=[course.code, name]),
            QueryDict(f"{COMMON}{CASES[name][1]}&step=preview").dict(),
        )
        assert page.context["preview"] is None
        assert page.context["said"] or page.context["form"].errors


def test_a_source_names_people_in_the_columns_of_the_engine(course: Course, synced: SyncedKind) -> None:
    method = fed_method(str(synced.kind.value), course)
    [row] = desired(synced)
    assert len(row) == len(DESIRED_COLUMNS)
    ref, member, item, facts, admitted, source, line = row
    person = PersonFactory._meta.model.objects.get(username="fed")
    assert (ref, member, item, admitted) == (method.pk, person.pk, "", 1)
    assert str(facts).split("\x1f") == ["student", "", "", ""]
    assert isinstance(source, str)
    assert isinstance(line, int)


def test_a_disabled_method_lets_nobody_in(course: Course, synced: SyncedKind) -> None:
    fed_method(str(synced.kind.value), course, enabled=False)
    assert [row[4] for row in desired(synced)] == [0]


def test_who_is_excluded_or_closed_does_not_belong(course: Course, synced: SyncedKind) -> None:
    method = fed_method(str(synced.kind.value), course)
    person = PersonFactory._meta.model.objects.get(username="fed")
    exclusion = Exclusion.objects.create(method=method, person=person)
    assert desired(synced) == []
    assert len(desired(synced, exclusion.pk)) == 1
    exclusion.delete()
    person.account_state = "inactive"
    person.save()
    assert desired(synced) == []


def test_without_any_extract_nothing_breaks(course: Course, synced: SyncedKind) -> None:
    MethodFactory(course=course, kind=synced.kind.value, **feed_source(synced, course))
    nothing = Register(0, {}, ())
    assert list(synced.desired(Method.objects.filter(kind=synced.kind), nothing)) == []
    assert list(Enrolment.objects.filter(synced.is_suspended_tonight(nothing))) == []
    reasons = synced.departure_reasons(nothing)
    assert reasons[-1][1] is None
    assert all(cause is not None for _code, cause in reasons[:-1])


def feed_source(kind: SyncedKind, course: Course) -> dict[str, object]:
    """The fields of a method whose source is there and names nobody."""
    return (
        {"source_cohort": CohortFactory()}
        if kind.kind == "cohort_sync"
        else ({"source_course": CourseFactory()} if kind.kind == "meta_link" else {})
    )


def test_a_method_is_added_follows_its_source_is_deleted_and_comes_back(
    course: Course, author: User, kind: MethodKind
) -> None:
    name = str(kind.kind.value)
    fields = CASES[name][0](course)
    is_synced = any(each is kind for each in SYNCED_KINDS)
    before = state()
    method = Method(course=course, kind=name, role=role(), **fields)
    run = confirm(Setup(Verb.ADD, name, [course], author, [Draft(method)]))
    present = Method.objects.get(course=course, kind=name)
    assert present.enrolments.count() == (1 if is_synced else 0)
    assert undo(run).state == "applied"
    assert state() == before
    confirm(Setup(Verb.ADD, name, [course], author, [Draft(method)]))
    present, there = Method.objects.get(course=course, kind=name), state()
    deletion = Setup(Verb.DELETE, name, [course], author, deleted=[present])
    assert preview_setup(deletion).touched_count == present.enrolments.count()
    run = confirm(deletion)
    assert not Method.objects.filter(course=course).exists()
    assert (undo(run).state, state()) == ("applied", there)


@pytest.mark.long
def test_a_sixth_kind_is_one_module_one_line_here_and_one_setting(tmp_path: Path) -> None:
    environment = {**os.environ, "METHOD_KINDS": "visitors=tests.contracts.visitors.Visitors"}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'sixth.sqlite3'}"
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        __file__,
        "-q",
        "-k",
        "visitors",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(arguments, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
