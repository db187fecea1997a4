"""Who may open which page: every address of the site has a row here, tried as each kind of visitor."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from courses.models import Course, Enrolment
from enrolhub.access.models import SiteRole, User
from enrolhub.access.trail import record_event
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    HandCohortFactory,
    MessageFactory,
    PersonFactory,
    RunFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)

# A student and a teacher of another course, and of the course that the addresses name; staff of the whole site.
VISITORS = ("nobody", "stranger", "student", "teacher", "staff", "operator")

# What GET answers: 302 to nobody is the way to the sign-in page, 405 is an address for forms only.
MATRIX = """
                         nobody stranger student teacher staff operator
probes:alive             200    200      200     200     200   200
probes:ready             200    200      200     200     200   200
probes:metrics           404    404      404     404     404   404
access:sign_in           200    302      302     302     302   302
access:again             302    302      302     302     302   302
access:account           302    200      200     200     200   200
access:university        404    404      404     404     404   404
access:sign_out          405    405      405     405     405   405
access:language          405    405      405     405     405   405
access:theme             405    405      405     405     405   405
access:accessibility     200    200      200     200     200   200
cohorts:list             302    404      404     404     200   200
cohorts:cohort           302    404      404     404     200   200
cohorts:new              302    404      404     404     200   404
cohorts:changes          302    404      404     404     200   200
cohorts:rename           302    404      404     404     200   404
cohorts:delete           302    404      404     404     200   404
cohorts:fill             302    404      404     404     200   404
cohorts:people_search    302    404      404     404     200   404
cohorts:empty            302    405      405     405     405   405
cohorts:sources          302    404      404     404     200   200
cohorts:sources_try      302    405      405     405     405   405
courses:home             302    200      200     200     200   200
courses:digest           302    200      200     200     200   200
courses:list             302    200      200     200     200   200
courses:course           302    404      404     302     302   302
courses:assistant_anywhere 302  200      404     200     200   200
courses:assistant        302    404      404     200     200   200
courses:methods          302    404      404     200     200   200
courses:many_courses     302    404      404     404     200   404
courses:many_cohorts     302    404      404     404     200   404
courses:many_sources     302    404      404     404     200   404
courses:many_change      302    404      404     404     404   404
courses:method_add       302    404      404     404     404   404
courses:method_cohorts   302    404      404     200     200   404
courses:method_sources   302    404      404     200     200   404
courses:method_run       302    404      404     404     404   404
courses:method_edit      302    404      404     404     200   404
courses:method_units     302    404      404     404     200   404
courses:method_state     302    404      404     200     200   404
courses:method_order     302    405      405     405     405   405
courses:method_delete    302    404      404     404     404   404
courses:participants     302    404      404     200     200   200
courses:export           302    404      404     200     200   200
courses:attendance       302    404      404     200     200   200
courses:removable        302    404      404     200     200   404
courses:action           302    405      405     405     405   405
courses:action_run       302    404      404     404     404   404
courses:addresses        302    405      405     405     405   405
courses:exclusions       302    404      404     200     200   200
courses:course_import    302    404      404     200     200   404
courses:imports          302    200      404     200     200   404
courses:import           302    404      404     404     404   404
courses:import_template  302    404      404     404     404   404
courses:import_file      302    404      404     404     404   404
courses:import_rejects   302    404      404     404     404   404
courses:groups           302    404      404     200     200   200
courses:group            302    404      404     200     200   200
courses:group_add        302    404      404     200     200   404
courses:group_name       302    404      404     200     200   404
courses:group_delete     302    404      404     200     200   404
courses:verification     302    404      404     200     200   200
courses:verification_export 302 404      404     200     200   200
courses:history          302    404      404     200     200   200
courses:enrol            302    404      404     200     200   404
courses:people_search    302    404      404     200     200   404
courses:cohorts_search   302    404      404     200     200   404
courses:columns          302    405      405     405     405   405
courses:page_size        302    405      405     405     405   405
courses:views            302    404      404     200     200   200
courses:view_rename      302    405      405     405     405   405
courses:view_delete      302    405      405     405     405   405
courses:message          302    404      404     302     302   302
courses:messages         302    404      404     200     200   200
courses:message_sent     302    404      404     200     200   200
courses:message_progress 302    404      404     200     200   200
courses:message_again    302    405      405     405     405   405
courses:my_courses       302    200      200     200     200   200
courses:open_courses     302    200      200     200     200   200
courses:self_enrol       302    404      404     404     404   404
courses:self_withdraw    302    404      404     404     404   404
courses:self_renew       302    405      405     405     405   405
courses:explain_search   302    404      404     200     200   200
courses:explain          302    404      404     200     200   200
courses:people           302    404      404     404     200   200
courses:person           302    404      404     404     200   200
courses:person_data      302    404      404     404     200   404
courses:person_data_file 302    404      404     404     200   404
courses:privacy_notice   200    200      200     200     200   200
courses:own_data         302    200      200     200     200   200
courses:own_data_file    302    200      200     200     200   200
trail:events             302    404      404     404     404   200
trail:event              302    404      404     404     404   200
trail:export             302    404      404     404     404   200
sync:runs                302    404      404     404     200   200
sync:run                 302    404      404     404     200   200
sync:progress            302    404      404     404     200   200
sync:changes             302    404      404     404     200   200
sync:holds               302    404      404     404     200   200
sync:decide              302    405      405     405     405   405
sync:limits              302    404      404     404     200   200
sync:limit_end           302    405      405     405     405   405
sync:undo                302    404      404     404     200   200
"""
ROWS = {line.split()[0]: [int(word) for word in line.split()[1:]] for line in MATRIX.strip().splitlines()[1:]}


def named_routes(resolver: URLResolver, route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every address of the site: its full name and its route."""
    for pattern in resolver.url_patterns:
        longer = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from named_routes(pattern, longer, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join((*spaces, pattern.name or "")), longer


ROUTES = dict(named_routes(get_resolver()))


@pytest.fixture
def places(db: None) -> dict[str, object]:
    """What the parts of an address stand for, by the name of the part."""
    course = CourseFactory(code="HOUSE1", with_database=True)
    HandCohortFactory(code=course.code)
    return {"code": course.code, "kind": "csv", "verb": "suspend", "run_id": RunFactory.create().pk, "raise_id": 1} | {
        "message_id": MessageFactory.create(course=course).pk,
        "username": PersonFactory.create().username,
        "group_id": GroupFactory.create(course=course).pk,
        "method_id": course.methods.get(kind="database").pk,  # the CEMU edits it, nobody deletes it
        "file_id": 1,  # of whoever loads it: tests/courses/imports tells
        "event_id": record_event("someone", "sign_in").pk,
        "view_id": 1,  # a form only: whose views there are, tests/access tells
    }


@pytest.fixture
def visitor(request: pytest.FixtureRequest, places: dict[str, object]) -> Client:
    """A browser in which this kind of visitor has signed in."""
    client = Client()
    if request.param != "nobody":
        client.force_login(account_of(request.param, Course.objects.get(code="HOUSE1")))
    return client


def account_of(kind: str, course: Course) -> User:
    """An account of this kind, with the person and the enrolment that make it so."""
    user: User = UserFactory.create(username=kind)
    if kind in {"staff", "operator"}:
        SiteRoleFactory(user=user, kind=SiteRole.Kind(kind))
        return user
    where = CourseFactory(code="OTHER1") if kind == "stranger" else course
    what = "student" if kind == "student" else "editingteacher"
    EnrolmentFactory(course=where, person=PersonFactory(username=kind), role=role(what))
    assert Enrolment.objects.filter(person__username=kind).exists()
    return user


def test_every_address_has_its_row() -> None:
    assert sorted(ROWS) == sorted(ROUTES)


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(("visitor", "column"), [(kind, n) for n, kind in enumerate(VISITORS)], indirect=["visitor"])
def test_who_may_open_what(visitor: Client, column: int, places: dict[str, object]) -> None:
    answers = {name: visitor.get(address_of(name, places)).status_code for name in ROUTES}
    assert answers == {name: ROWS[name][column] for name in ROUTES if name in ROWS}


def address_of(name: str, places: dict[str, object]) -> str:
    """The address of this name, of the places that its route has parts for."""
    return reverse(name, kwargs={part: places[part] for part in re.findall(r"<(?:\w+:)?(\w+)>", ROUTES[name])})
