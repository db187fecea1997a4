"""The groups of a course: seen, created, renamed, deleted by a run that can be taken back."""

import pytest
from django.test import Client
from django.urls import reverse

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.models import Course, Enrolment, Group, GroupMember
from enrolhub.access.models import Event
from enrolhub.sync import start
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import request_undo
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, part_of, soup_of, text_of

pytestmark = pytest.mark.django_db
GROUPS = "/courses/GRP1/groups/"


@pytest.fixture
def course() -> Course:
    """Ann and Bob by the register in TD 1, Bob and Cyd by a file in Projet A, a method that gives an empty group."""
    made: Course = CourseFactory(code="GRP1", with_database=True)
    for name in ("ann", "bob", "cyd"):
        EnrolmentFactory(course=made, person=PersonFactory(username=name, last_name=name.title(), first_name="Zoé"))
    registers = GroupFactory(course=made, code="TD1", name="TD 1", keeper=Group.Keeper.REGISTER)
    database = made.methods.get(kind="database")
    for name in ("ann", "bob"):
        person = Enrolment.objects.get(person__username=name).person
        GroupMemberFactory(group=registers, person=person, method=database)
    data = b"cours;identifiant;groupe\nGRP1;bob;Projet A\nGRP1;cyd;Projet A\n"
    EnrolmentsFile(data, "projet.csv", creates_groups=True).carry_out(dry_run=False)
    MethodFactory(course=made, kind="self", name="Par clé", group=GroupFactory(course=made, code="cle", name="Clé"))
    return made


def project() -> Group:
    return Group.objects.get(code="projet-a")


def address(group: Group, page: str = "") -> str:
    return f"{GROUPS}{group.pk}/{page}"


def toast_of(client: Client, location: str) -> str:
    return text_of(part_of(soup_of(client, location), "#toasts"))


def test_each_group_with_what_keeps_and_gives_it_and_how_many_it_has(staff: Client, course: Course) -> None:
    page = soup_of(staff, GROUPS)
    assert cells_of(page) == [
        ["Clé", "cle", "By hand", "Par clé", "Nobody"],
        ["Projet A", "projet-a", "By hand", "—", "2"],
        ["TD 1", "TD1", "From APOGÉE", "Database", "2"],
    ]
    assert text_of(part_of(page, ".tabs [aria-current]")) == "Groups 3"
    assert [row[0] for row in cells_of(soup_of(staff, f"{GROUPS}?keeper=register&q=td"))] == ["TD 1"]
    assert [row[0] for row in cells_of(soup_of(staff, f"{GROUPS}?sort=-member_count&sort=name"))][-1] == "Clé"


def test_the_members_with_what_gave_them_their_place(staff: Client, course: Course) -> None:
    rows = cells_of(soup_of(staff, address(project())))
    assert [(row[1], row[2], row[4]) for row in rows] == [
        ("BZ Bob Zoé", "bob", "By hand File: projet.csv, command line"),
        ("CZ Cyd Zoé", "cyd", "By hand File: projet.csv, command line"),
    ]
    place = GroupMember.objects.create(group=project(), person=Enrolment.objects.get(person__username="ann").person)
    again = GroupMember.objects.create(group=project(), person=place.person, method=course.methods.get(kind="self"))
    found = cells_of(soup_of(staff, f"{address(project())}?q=ANN"))
    assert [(row[2], row[4]) for row in found] == [("ann", "By hand Par clé")], again


def test_a_group_of_the_register_is_read_only_and_says_why(staff: Client, course: Course) -> None:
    group = Group.objects.get(code="TD1")
    page = soup_of(staff, address(group))
    assert "This group is kept by APOGÉE." in text_of(part_of(page, ".note"))
    assert page.select("input[name=person], .btn-delete") == []
    for name in ("name/", "delete/"):
        assert staff.get(address(group, name)).status_code == 404
        assert staff.post(address(group, name), {"name": "Autre"}).status_code == 404
    assert Group.objects.filter(code="TD1", name="TD 1").exists()


def test_a_group_is_created_under_a_name_of_its_own(staff: Client, course: Course) -> None:
    for taken in ("projet  a", "PROJET A", "Prôjet A"):
        page = staff.post(f"{GROUPS}new/", {"name": taken})
        assert "The course has a group “Projet A” already." in page.content.decode()
    assert Group.objects.filter(course=course).count() == 3
    response = staff.post(f"{GROUPS}new/", {"name": "  Projet   B "})
    made = Group.objects.get(course=course, name="Projet B")
    assert (response["Location"], made.code, made.keeper) == (address(made), "projet-b", "hand")
    assert "Group “Projet B” created." in toast_of(staff, response["Location"])
    event = Event.objects.get(action="group_created")
    assert (event.actor, event.target, event.detail) == ("cemu", "GRP1", {"group": "projet-b", "name": "Projet B"})


@pytest.mark.parametrize("name", ["", "   ", "!?", "ß" * 200, "x" * 201, "\x00"])
def test_a_name_that_names_nothing_is_refused_at_its_field(staff: Client, course: Course, name: str) -> None:
    page = staff.post(f"{GROUPS}new/", {"name": name})
    assert (page.status_code, Group.objects.filter(course=course).count()) == (200, 3)
    assert 'aria-invalid="true"' in page.content.decode()


def test_a_group_is_renamed_and_keeps_its_code(staff: Client, course: Course) -> None:
    group = project()
    assert (
        "The course has a group “TD 1” already."
        in staff.post(address(group, "name/"), {"name": "td 1"}).content.decode()
    )
    staff.post(address(group, "name/"), {"name": "projet a"})  # its own name, otherwise written
    staff.post(address(group, "name/"), {"name": "Équipe"})
    group.refresh_from_db()
    assert (group.name, group.name_key, group.code) == ("Équipe", "equipe", "projet-a")
    assert Event.objects.filter(action="group_renamed").latest("pk").detail == {
        "group": "projet-a",
        "before": "projet a",
        "after": "Équipe",
    }


def digest_on(client: Client, group: Group) -> str:
    return str(part_of(soup_of(client, address(group, "delete/")), "input[name=digest]")["value"])


def test_the_preview_of_a_deletion_says_who_leaves_and_writes_nothing(staff: Client, course: Course) -> None:
    page = soup_of(staff, address(project(), "delete/"))
    assert "The group “Projet A” goes, and 2 people leave it." in text_of(part_of(page, ".panel-body p"))
    assert [text_of(line) for line in page.select(".leaving li")] == ["BZ Bob Zoé", "CZ Cyd Zoé"]
    assert project().members.count() == 2
    assert not Run.objects.filter(kind="group").exists()


def test_a_deletion_is_a_run_and_taking_it_back_makes_the_group_again(staff: Client, course: Course) -> None:
    group = project()
    response = staff.post(address(group, "delete/"), {"digest": digest_on(staff, group)})
    run = Run.objects.get(kind="group")
    assert (response["Location"], run.state, str(run.author)) == (GROUPS, "applied", "cemu")
    assert not Group.objects.filter(code="projet-a").exists()
    changes = Change.objects.filter(scope__phase__run=run).values_list("action", "person", "item", "reason")
    assert sorted(changes) == [("D", "bob", "projet-a", "group_deleted"), ("D", "cyd", "projet-a", "group_deleted")]
    toast = part_of(soup_of(staff, GROUPS), "#toasts")
    assert "Group “Projet A” deleted, 2 people left it." in text_of(toast)
    assert part_of(toast, "a")["href"] == reverse("sync:undo", args=[run.pk])
    back = attempt_run(request_undo(run))
    again = project()
    assert (back.state, again.name, again.keeper) == ("applied", "Projet A", "hand")
    assert sorted(again.members.values_list("person__username", "method")) == [("bob", None), ("cyd", None)]


def test_places_that_a_method_gave_leave_and_come_back_with_it(staff: Client, course: Course) -> None:
    group, method = project(), course.methods.get(kind="self")
    GroupMember.objects.create(group=group, person=Enrolment.objects.get(person__username="ann").person, method=method)
    staff.post(address(group, "delete/"), {"digest": digest_on(staff, group)})
    run = Run.objects.get(kind="group")
    assert (run.state, GroupMember.objects.filter(method=method).exists()) == ("applied", False)
    attempt_run(request_undo(run))
    assert sorted(project().members.values_list("person__username", "method")) == [
        ("ann", method.pk),
        ("bob", None),
        ("cyd", None),
    ]


def test_a_group_that_changed_since_its_preview_is_shown_again(staff: Client, course: Course) -> None:
    group = project()
    seen = digest_on(staff, group)
    group.members.earliest("pk").delete()
    answer = staff.post(address(group, "delete/"), {"digest": seen})
    assert (answer.status_code, "has changed since the preview" in answer.content.decode()) == (409, True)
    for wrong in ("", "0" * 64):
        assert staff.post(address(group, "delete/"), {"digest": wrong}).status_code == 409
    assert (project().members.count(), Run.objects.filter(kind="group").count()) == (1, 0)
    # What changes between the page and the run is seen by the run.
    run = Run.objects.create(
        kind="group", lane="group:x", options={"group_id": group.pk, "digest": seen, "kinds": [], "name": "Projet A"}
    )
    ended = attempt_run(run)
    assert (ended.state, ended.message, project().members.count()) == ("refused", "group_moved", 1)


def test_confirming_twice_deletes_once(staff: Client, course: Course) -> None:
    group = project()
    form = {"digest": digest_on(staff, group)}
    assert staff.post(address(group, "delete/"), form).status_code == 302
    assert staff.post(address(group, "delete/"), form).status_code == 404
    assert Run.objects.filter(kind="group").count() == 1


def test_a_group_that_a_method_gives_says_what_to_do_first(staff: Client, course: Course) -> None:
    group = Group.objects.get(code="cle")
    page = soup_of(staff, address(group, "delete/"))
    assert "An enrolment method puts its people into this group: Par clé." in text_of(part_of(page, ".panel-body"))
    assert page.select("input[name=digest]") == []
    answer = staff.post(address(group, "delete/"), {"digest": ""})
    assert (answer.status_code, Group.objects.filter(pk=group.pk).exists()) == (409, True)


def test_somebody_put_in_while_the_others_leave_keeps_the_group(
    staff: Client, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = project()
    form = {"digest": digest_on(staff, group)}
    late = Enrolment.objects.get(person__username="ann").person

    def begun(run: Run, count: int) -> Run:
        ended: Run = attempt_run(
            run, lambda phase: GroupMember.objects.get_or_create(group=group, person=late) and None
        )
        return ended

    monkeypatch.setattr("courses.pages.group_deletion.start_run", begun)
    response = staff.post(address(group, "delete/"), form)
    assert list(project().members.values_list("person__username", flat=True)) == ["ann"]
    assert "Somebody was put into the group meanwhile" in toast_of(staff, response["Location"])


def test_a_large_group_is_deleted_by_a_worker(staff: Client, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(start, "AT_ONCE", 1)
    monkeypatch.setattr(start, "wake_worker", lambda run: woken.append(run.pk))
    group = project()
    response = staff.post(address(group, "delete/"), {"digest": digest_on(staff, group)})
    run = Run.objects.get(kind="group")
    assert (woken, run.state, project().members.count()) == ([run.pk], "waiting", 2)
    assert "is being deleted" in toast_of(staff, response["Location"])
    assert (attempt_run(run).state, Group.objects.filter(code="projet-a").exists()) == ("applied", False)


def teacher(client: Client, course: Course, short_name: str) -> Client:
    EnrolmentFactory(course=course, person=PersonFactory(username="teach"), role=role(short_name))
    client.force_login(UserFactory(username="teach"))
    return client


def test_whoever_may_not_edit_only_looks(client: Client, course: Course) -> None:
    reader = teacher(client, course, "teacher")
    group = project()
    page = soup_of(reader, address(group))
    assert page.select("input[name=person], .btn-delete") == []
    assert soup_of(reader, GROUPS).select(".btn-primary") == []
    for place in (f"{GROUPS}new/", address(group, "name/"), address(group, "delete/")):
        assert (reader.get(place).status_code, reader.post(place).status_code) == (404, 404)


def test_in_separate_groups_only_the_own_groups_open(client: Client, course: Course) -> None:
    Course.objects.update(separate_groups=True)
    editor = teacher(client, course, "editingteacher")
    GroupMemberFactory(group=project(), person=PersonFactory._meta.model.objects.get(username="teach"))
    links = [link["href"] for link in soup_of(editor, GROUPS).select("tbody a")]
    assert links == [address(project())]
    others = Group.objects.get(code="cle")
    for page in ("", "name/", "delete/"):
        assert editor.get(address(others, page)).status_code == 404
    assert editor.get(f"{GROUPS}new/").status_code == 404
    assert editor.get(address(project(), "delete/")).status_code == 200


def test_a_group_of_another_course_is_not_here(staff: Client, course: Course) -> None:
    elsewhere = GroupFactory(course=CourseFactory())
    for number in (elsewhere.pk, 10**30):
        assert staff.get(f"{GROUPS}{number}/").status_code == 404
        assert staff.post(f"{GROUPS}{number}/delete/").status_code == 404


def test_the_people_ticked_are_sent_to_the_action_that_takes_them_out(staff: Client, course: Course) -> None:
    page = soup_of(staff, address(project()))
    form = part_of(page, "#leaving")
    sent = {field["name"]: field["value"] for field in form.select("input")}
    ticks = [box["value"] for box in page.select("input[name=person]")]
    answer = staff.post(form["action"], {**sent, "person": ticks[:1]})
    assert answer.status_code == 200
    assert "Bob Zoé" in answer.content.decode()
    assert "Cyd Zoé" not in answer.content.decode()
