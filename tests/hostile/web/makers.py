"""How every form and every set of filters of the site is made, so that each of them can be tried."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory
from django.urls import get_resolver
from django_filters import FilterSet

from cohorts.changes_table import CohortChangeFilters, changes_of
from cohorts.forms import CohortForm, PeopleForm
from cohorts.models import Cohort, Person
from cohorts.tables import CohortFilters, MemberFilters
from courses import tables as course_tables
from courses.groups.forms import GroupForm
from courses.groups.table import GroupFilters, GroupMemberFilters
from courses.hand.chosen import Chosen
from courses.history.table import HistoryFilters, HistoryForm, filters_of
from courses.messages.draft import DraftForm
from courses.messages.tables import DeliveryFilters, deliveries_of
from courses.methods.cohort_sync_form import CohortSyncForm
from courses.methods.database_form import DatabaseForm
from courses.methods.form import MethodForm
from courses.methods.manual import ManualForm
from courses.methods.many_form import ManyAddForm, ManyChangeForm, ManyDeleteForm, ManyForm
from courses.methods.meta_link_form import MetaLinkForm
from courses.methods.self_enrol_form import SelfEnrolForm
from courses.methods.units_form import UnitLine
from courses.models import Course, DigestChoice, Message, Method
from courses.open_courses_table import OpenCourseFilters
from courses.pages import action_forms
from courses.pages.action_form import ActionForm
from courses.pages.digest import DigestForm
from courses.pages.end_forms import ConvertForm, EndForm, RenewForm
from courses.pages.enrol_form import EnrolForm
from courses.pages.imports_form import ImportForm
from courses.pages.self_enrol import KeyForm
from courses.people_table import PersonFilters
from courses.verification.narrowing import GapForm
from enrolhub.access.forms import NewPasswordForm, ProofForm, SavedViewForm, SignInForm
from enrolhub.access.models import Event, SavedView, User
from enrolhub.sync.forms import RaiseForm
from enrolhub.sync.models import Change, Run
from enrolhub.sync.tables import ChangeFilters, RunFilters
from enrolhub.web.pieces import SampleForm
from enrolhub.web.trail.listing import EventFilters


@dataclass
class Setting:
    """What forms are about: a course with its methods, who fills them in, and whom."""

    course: Course
    account: User
    cohort: Cohort
    message: Message
    run: Run
    methods: Mapping[str, Method] = field(init=False)

    def __post_init__(self) -> None:
        self.methods = {str(method.kind): method for method in self.course.methods.all()}

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.course, list(Person.objects.values_list("pk", flat=True)), self.account)

    def request(self, data: QueryDict) -> HttpRequest:
        request = RequestFactory().post("/", data.urlencode(), content_type="application/x-www-form-urlencoded")
        request.user = self.account
        return request


Maker = Callable[[Setting, QueryDict], Any]


def of_people(form: type[ActionForm]) -> Maker:
    return lambda at, data: form(at.chosen, data)


def of_method(form: type[MethodForm]) -> Maker:
    return lambda at, data: form(at.course, at.account, data, problems=lambda _method: {})


def of_many(form: type[ManyForm], kind: str) -> Maker:
    return lambda at, data: form(kind, [at.course], at.account, data, is_sent=True)


def of_rows(filters: type[FilterSet], rows: Callable[[Setting], Any]) -> Maker:
    return lambda at, data: filters(data, queryset=rows(at), request=at.request(data))


GAPS = {name: ("Label", "All", [("A", "a"), ("B", "b")]) for name in ("gap", "unit", "without", "programme", "group")}
#: Forms that nobody fills in: what the forms of actions, of kinds of methods, of several courses and of the history share.
SHARED: tuple[type[BaseForm], ...] = (action_forms.MethodForm, MethodForm, ManyForm, HistoryForm)
FORMS: Mapping[type[BaseForm], Maker] = {
    ActionForm: of_people(ActionForm),
    action_forms.ExcludeForm: of_people(action_forms.ExcludeForm),
    action_forms.GroupForm: of_people(action_forms.GroupForm),
    action_forms.JoinForm: of_people(action_forms.JoinForm),
    action_forms.LiftForm: of_people(action_forms.LiftForm),
    action_forms.RoleForm: of_people(action_forms.RoleForm),
    ConvertForm: of_people(ConvertForm),
    EndForm: of_people(EndForm),
    RenewForm: of_people(RenewForm),
    CohortSyncForm: of_method(CohortSyncForm),
    DatabaseForm: of_method(DatabaseForm),
    ManualForm: of_method(ManualForm),
    MetaLinkForm: of_method(MetaLinkForm),
    SelfEnrolForm: of_method(SelfEnrolForm),
    ManyAddForm: of_many(ManyAddForm, "cohort_sync"),
    ManyChangeForm: of_many(ManyChangeForm, "meta_link"),
    ManyDeleteForm: of_many(ManyDeleteForm, "cohort_sync"),
    CohortForm: lambda at, data: CohortForm(data),
    PeopleForm: lambda at, data: PeopleForm(data),
    DigestForm: lambda at, data: DigestForm(data, instance=DigestChoice(user=at.account)),
    DraftForm: lambda at, data: DraftForm(data),
    EnrolForm: lambda at, data: EnrolForm(at.course, at.account, data),
    GapForm: lambda at, data: GapForm(data, GAPS),
    GroupForm: lambda at, data: GroupForm(at.course, data),
    ImportForm: lambda at, data: ImportForm(at.request(data), has_groups=True),
    KeyForm: lambda at, data: KeyForm(at.methods["self"], data),
    NewPasswordForm: lambda at, data: NewPasswordForm(at.account, data),
    ProofForm: lambda at, data: ProofForm(data),
    RaiseForm: lambda at, data: RaiseForm(data),
    SampleForm: lambda at, data: SampleForm(data),
    SavedViewForm: lambda at, data: SavedViewForm(data, instance=SavedView(user=at.account, view="participants")),
    SignInForm: lambda at, data: SignInForm(at.request(data), data),
    UnitLine: lambda at, data: UnitLine(data),
}
FILTERS: Mapping[type[FilterSet], Maker] = {
    ChangeFilters: of_rows(ChangeFilters, lambda at: Change.objects.filter(scope__phase__run=at.run)),
    CohortChangeFilters: of_rows(CohortChangeFilters, lambda at: changes_of(at.cohort)),
    CohortFilters: of_rows(CohortFilters, lambda _at: Cohort.objects.all()),
    course_tables.CourseFilters: of_rows(course_tables.CourseFilters, lambda _at: Course.objects.all()),
    DeliveryFilters: of_rows(DeliveryFilters, lambda at: deliveries_of(at.message)),
    EventFilters: of_rows(EventFilters, lambda _at: Event.objects.all()),
    GroupFilters: of_rows(GroupFilters, lambda at: at.course.groups.all()),
    GroupMemberFilters: of_rows(GroupMemberFilters, lambda _at: Person.objects.all()),
    HistoryFilters: lambda at, data: of_rows(
        filters_of([(method.pk, str(method)) for method in at.methods.values()]), lambda _at: Change.objects.all()
    )(at, data),
    MemberFilters: of_rows(MemberFilters, lambda at: at.cohort.members.all()),
    OpenCourseFilters: of_rows(OpenCourseFilters, lambda _at: Method.objects.all()),
    PersonFilters: of_rows(PersonFilters, lambda _at: Person.objects.all()),
    RunFilters: of_rows(RunFilters, lambda _at: Run.objects.all()),
}


def classes_of_ours(base: type) -> set[type]:
    """Every class below `base` that a module of the site defines. The addresses import all that the site serves."""
    assert get_resolver().url_patterns
    return {found for found in below(base) if is_defined(found)}


def below(base: type) -> Iterator[type]:
    found: type
    for found in base.__subclasses__():
        yield found
        yield from below(found)


def is_defined(found: type) -> bool:
    """Whether the class stands in a module of the site, and is not made while it runs."""
    of_ours = found.__module__.partition(".")[0] in {"enrolhub", "cohorts", "courses"}
    return of_ours and getattr(sys.modules[found.__module__], found.__name__, None) is found
