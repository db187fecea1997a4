"""``manage.py participants``: columns, formats, order, viewer, and what is refused with code 2."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from courses.models import Course, GroupMember
from enrolhub.access.models import Event
from tests.factories import (
    CohortFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    MethodFactory,
    ParticipationFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.house.tree import ROOT
from tests.servers.worker import address_of_database

pytestmark = pytest.mark.django_db
HEADER = "last_name;first_name;username;id_number;email;roles;groups;methods;last_access;status\n"


@pytest.fixture
def course() -> Course:
    """Zoé by hand and by herself, in two groups; Ann suspended, with a name that a spreadsheet would run."""
    made: Course = CourseFactory(code="CMD1")
    zoe = PersonFactory(
        username="zoe", last_name="Été", first_name="Zoé", id_number="22600001", email="zoe@etu.exemple.fr"
    )
    ann = PersonFactory(username="ann", last_name="=SUM(A1)", first_name="A;nn", id_number="", email="")
    EnrolmentFactory(course=made, person=zoe, role=role("tutor"))
    EnrolmentFactory(method=MethodFactory(course=made, kind="self"), person=zoe)
    EnrolmentFactory(course=made, person=ann, suspended_by="hand")
    for name in ("TP 2", "TD 1"):
        GroupMember.objects.create(group=GroupFactory(course=made, code=name, name=name), person=zoe)
    ParticipationFactory(course=made, person=zoe, last_access=datetime(2026, 11, 3, 8, 5, tzinfo=UTC))
    return made


def printed(*words: str) -> str:
    out = io.StringIO()
    call_command("participants", *words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        printed(*words)
    return caught.value.returncode, str(caught.value)


ZOE = "Été;Zoé;zoe;22600001;zoe@etu.exemple.fr;student|tutor;TD 1|TP 2;manual|self;2026-11-03T08:05:00+00:00;active\n"
ANN = '\'=SUM(A1);"A;nn";ann;;;student;;manual;;suspended\n'


def test_csv(course: Course) -> None:
    assert printed("CMD1") == HEADER + ANN + ZOE


def test_the_filter_and_the_order_are_those_of_the_page(course: Course) -> None:
    assert printed("CMD1", "sort=-last_name&page=9&per_page=20") == HEADER + ZOE + ANN
    assert printed("CMD1", "?status=suspended") == HEADER + ANN
    assert printed("CMD1", "role=observer") == HEADER


def test_json_has_the_same_columns_and_the_texts_as_they_are(course: Course) -> None:
    rows = json.loads(printed("CMD1", "--format", "json"))
    assert [list(row) for row in rows] == [HEADER.strip().split(";")] * 2
    assert rows[0] == {
        "last_name": "=SUM(A1)",
        "first_name": "A;nn",
        "username": "ann",
        "id_number": "",
        "email": "",
        "roles": "student",
        "groups": "",
        "methods": "manual",
        "last_access": "",
        "status": "suspended",
    }
    assert json.loads(printed("CMD1", "role=observer", "--format", "json")) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "＝"])
def test_no_cell_is_run_by_a_spreadsheet(course: Course, start: str) -> None:
    EnrolmentFactory(course=course, person=PersonFactory(username="evil", last_name=f"{start}1+1", first_name=""))
    assert f"\n'{start}1+1;" in printed("CMD1")


def test_kinds_of_methods_have_their_public_names(course: Course) -> None:
    person = PersonFactory(username="all")
    for kind, source in {
        "cohort_sync": {"source_cohort": CohortFactory()},
        "meta_link": {"source_course": CourseFactory()},
        "database": {},
    }.items():
        EnrolmentFactory(method=MethodFactory(course=course, kind=kind, **source), person=person)
    row = printed("CMD1", "q=all&method=cohort&method=meta&method_match=all").splitlines()[1]
    assert row.split(";")[7] == "cohort|database|meta"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("role=boss", "role"),
        ("sort=age", "sort"),
        ("rol_match=any", "rol_match"),
        ("inactive=soon", "inactive"),
        ("q=%00", "q"),
        ("match=any&match=any", "match"),
        ("group=\udcff", "group"),
    ],
)
def test_a_bad_filter_names_its_parameter(course: Course, query: str, parameter: str) -> None:
    code, message = refused("CMD1", query)
    assert (code, message.split(" ")[0]) == (2, parameter)


def test_too_many_parameters_are_refused(course: Course) -> None:
    assert refused("CMD1", "&".join(f"q={number}" for number in range(10_000)))[0] == 2
    assert refused("CMD1", "&".join(f"q={number}" for number in range(4_000)))[0] == 2


@pytest.mark.parametrize("code", ["NONE", "cmd1", "", "\x00", "\udcff", "x" * 100_000])
def test_an_unknown_course_is_refused(course: Course, code: str) -> None:
    assert refused(code)[0] == 2


@pytest.mark.parametrize("name", ["ghost", "", "\x00"])
def test_an_unknown_account_is_refused(course: Course, name: str) -> None:
    assert refused("CMD1", "--as", name)[0] == 2


def test_an_account_sees_its_courses_only(course: Course) -> None:
    UserFactory(username="stranger")
    SiteRoleFactory(user=UserFactory(username="staff"))
    UserFactory(username="zoe")
    hidden, missing = refused("CMD1", "--as", "stranger"), refused("CMD9", "--as", "staff")
    assert (hidden[0], hidden[1].replace("CMD1", "CMD9")) == missing
    assert printed("CMD1", "--as", "staff") == HEADER + ANN + ZOE
    assert printed("CMD1", "--as", "zoe") == HEADER + ANN + ZOE


def test_in_separate_groups_a_teacher_sees_their_groups(course: Course) -> None:
    Course.objects.update(separate_groups=True)
    UserFactory(username="zoe")
    assert printed("CMD1", "--as", "zoe") == HEADER + ZOE
    assert printed("CMD1") == HEADER + ANN + ZOE


def workbook(kind: str, *words: str) -> list[list[Any]]:
    """The first sheet of what the command writes into a file."""
    with io.TextIOWrapper(io.BytesIO()) as output:
        call_command("participants", *words, "--format", kind, stdout=output)
        output.seek(0)
        return CalamineWorkbook.from_filelike(output.buffer).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbooks_have_the_rows_of_csv_with_their_texts_as_they_are(course: Course, kind: str) -> None:
    header, ann, zoe = workbook(kind, "CMD1")
    assert header == HEADER.strip().split(";")
    assert ann == ["=SUM(A1)", "A;nn", "ann", "", "", "student", "", "manual", "", "suspended"]
    assert zoe == ZOE.strip().split(";")
    assert workbook(kind, "CMD1", "role=observer") == [header]
    assert workbook(kind, "CMD1", "sort=-last_name&q=zoe") == [header, zoe]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_is_no_text_to_print(course: Course, kind: str) -> None:
    code, message = refused("CMD1", "--format", kind)
    assert (code, f"participants.{kind}" in message) == (2, True)
    assert Event.objects.count() == 0


def test_each_export_is_traced(course: Course) -> None:
    SiteRoleFactory(user=UserFactory(username="staff"))
    printed("CMD1", "?status=suspended&per_page=100&page=3&utm_source=x%00", "--as", "staff")
    workbook("ods", "CMD1")
    assert list(Event.objects.order_by("pk").values_list("actor", "action", "target", "count", "detail")) == [
        ("staff", "export", "CMD1", 1, {"by": "command", "filter": "status=suspended", "format": "csv"}),
        ("", "export", "CMD1", 2, {"by": "command", "filter": "", "format": "ods"}),
    ]


def test_what_is_refused_is_no_export(course: Course) -> None:
    refused("CMD1", "role=boss")
    refused("CMD1", "--as", "ghost")
    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "kind", ["csv", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("json", "xlsx", "ods"))]
)
def test_output_that_nobody_reads_ends_in_one_sentence(
    course: Course, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address_of_database())
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "participants", "CMD1", "--format", kind],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


@pytest.mark.parametrize("words", [("--format", "pdf"), ("--on", "2026-11-03")])
def test_what_is_not_offered_is_a_usage_error(course: Course, words: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        printed("CMD1", *words)
