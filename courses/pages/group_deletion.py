"""Deleting a group kept by hand: what will happen, then the run that does it."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses.groups.deleting import digest_of, request_deletion
from courses.groups.lists import member_count_of, members_of
from courses.models import Group
from courses.pages.frame import course_or_404, frame_of
from courses.pages.groups import group_to_keep_or_404
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.start import start_run
from enrolhub.sync.wording import fill, say_message

#: Members whom the preview names.
NAMED = 12


@require_http_methods(["GET", "HEAD", "POST"])
def delete_group(request: HttpRequest, code: str, group_id: int) -> HttpResponse:
    """The preview; once confirmed, the run. A group that has changed since its preview is shown again."""
    course = course_or_404(request, code)
    group = group_to_keep_or_404(request, course, group_id)
    refusal = ""
    if request.method == "POST":
        try:
            asked = request_deletion(group, request.POST.get("digest", ""), cast(User, request.user))
        except RunRefused as refused:
            refusal = say_message(refused.code, refused.params)
        else:
            return after_run(request, start_run(asked, member_count_of(group)), group)
    context = preview_of(group) | {"frame_of_course": frame_of(course, "groups"), "refusal": refusal}
    return render(request, "courses/group_delete.html", context, status=409 if refusal else 200)


def preview_of(group: Group) -> dict[str, Any]:
    people = members_of(group).order_by("last_name_key", "first_name_key", "username")
    return {
        "group": group,
        "givers": ", ".join(map(str, group.given_by.all())),
        "members": [str(person) for person in people[:NAMED]],
        "others": max(member_count_of(group) - NAMED, 0),
        "digest": digest_of(group),
    }


def after_run(request: HttpRequest, run: Run, group: Group) -> HttpResponse:
    """Back to the groups, with what has been done and the way to take it back."""
    run.refresh_from_db()
    if run.is_live:
        messages.info(request, _("The group “%(name)s” is being deleted.") % {"name": group.name})
    elif run.state == Run.State.APPLIED and not run.message:
        messages.success(request, deleted_words(run, group))
    else:
        messages.error(request, say_message(run.message, run.message_params))
        if Group.objects.filter(pk=group.pk).exists():
            return redirect("courses:group", group.course.code, group.pk)
    return redirect("courses:groups", group.course.code)


def deleted_words(run: Run, group: Group) -> SafeString:
    """« Groupe « TD 1 » supprimé, 12 personnes l’ont quitté. Annuler »."""
    if not member_count_of(group):
        return format_html("{}", _("Group “%(name)s” deleted.") % {"name": group.name})
    words = ngettext(
        "Group “%(name)s” deleted, %(count)s person left it.",
        "Group “%(name)s” deleted, %(count)s people left it.",
        member_count_of(group),
    )
    told = fill(words, {"name": group.name, "count": member_count_of(group)})
    return format_html('{} <a href="{}">{}</a>', told, reverse("sync:undo", args=[run.pk]), _("Undo"))
