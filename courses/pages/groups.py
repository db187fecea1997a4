"""The groups of a course, one of them with its members, and the groups kept by hand: created, renamed, deleted."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.groups.forms import GroupForm
from courses.groups.keeping import NameTaken, create_group, rename_group
from courses.groups.lists import givers_of, groups_of, members_of
from courses.groups.table import (
    LEAVING_FORM,
    ChosenMemberTable,
    GroupFilters,
    GroupMemberFilters,
    GroupMemberTable,
    GroupTable,
)
from courses.models import Course, Group
from courses.pages.frame import CourseFrame, course_or_404, frame_of
from courses.queries import groups_seen_by
from courses.rules import can_edit_participants
from enrolhub.access.models import User
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import Refused, refusal_of


@require_safe
def list_groups(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    groups = build_list(request, groups_of(course), GroupTable, GroupFilters)
    seen = groups_seen_by(request.user, course)
    for group in groups.records:
        group.url = url_of(course, group.pk) if seen is None or group.pk in seen else ""
    context = {"frame_of_course": frame_of(course, "groups"), "list": groups, "may_create": may_create(request, course)}
    return render(request, "courses/groups.html", context)


@require_safe
def show_group(request: HttpRequest, code: str, group_id: int) -> HttpResponse:
    course = course_or_404(request, code)
    group = group_or_404(request, course, group_id)
    may_keep = group.keeper == Group.Keeper.HAND and can_edit_participants(request.user, course)
    table = ChosenMemberTable if may_keep else GroupMemberTable
    members = build_list(request, members_of(group), table, GroupMemberFilters)
    givers = givers_of(group, [person.pk for person in members.records])
    for person in members.records:
        person.givers = givers[person.pk]
    context = {
        "frame_of_course": frame_of(course, "groups"),
        "group": group,
        "list": members,
        "may_keep": may_keep,
        "leaving_form": LEAVING_FORM,
    }
    return render(request, "courses/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_group(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a new group; once created, its page."""
    course = course_or_404(request, code)
    if not may_create(request, course):
        raise Refused
    form = GroupForm(course, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            group = create_group(course, form.cleaned_data["name"], cast(User, request.user))
        except NameTaken:
            form = GroupForm(course, request.POST)  # read again, it names the group that has the name now
        else:
            messages.success(request, _("Group “%(name)s” created.") % {"name": group.name})
            return redirect(url_of(course, group.pk))
    return render(request, "courses/group_form.html", form_context(frame_of(course, "groups"), form))


@require_http_methods(["GET", "HEAD", "POST"])
def change_group(request: HttpRequest, code: str, group_id: int) -> HttpResponse:
    """The form of a group's name; once renamed, its page."""
    course = course_or_404(request, code)
    group = group_to_keep_or_404(request, course, group_id)
    form = GroupForm(course, request.POST or None, group=group, initial={"name": group.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_group(group, form.cleaned_data["name"], cast(User, request.user))
        except NameTaken:
            form = GroupForm(course, request.POST, group=group)
        else:
            messages.success(request, _("The group is now called “%(name)s”.") % {"name": group.name})
            return redirect(url_of(course, group.pk))
    return render(request, "courses/group_form.html", form_context(frame_of(course, "groups"), form, group))


def form_context(frame: CourseFrame, form: GroupForm, group: Group | None = None) -> dict[str, Any]:
    return {"frame_of_course": frame, "form": form, "group": group}


def url_of(course: Course, group_id: int) -> str:
    return reverse("courses:group", args=[course.code, group_id])


def may_create(request: HttpRequest, course: Course) -> bool:
    """Whoever sees some groups only could not open the new one."""
    return can_edit_participants(request.user, course) and groups_seen_by(request.user, course) is None


def group_or_404(request: HttpRequest, course: Course, group_id: int) -> Group:
    """A group of the course whose people this account may see; otherwise there is no such page."""
    seen = groups_seen_by(request.user, course)
    group = groups_of(course).filter(pk=group_id).first() if seen is None or group_id in seen else None
    if group is None:
        raise refusal_of(Group.objects.filter(pk=group_id))
    group.course = course
    return group


def group_to_keep_or_404(request: HttpRequest, course: Course, group_id: int) -> Group:
    """A group that this account may rename and delete: kept by hand, in a course where it may edit."""
    group = group_or_404(request, course, group_id)
    if group.keeper != Group.Keeper.HAND or not can_edit_participants(request.user, course):
        raise Refused
    return group
