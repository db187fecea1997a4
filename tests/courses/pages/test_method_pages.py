"""The pages that change methods: whose hand, what is refused at which field, and that a form sent twice does it once."""

from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseUnit, Enrolment, Group, Method
from courses.rules import can_edit_methods
from enrolhub.access.models import User
from enrolhub.sync.models import Run
from tests.courses.setup.campus import Campus, make_campus
from tests.factories import (
    CohortFactory,
    EnrolmentFactory,
    GroupMemberFactory,
    HandCohortFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.html import part_of, soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return make_campus()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def teacher(campus: Campus) -> Client:
    """An editing teacher of the course."""
    EnrolmentFactory(course=campus.course, person=PersonFactory(username="prof"), role=role("editingteacher"))
    user: User = UserFactory.create(username="prof")
    assert can_edit_methods(user, campus.course)
    return signed_in(user)


@pytest.fixture
def staff(campus: Campus) -> Client:
    return signed_in(campus.author)


def address(name: str, course: Course, *parts: object) -> str:
    return reverse(f"courses:method_{name}", args=[course.code, *parts])


ADDING = {"name": "", "enabled": "yes", "role": "student", "group": ""}


def seen(client: Client, url: str, data: Mapping[str, object]) -> dict[str, object]:
    """The data of a form with the print of its preview."""
    response = client.post(url, {**data, "step": "preview"})
    assert response.status_code == 200
    assert response.context["preview"], response.context["form"].errors
    return {**data, "digest": response.context["preview"].digest, "step": "confirm"}


def test_a_teacher_adds_a_cohort_sees_who_comes_and_it_is_there_at_once(campus: Campus, teacher: Client) -> None:
    url = address("add", campus.course, "cohort_sync")
    form = {**ADDING, "cohort": [campus.other.code], "group": "new"}
    page = teacher.post(url, {**form, "step": "preview"})
    counts = {count.name: count.rows for count in page.context["preview"].counts}
    assert counts == {"arrive": 1, "here": 1, "leave": 0}
    assert b"Nom0" in page.content
    assert not Enrolment.objects.filter(method__source_cohort=campus.other).exists()
    told = teacher.post(url, seen(teacher, url, form), follow=True)
    assert told.redirect_chain[-1][0] == reverse("courses:methods", args=[campus.course.code])
    method = Method.objects.get(source_cohort=campus.other)
    assert method.enrolments.count() == 2
    assert method.group == Group.objects.get(course=campus.course, name=campus.other.name)
    assert method.group.members.count() == 2
    assert method.refreshed_at is not None
    assert f"/runs/{Run.objects.latest('pk').pk}/undo/" in told.content.decode()


def test_several_cohorts_at_once_are_a_method_each(campus: Campus, staff: Client) -> None:
    url = address("add", campus.course, "cohort_sync")
    third = CohortFactory()
    data = seen(staff, url, {**ADDING, "cohort": [campus.other.code, third.code]})
    staff.post(url, data)
    assert set(
        campus.course.methods.filter(source_cohort__in=[campus.other, third]).values_list("position", flat=True)
    ) == {4, 5}
    assert Run.objects.filter(kind="method").count() == 1


@pytest.mark.parametrize(
    ("kind", "data", "field", "words"),
    [
        ("cohort_sync", {}, "cohort", "Choose at least one cohort"),
        ("cohort_sync", {"cohort": ["NONE"]}, "cohort", "deleted meanwhile"),
        ("cohort_sync", {"cohort": ["ALPHA"]}, "cohort", "feeds this course already with the role “Student”"),
        ("cohort_sync", {"cohort": ["ALPHA", "BETA"], "name": "Mine", "role": "tutor"}, "name", "Leave the name empty"),
        ("cohort_sync", {"cohort": ["BETA"], "role": "king"}, "role", "valid choice"),
        ("cohort_sync", {"cohort": ["BETA"], "group": "999999"}, "group", "valid choice"),
        ("cohort_sync", {"cohort": ["BETA"], "name": "a" * 201}, "name", "201"),
        ("cohort_sync", {"cohort": ["BETA"], "name": "a\x00b"}, "name", ""),
        ("cohort_sync", {"cohort": ["BE\x00TA"]}, "cohort", "deleted meanwhile"),
        ("meta_link", {"roles": "alike"}, "source", "Choose at least one source"),
        ("meta_link", {"source": ["SMTU101"], "roles": "alike"}, "source", "cannot be its own source"),
        ("meta_link", {"source": ["TUTORAT"], "roles": "mapped"}, "roles", "Somebody has to come along"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    campus: Campus, staff: Client, kind: str, data: dict[str, object], field: str, words: str
) -> None:
    runs = Run.objects.count()
    page = staff.post(address("add", campus.course, kind), {**ADDING, **data, "step": "preview"})
    errors = page.context["form"].errors
    assert list(errors) == [field]
    assert words in text_of_errors(errors, field)
    assert Run.objects.count() == runs


def text_of_errors(errors: dict[str, list[str]], field: str) -> str:
    return " ".join(map(str, errors[field]))


def test_a_form_sent_twice_adds_once(campus: Campus, staff: Client) -> None:
    url = address("add", campus.course, "cohort_sync")
    data = seen(staff, url, {**ADDING, "cohort": [campus.other.code]})
    first, second = staff.post(url, data), staff.post(url, data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Method.objects.filter(source_cohort=campus.other).count() == 1
    assert Run.objects.filter(kind="method").count() == 1


def test_what_moved_since_the_preview_is_shown_again(campus: Campus, staff: Client) -> None:
    url = address("add", campus.course, "cohort_sync")
    data = seen(staff, url, {**ADDING, "cohort": [campus.other.code]})
    campus.other.members.filter(person__username="new").delete()
    page = staff.post(url, data)
    assert page.status_code == 409
    assert "changed since the preview" in page.content.decode()
    assert page.context["preview"].digest != data["digest"]
    assert not Method.objects.filter(source_cohort=campus.other).exists()


def test_deleting_what_is_gone_says_so(campus: Campus, staff: Client) -> None:
    method = campus.method("self")
    url = address("delete", campus.course, method.pk)
    digest = staff.get(url).context["preview"].digest
    assert staff.post(url, {"step": "confirm", "digest": digest}).status_code == 302
    assert not Method.objects.filter(pk=method.pk).exists()
    told = staff.post(url, {"step": "confirm", "digest": digest}, follow=True)
    assert "no such method any more" in told.content.decode()
    assert staff.get(url).status_code == 404


def test_a_method_of_another_course_is_not_there(campus: Campus, teacher: Client) -> None:
    foreign = campus.source.methods.get(kind="manual")
    for name in ("edit", "state", "delete", "units"):
        assert teacher.get(address(name, campus.course, foreign.pk)).status_code == 404
        assert teacher.get(address(name, campus.source, foreign.pk)).status_code == 404


def test_the_database_method_stays_and_a_teacher_but_disables_it(
    campus: Campus, teacher: Client, staff: Client
) -> None:
    method = campus.method("database")
    for client in (teacher, staff):
        assert client.get(address("delete", campus.course, method.pk)).status_code == 404
        assert client.get(address("add", campus.course, "database")).status_code == 404
    assert teacher.get(address("edit", campus.course, method.pk)).status_code == 404
    assert teacher.get(address("units", campus.course, method.pk)).status_code == 404
    url = address("state", campus.course, method.pk)
    data = {"enabled": "no", "step": "confirm", "digest": teacher.get(url).context["preview"].digest}
    assert [teacher.post(url, data).status_code for _ in range(2)] == [302, 302]
    method.refresh_from_db()
    assert (method.enabled, Run.objects.filter(kind="method").count()) == (False, 1)


def test_methods_move_up_and_down_at_once(campus: Campus, teacher: Client) -> None:
    kinds = list(campus.course.methods.order_by("position", "pk").values_list("kind", flat=True))
    last = campus.method("self")
    teacher.post(address("order", campus.course, last.pk), {"direction": "up"})
    assert list(campus.course.methods.order_by("position").values_list("kind", flat=True)) == [
        *kinds[:-2],
        kinds[-1],
        kinds[-2],
    ]
    for direction in ("sideways", "up", "up", "up", "up"):
        assert teacher.post(address("order", campus.course, last.pk), {"direction": direction}).status_code == 302
    assert campus.course.methods.order_by("position").first() == last
    assert Run.objects.filter(kind="method").count() == 3  # nothing is done where there is nothing to move


def test_the_cemu_says_which_elements_feed_a_course(campus: Campus, staff: Client) -> None:
    url = address("units", campus.course, campus.method("database").pk)
    assert staff.get(url).context["form"].lines[0].initial["unit_code"] == "INF101"
    lines = {"line-0-unit_code": "", "line-1-unit_code": "INF201", "line-1-programme_code": "L2INF"}
    staff.post(url, seen(staff, url, lines))
    assert list(CourseUnit.objects.filter(course=campus.course).values_list("unit_code", "programme_code")) == [
        ("INF201", "L2INF")
    ]
    wrong = {
        "line-0-unit_code": "INF201",
        "line-0-version_code": "1",
        "line-1-group_code": "TD1",
        "line-1-unit_code": "",
    }
    page = staff.post(url, {**wrong, "step": "preview"})
    assert [list(line.errors) for line in page.context["form"].lines] == [["programme_code"], ["unit_code"]]


def test_roles_of_a_source_course_become_others(campus: Campus, staff: Client) -> None:
    url = address("add", campus.course, "meta_link")
    form = {**ADDING, "source": ["TUTORAT"], "roles": "mapped", "from_teacher": "observer", "from_student": ""}
    staff.post(url, seen(staff, url, form))
    method = campus.course.methods.get(kind="meta_link")
    rows = method.enrolments.values_list("person__username", "role__short_name", "suspended_by")
    assert list(rows) == [("new", "observer", "")]
    page = soup_of(staff, address("edit", campus.course, method.pk))
    assert part_of(page, "#id_from_teacher option[selected]")["value"] == "observer"


def test_a_teacher_links_only_courses_whose_people_they_may_pass_on(campus: Campus, teacher: Client) -> None:
    url = address("sources", campus.course)
    assert not soup_of(teacher, f"{url}?source_q=TUTORAT").select("input")
    prof = campus.course.methods.get(kind="manual").enrolments.get(person__username="prof").person
    EnrolmentFactory(course=campus.source, person=prof, role=role("editingteacher"))
    assert [box["value"] for box in soup_of(teacher, f"{url}?source_q=TUTORAT").select("input")] == [campus.source.code]
    assert not soup_of(teacher, f"{url}?source_q=SMTU101").select("input")


@pytest.mark.parametrize("text", ["tuteurs", "BETA", "BIO"])
def test_cohorts_are_found_by_diploma_code_or_component(campus: Campus, teacher: Client, text: str) -> None:
    HandCohortFactory(code="GAMMA", name="Autre")
    campus.other.name, campus.other.name_key, campus.other.component = "Tuteurs L2", "tuteurs l2", "BIO"
    campus.other.save()
    found = soup_of(teacher, f"{address('cohorts', campus.course)}?cohort_q={text}&cohort=GAMMA")
    boxes = {box["value"]: box.has_attr("checked") for box in found.select("input[name=cohort]")}
    assert boxes["GAMMA"]
    assert boxes["BETA"] is False


def test_who_may_not_edit_sees_the_methods_only(campus: Campus) -> None:
    EnrolmentFactory(course=campus.course, person=PersonFactory(username="charge"), role=role("teacher"))
    client = signed_in(UserFactory(username="charge"))
    page = soup_of(client, reverse("courses:methods", args=[campus.course.code]))
    assert not page.select("form[method=post] .btn-icon, .row-actions a")
    assert client.get(address("add", campus.course, "cohort_sync")).status_code == 404


def test_a_teacher_touches_nobody_above_and_names_nobody_of_other_groups(campus: Campus, teacher: Client) -> None:
    for name in ("delete", "state"):
        page = teacher.get(address(name, campus.course, campus.method("manual").pk))
        assert (page.status_code, page.context["preview"]) == (409, None)
        assert "a role that you may not give" in page.content.decode()
    url = address("delete", campus.course, campus.method("cohort_sync").pk)
    assert "Nom" in text_of(soup_of(teacher, url))
    prof = Enrolment.objects.get(person__username="prof").person
    GroupMemberFactory(group=campus.course.groups.get(code="td1"), person=prof)
    Course.objects.filter(pk=campus.course.pk).update(separate_groups=True)
    page = teacher.get(url)
    assert (page.context["preview"].lines, page.context["preview"].counts[0].rows) == ([], 1)
    teacher.post(url, {"step": "confirm", "digest": page.context["preview"].digest})
    run = Run.objects.get(kind="method")
    assert not soup_of(teacher, address("run", campus.course, run.pk)).select("tbody tr")
    assert teacher.get(reverse("sync:undo", args=[run.pk])).status_code == 200


def test_no_get_changes_anything(campus: Campus, staff: Client) -> None:
    method = campus.method("cohort_sync")
    for name in ("state", "delete", "edit"):
        assert staff.get(address(name, campus.course, method.pk)).status_code == 200
    assert staff.get(address("order", campus.course, method.pk)).status_code == 405
    assert not Run.objects.exists()


def test_sixty_cohorts_are_too_many_for_a_form(campus: Campus, staff: Client) -> None:
    codes = [f"C{number}" for number in range(60)]
    page = staff.post(address("add", campus.course, "cohort_sync"), {**ADDING, "cohort": codes, "step": "preview"})
    assert "At most 50 cohorts" in text_of_errors(page.context["form"].errors, "cohort")


def test_a_run_tells_each_person_what_became_of_them(campus: Campus, staff: Client) -> None:
    url = address("state", campus.course, campus.method("self").pk)
    staff.post(url, {"enabled": "no", "step": "confirm", "digest": staff.get(url).context["preview"].digest})
    url = address("delete", campus.course, campus.method("cohort_sync").pk)
    staff.post(url, {"step": "confirm", "digest": staff.get(url).context["preview"].digest})
    run = Run.objects.latest("pk")
    page = soup_of(staff, address("run", campus.course, run.pk))
    told = {text_of(row.select("td")[0]): text_of(row.select(".happens")[0]) for row in page.select("tbody tr")}
    assert told == {
        "here": "Exclusion from “Cohort synchronisation” lifted",
        "kept": "No longer enrolled by “Cohort synchronisation” Leaves the group TD 1",
        "twice": "No longer enrolled by “Cohort synchronisation” Leaves the group TD 1",
    }
    assert staff.get(address("run", campus.source, run.pk)).status_code == 404


@pytest.mark.slow
def test_the_run_its_ledger_and_the_history_tell_of_it(campus: Campus, staff: Client) -> None:
    for kind in ("self", "cohort_sync"):
        url = address("delete", campus.course, campus.method(kind).pk)
        staff.post(url, {"step": "confirm", "digest": staff.get(url).context["preview"].digest})
    first, last = Run.objects.order_by("pk")
    assert "1 method deleted" in text_of(soup_of(staff, reverse("sync:run", args=[first.pk])))
    ledger = text_of(soup_of(staff, reverse("sync:changes", args=[first.pk])))
    assert "Bonjour" in ledger
    assert "ouvre-toi" not in ledger
    history = text_of(soup_of(staff, reverse("courses:history", args=[campus.course.code])))
    assert "method deleted" in history
    undo = soup_of(staff, reverse("sync:undo", args=[last.pk]))
    assert "Comes back" in text_of(undo)
    assert soup_of(staff, reverse("courses:participants", args=[campus.course.code]))
