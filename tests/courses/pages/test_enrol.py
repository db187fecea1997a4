"""« Inscrire des utilisateurs »: the search, the form and its errors, the preview, and that confirming does exactly that."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from cohorts.models import Person
from courses.models import Course, Enrolment, Group, GroupMember
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.start import AT_ONCE
from enrolhub.sync.undo import request_undo
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    RunFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db
PAGE = "/courses/ENROL1/participants/enrol/"
SEARCH = "/courses/ENROL1/participants/people/"
COHORTS = "/courses/ENROL1/participants/cohorts/"


@pytest.fixture
def course() -> Course:
    """Someone by hand and someone by the register; two who are not in the course."""
    made: Course = CourseFactory(code="ENROL1", with_database=True)
    EnrolmentFactory(course=made, person=PersonFactory(username="hand", last_name="Dupont", first_name="Main"))
    database = made.methods.get(kind="database")
    EnrolmentFactory(method=database, person=PersonFactory(username="synced", last_name="Dupont", first_name="Nuit"))
    PersonFactory(username="new1", last_name="Dupont", first_name="Éléonore")
    PersonFactory(username="new2", last_name="Bœuf", first_name="Noé", email="noe@exemple.fr")
    return made


@pytest.fixture
def teacher(client: Client, course: Course) -> Client:
    """An editing teacher of the course."""
    EnrolmentFactory(course=course, person=PersonFactory(username="teach"), role=role("editingteacher"))
    client.force_login(UserFactory(username="teach"))
    client.cookies["django_language"] = "en"
    return client


def pk(username: str) -> int:
    return Person.objects.get(username=username).pk


def asked(*usernames: str, **more: str) -> dict[str, object]:
    """A form as a browser sends it."""
    fields = {"who": "people", "role": "student", "group": "", "new_group": "", "starts_at": "", "ends_at": ""}
    return {**fields, "person": [pk(name) for name in usernames], "step": "preview", **more}


def soup(response: object) -> BeautifulSoup:
    assert response.status_code == 200  # type: ignore[attr-defined]
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


def fields_of(page: BeautifulSoup) -> dict[str, list[str]]:
    """What the confirming form of a preview sends."""
    found: dict[str, list[str]] = {"step": ["confirm"]}
    for field in page.select("form.confirm-bar input[type=hidden]"):
        found.setdefault(str(field["name"]), []).append(str(field["value"]))
    return found


def enrolled(course: Course) -> set[str]:
    """Who is in the course by hand."""
    rows = Enrolment.objects.filter(method__course=course, method__kind="manual")
    return set(rows.values_list("person__username", flat=True))


def errors_of(page: BeautifulSoup) -> dict[str, str]:
    """The errors of the form, by the id of what they are about."""
    found = {str(tag["id"]).removesuffix("_error"): text_of(tag) for tag in page.select("[id$=_error]")}
    return found | ({"form": text_of(page.select(".note-bad")[0])} if page.select(".note-bad strong") else {})


def attribute(page: BeautifulSoup, selector: str, name: str) -> str:
    tag = page.select_one(selector)
    assert tag is not None
    return str(tag[name])


class TestSearch:
    def test_who_is_found_and_who_is_in_the_course(self, course: Course, staff: Client) -> None:
        found = soup_of(staff, f"{SEARCH}?q=dupont")
        lines = {text_of(line.select_one(".found-detail")).split()[0]: line for line in found.select(".found-line")}
        assert list(lines) == ["new1", "hand", "synced"]
        states = {name: [text_of(each) for each in line.select(".state")] for name, line in lines.items()}
        assert states == {
            "new1": [],
            "hand": ["In the course by Manual enrolment"],
            "synced": ["In the course by Database"],
        }
        assert [name for name, line in lines.items() if line.select("input[disabled]")] == ["hand"]

    def test_a_closed_account_is_told(self, course: Course, staff: Client) -> None:
        Person.objects.filter(username="new2").update(account_state="inactive")
        assert "Closed account" in text_of(soup_of(staff, f"{SEARCH}?q=boeuf"))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", ""),
            ("d", "Type at least two characters."),
            ("%20d%20", "Type at least two characters."),
            ("boeuf", "1 found"),
            ("du", "3 found"),
            ("zzzz", "Nothing is found by “zzzz”."),
            ("%00%00", "This holds a character that cannot be searched. Type it again by hand."),
            ("x" * 300, "This is too long to be searched: at most 200 characters."),
            ("%F0%9F%98%80%F0%9F%98%80", "Nothing is found by “😀😀”."),
            ("%3Cb%3Ebold", "Nothing is found by “<b>bold”."),
        ],
    )
    def test_what_is_said(self, course: Course, staff: Client, text: str, said: str) -> None:
        people, cohorts = soup_of(staff, f"{SEARCH}?q={text}"), soup_of(staff, f"{COHORTS}?cohort_q={text}")
        assert text_of(people.select_one("#people-said")) == said
        if "found" not in said or "Nothing" in said:
            assert text_of(cohorts.select_one("#cohorts-said")) == said

    def test_more_than_are_shown(self, course: Course, staff: Client) -> None:
        for number in range(25):
            PersonFactory(last_name=f"Martin {number:02}")
        page = soup_of(staff, f"{SEARCH}?q=martin")
        assert len(page.select(".found-line")) == 20
        assert text_of(page.select_one("#people-said")) == "The first 20 are shown. Type more to find others."

    def test_cohorts_with_their_members_and_the_one_chosen_first(self, course: Course, staff: Client) -> None:
        chosen = CohortFactory(code="2026-ZZZ", programme_code="ZZZ", name="UFR Sciences: Z")
        law = CohortFactory(code="2026-L2DRO", programme_code="L2DRO", name="UFR Droit: L2 Droit")
        CohortMemberFactory(cohort=law)
        CohortMemberFactory(cohort=law)
        page = soup_of(staff, f"{COHORTS}?cohort_q=droit&cohort={chosen.code}")
        assert [str(box["value"]) for box in page.select("input")] == ["2026-ZZZ", "2026-L2DRO"]
        assert [str(box["value"]) for box in page.select("input[checked]")] == ["2026-ZZZ"]
        assert "2 members" in text_of(page.select(".found-line")[1])

    @pytest.mark.parametrize("address", [SEARCH, COHORTS, PAGE])
    def test_only_for_whom_may_edit(self, course: Course, client: Client, address: str) -> None:
        EnrolmentFactory(course=course, person=PersonFactory(username="tutor"), role=role("teacher"))
        for username in ("tutor", "stranger"):
            client.force_login(UserFactory(username=username))
            assert client.get(f"{address}?q=dupont").status_code == 404
        client.logout()
        assert client.get(address).status_code == 302

    def test_the_number_of_queries_does_not_follow_those_found(self, course: Course, staff: Client) -> None:
        few = cost_of(staff, f"{SEARCH}?q=dup"), cost_of(staff, f"{COHORTS}?cohort_q=ufr")
        for number in range(15):
            EnrolmentFactory(course=course, person=PersonFactory(last_name=f"Dupont {number}"))
            CohortMemberFactory()
        many = cost_of(staff, f"{SEARCH}?q=dup"), cost_of(staff, f"{COHORTS}?cohort_q=ufr")
        assert many == few


class TestForm:
    def test_roles_are_those_one_may_give(self, course: Course, teacher: Client) -> None:
        roles = [str(option["value"]) for option in soup_of(teacher, PAGE).select("#id_role option")]
        assert sorted(roles) == ["observer", "student", "teacher", "tutor"]
        page = soup(teacher.post(PAGE, asked("new1", role="editingteacher")))
        assert set(errors_of(page)) >= {"id_role"}
        assert "new1" not in enrolled(course)

    def test_in_separate_groups_one_puts_people_in_ones_own(self, course: Course, teacher: Client) -> None:
        own, other = GroupFactory(course=course, name="TD 1"), GroupFactory(course=course, name="TD 2")
        GroupMemberFactory(group=own, person=Person.objects.get(username="teach"))
        Course.objects.filter(pk=course.pk).update(separate_groups=True)
        offered = [text_of(option) for option in soup_of(teacher, PAGE).select("#id_group option")]
        assert offered == ["None", "TD 1"]  # who sees some groups only would not see a new one
        assert set(errors_of(soup(teacher.post(PAGE, asked("new1", group=str(other.pk)))))) >= {"id_group"}

    @pytest.mark.parametrize(
        ("more", "field", "said"),
        [
            ({"starts_at": "2027-03-28T02:30"}, "id_starts_at", "the clocks go forward that night"),
            ({"ends_at": "2027-10-31T02:30"}, "id_ends_at", "the clocks go back that night"),
            ({"ends_at": "31/02/2027"}, "id_ends_at", "This day or time does not exist."),
            ({"ends_at": "soon"}, "id_ends_at", "This is no date that can be read."),
            ({"ends_at": "9999-01-01T00:00"}, "id_ends_at", "The year is out of the question."),
            ({"starts_at": "2027-02-01T10:00", "ends_at": "2027-02-01T10:00"}, "id_ends_at", "not after the start"),
            ({"starts_at": "2027-02-02T10:00", "ends_at": "2027-02-01T10:00"}, "id_ends_at", "not after the start"),
            ({"group": "new"}, "id_new_group", "Give the new group a name."),
            ({"group": "new", "new_group": "TD   ÉTÉ"}, "id_new_group", "has a group of this name already"),
            ({"group": "new", "new_group": "a\u200eb"}, "id_new_group", "invisible character"),
            ({"group": "new", "new_group": "x" * 101}, "id_new_group", "100"),
            ({"group": "99999999"}, "id_group", "99999999"),
            ({"group": "9" * 300}, "id_group", "9"),
            ({"role": "boss"}, "id_role", "choice"),
            ({"who": "everyone"}, "id_who", "everyone"),
            ({"who": "cohort"}, "id_who", "Choose a cohort"),
            ({"who": "cohort", "cohort": "NOWHERE"}, "id_who", "Choose a cohort"),
            ({"who": "cohort", "cohort": "\x00"}, "id_who", "Choose a cohort"),
            ({"person": ""}, "id_who", "no person"),
            ({"person": "1 OR 1=1"}, "id_who", "no person"),
            ({"person": "9" * 30}, "id_who", "no person"),
            ({"person": "٣"}, "id_who", "no person"),
            ({"person": "999999999"}, "id_who", "Choose at least one person"),
        ],
    )
    @pytest.mark.parametrize("step", ["preview", "confirm"])
    def test_what_is_wrong_is_said_where_it_is(
        self, course: Course, staff: Client, more: dict[str, str], field: str, said: str, step: str
    ) -> None:
        GroupFactory(course=course, name="td été")
        page = soup(staff.post(PAGE, asked("new1", **more, step=step)))
        errors = errors_of(page)
        assert said in errors[field]
        assert [str(tag["aria-describedby"]) for tag in page.select(f"#{field}[aria-describedby*={field}_error]")]
        assert (enrolled(course), Run.objects.count(), Group.objects.count()) == ({"hand"}, 0, 1)

    def test_nobody_chosen(self, course: Course, staff: Client) -> None:
        assert "Choose at least one person" in errors_of(soup(staff.post(PAGE, asked())))["id_who"]

    def test_without_a_script_one_searches_and_keeps_whom_one_has_chosen(self, course: Course, staff: Client) -> None:
        sent = asked("new2", step="search", q="dupont", ends_at="2027-06-30T18:00", role="tutor")
        page = soup(staff.post(PAGE, sent))
        assert [str(box["value"]) for box in page.select("#chosen-people input[checked]")] == [str(pk("new2"))]
        assert [str(box["value"]) for box in page.select("#people-found input")] == [
            str(pk(name)) for name in ("new1", "hand", "synced")
        ]
        again = soup(staff.post(PAGE, asked("new1", "new2", step="search", q="dupont")))
        assert str(pk("new1")) not in [str(box["value"]) for box in again.select("#people-found input")]
        assert attribute(page, "#id_ends_at", "value") == "2027-06-30T18:00"
        assert text_of(page.select_one("#id_role option[selected]")) == "Tutor"
        assert errors_of(page) == {}

    def test_a_search_says_nothing_of_what_is_still_missing(self, course: Course, staff: Client) -> None:
        assert errors_of(soup(staff.post(PAGE, {"step": "search", "q": "dupont", "ends_at": "soon"}))) == {}

    def test_a_course_without_a_manual_method_says_what_to_do(self, course: Course, staff: Client) -> None:
        Enrolment.objects.filter(method__kind="manual").delete()
        course.methods.filter(kind="manual").delete()
        page = soup(staff.post(PAGE, asked("new1")))
        assert "The course has no manual enrolment method. Add it to the course first." in text_of(page)

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_only_asked_and_sent(self, course: Course, staff: Client, method: str) -> None:
        assert getattr(staff, method)(PAGE).status_code == 405

    def test_forms_from_elsewhere_are_refused(self, course: Course, staff: Client) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = staff.cookies
        assert strict.post(PAGE, asked("new1", step="confirm")).status_code == 403


class TestEnrolling:
    def test_the_preview_says_what_confirming_then_does(self, course: Course, staff: Client) -> None:
        group = GroupFactory(course=course, name="TD 1")
        sent = asked("new1", "synced", "hand", group=str(group.pk), role="tutor", ends_at="2027-06-30T18:00")
        preview = soup(staff.post(PAGE, sent))
        assert [text_of(number) for number in preview.select(".total-number")] == ["2", "1"]
        rows = {cells[1]: cells[2:] for cells in cells_of(preview)}
        assert rows["hand"] == ["Enrolled by hand already"]
        assert "Role Tutor" in rows["new1"][0]
        assert "Joins the group TD 1" in rows["new1"][0]
        assert rows["synced"][1] == "Is in the course by another method already"
        assert Run.objects.count() == 0
        done = staff.post(PAGE, fields_of(preview))
        assert done.headers["Location"] == "/courses/ENROL1/participants/"
        made = Enrolment.objects.filter(method__kind="manual", person__username__in=["new1", "synced"])
        assert set(made.values_list("role__short_name", "starts_at", "ends_at")) == {
            ("tutor", None, datetime(2027, 6, 30, 16, tzinfo=UTC))
        }
        assert set(GroupMember.objects.values_list("person__username", "group")) == {
            ("new1", group.pk),
            ("synced", group.pk),
        }
        run = Run.objects.get()
        toast = soup_of(staff, done.headers["Location"]).select_one("#toasts .toast-ok")
        assert toast is not None
        assert "2 people enrolled" in text_of(toast)
        report = reverse("courses:action_run", args=[course.code, run.pk])
        assert [link["href"] for link in toast.select("a")] == [reverse("sync:undo", args=[run.pk]), report]

    @pytest.mark.slow
    def test_the_undo_of_the_toast_takes_them_out_again(self, course: Course, teacher: Client) -> None:
        done = teacher.post(PAGE, fields_of(soup(teacher.post(PAGE, asked("new1", "new2")))))
        way = soup_of(teacher, done.headers["Location"]).select_one("#toasts .toast-ok a")
        assert way is not None
        undo = soup_of(teacher, str(way["href"]))
        teacher.post(str(way["href"]), fields_of(undo))
        assert enrolled(course) == {"hand", "teach"}

    def test_a_new_group_is_made_with_its_people(self, course: Course, staff: Client) -> None:
        preview = soup(staff.post(PAGE, asked("new1", group="new", new_group=" Tutorat d’été ")))
        assert "Tutorat d’été (a new group)" in text_of(preview)
        assert Group.objects.count() == 0
        staff.post(PAGE, fields_of(preview))
        group = Group.objects.get()
        assert (group.name, group.keeper, enrolled(course)) == ("Tutorat d’été", "hand", {"hand", "new1"})
        assert [member.person.username for member in GroupMember.objects.filter(group=group)] == ["new1"]

    def test_a_cohort_once(self, course: Course, staff: Client) -> None:
        cohort = CohortFactory(code="2026-L2DRO", programme_code="L2DRO")
        for username in ("new1", "hand"):
            CohortMemberFactory(cohort=cohort, person=Person.objects.get(username=username))
        preview = soup(staff.post(PAGE, asked("new2", who="cohort", cohort=cohort.code)))
        assert [text_of(number) for number in preview.select(".total-number")] == ["1", "1"]
        staff.post(PAGE, fields_of(preview))
        assert enrolled(course) == {"hand", "new1"}
        CohortMemberFactory(cohort=cohort, person=Person.objects.get(username="new2"))
        assert enrolled(course) == {"hand", "new1"}

    def test_a_cohort_that_changed_meanwhile_is_shown_again(self, course: Course, staff: Client) -> None:
        cohort = CohortFactory(code="2026-L2DRO", programme_code="L2DRO")
        CohortMemberFactory(cohort=cohort, person=Person.objects.get(username="new1"))
        preview = soup(staff.post(PAGE, asked(who="cohort", cohort=cohort.code)))
        CohortMemberFactory(cohort=cohort, person=Person.objects.get(username="new2"))
        again = soup(staff.post(PAGE, fields_of(preview)))
        assert "The course has changed since the preview. Nothing was done" in text_of(again.select_one("[role=alert]"))
        assert enrolled(course) == {"hand"}
        staff.post(PAGE, fields_of(again))
        assert enrolled(course) == {"hand", "new1", "new2"}

    def test_someone_enrolled_meanwhile_makes_no_group(self, course: Course, staff: Client) -> None:
        preview = soup(staff.post(PAGE, asked("new1", "new2", group="new", new_group="Tutorat")))
        EnrolmentFactory(course=course, person=Person.objects.get(username="new1"))
        again = soup(staff.post(PAGE, fields_of(preview)))
        assert [text_of(number) for number in again.select(".total-number")] == ["1", "1"]
        assert (Group.objects.count(), Run.objects.count()) == (0, 0)

    def test_a_group_made_for_nothing_is_unmade(self, course: Course, staff: Client) -> None:
        preview = soup(staff.post(PAGE, asked("new1", group="new", new_group="Tutorat")))
        RunFactory(kind="hand", lane=f"hand:{course.pk}", state=Run.State.WAITING)
        again = soup(staff.post(PAGE, fields_of(preview)))
        assert "Another change by hand to this course is under way." in text_of(again.select_one("[role=alert]"))
        assert (Group.objects.count(), Run.objects.count(), enrolled(course)) == (0, 1, {"hand"})

    def test_confirming_twice_enrols_once(self, course: Course, staff: Client) -> None:
        sent = fields_of(soup(staff.post(PAGE, asked("new1"))))
        first, second = staff.post(PAGE, sent), staff.post(PAGE, sent)
        assert (first.status_code, second.status_code, Run.objects.count()) == (302, 302, 1)

    def test_a_new_group_confirmed_twice_is_made_once(self, course: Course, staff: Client) -> None:
        sent = fields_of(soup(staff.post(PAGE, asked("new1", group="new", new_group="Tutorat"))))
        first, second = staff.post(PAGE, sent), staff.post(PAGE, sent)
        assert (first.status_code, second.status_code) == (302, 302)
        assert (Run.objects.count(), Group.objects.count()) == (1, 1)

    def test_what_was_taken_back_is_done_again_or_refused_never_said_to_be_done(
        self, course: Course, staff: Client
    ) -> None:
        plain = fields_of(soup(staff.post(PAGE, asked("new1"))))
        grouped = fields_of(soup(staff.post(PAGE, asked("new2", group="new", new_group="Tutorat"))))
        for sent in (plain, grouped):
            staff.post(PAGE, sent)
            attempt_run(request_undo(Run.objects.latest("pk")))
        assert enrolled(course) == {"hand"}
        assert staff.post(PAGE, plain).status_code == 302
        assert enrolled(course) == {"hand", "new1"}
        assert staff.post(PAGE, grouped).status_code == 302
        assert enrolled(course) == {"hand", "new1", "new2"}
        assert Group.objects.get(name="Tutorat").members.count() == 1

    def test_nothing_to_do_cannot_be_confirmed(self, course: Course, staff: Client) -> None:
        preview = soup(staff.post(PAGE, asked("hand")))
        assert preview.select("button[value=confirm]") == []
        assert "Enrolled by hand already" in text_of(preview)

    def test_the_way_back_to_the_form_keeps_everything(self, course: Course, staff: Client) -> None:
        preview = soup(staff.post(PAGE, asked("new1", role="tutor", starts_at="2026-12-01T08:00")))
        page = soup(staff.post(PAGE, {**fields_of(preview), "step": "change"}))
        assert [str(box["value"]) for box in page.select("#chosen-people input")] == [str(pk("new1"))]
        assert text_of(page.select_one("#id_role option[selected]")) == "Tutor"
        assert attribute(page, "#id_starts_at", "value") == "2026-12-01T08:00"

    def test_more_than_a_page_can_do_at_once_wait_for_a_worker(
        self, course: Course, staff: Client, broker: str
    ) -> None:
        cohort = CohortFactory(code="2026-L1", programme_code="L1")
        for _ in range(AT_ONCE + 1):
            CohortMemberFactory(cohort=cohort)
        done = staff.post(PAGE, fields_of(soup(staff.post(PAGE, asked(who="cohort", cohort=cohort.code)))))
        run = Run.objects.get()
        assert (run.state, enrolled(course)) == (Run.State.WAITING, {"hand"})
        toast = soup_of(staff, done.headers["Location"]).select_one("#toasts .toast-line")
        assert toast is not None
        report = reverse("courses:action_run", args=[course.code, run.pk])
        assert [link["href"] for link in toast.select("a")] == [report]

    def test_names_are_shown_as_they_are(self, course: Course, staff: Client) -> None:
        PersonFactory(username="tags", last_name="<b>Gras</b>", first_name='"&')
        for page in (staff.get(f"{SEARCH}?q=gras"), staff.post(PAGE, asked("tags"))):
            assert escape("<b>Gras</b>") in page.content.decode()
            assert "<b>Gras" not in page.content.decode()


def test_the_button_is_for_whom_may_enrol(course: Course, client: Client) -> None:
    EnrolmentFactory(course=course, person=PersonFactory(username="tutor"), role=role("teacher"))
    MethodFactory(course=course, kind="self")
    client.force_login(UserFactory(username="tutor"))
    assert soup_of(client, "/courses/ENROL1/participants/").select(f'.heading a[href="{PAGE}"]') == []
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    assert len(soup_of(client, "/courses/ENROL1/participants/").select(f'.heading a[href="{PAGE}"]')) == 1
