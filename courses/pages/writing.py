"""Writing to people of the participant list: the text, what the first of them will read, and the confirmation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cohorts.models import Person
from courses.messages.draft import DraftForm
from courses.messages.mail import address_of_course, subject_for, text_for
from courses.messages.placeholders import PLACEHOLDERS
from courses.messages.recipients import Recipients, recipients_of
from courses.messages.sending import (
    RecipientsMoved,
    TokenUsed,
    person_of,
    send_message,
    sender_name_of,
    sent_already,
)
from courses.models import Course, Message
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.pages.participants import scope_for
from courses.participants.queries import Scope
from courses.participants.selection import Selection, SelectionRefused, read_selection
from courses.rules import can_message_participants
from courses.tasks import wake_outbox
from enrolhub.access.models import User
from enrolhub.access.pace import give_message_back, take_message
from enrolhub.sync.wording import fill
from enrolhub.web.refusals import Refused

PREVIEW, SEND = "preview", "send"


def course_to_write_in(request: HttpRequest, code: str) -> Course:
    """The course of that code if this account may write to its people; otherwise there is no such page."""
    course = course_or_404(request, code)
    if not can_message_participants(account_of(request), course):
        raise Refused
    return course


@dataclass(frozen=True)
class Writing:
    """One message being written: by whom, where, and to whom."""

    request: HttpRequest
    author: User
    scope: Scope
    selection: Selection
    recipients: Recipients

    @property
    def course(self) -> Course:
        return self.scope.vocabulary.course

    @cached_property
    def person(self) -> Person | None:
        """The author as the registers know them."""
        return person_of(self.author)

    @cached_property
    def course_address(self) -> str:
        own_page = self.request.build_absolute_uri(reverse("courses:course", args=[self.course.code]))
        return address_of_course(self.course, own_page)

    def context(self, form: DraftForm) -> dict[str, Any]:
        """What both steps show."""
        return {
            "frame_of_course": frame_of(self.course, "messages"),
            "form": form,
            "fields": self.selection.fields(),
            "recipients": self.recipients,
            "others": self.recipients.reached - len(self.recipients.first),
            "others_without": self.recipients.skipped - len(self.recipients.without),
            "sender": sender_name_of(self.author, self.person),
            "sender_address": self.person.email if self.person else "",
        }


@require_http_methods(["GET", "HEAD", "POST"])
def write_message(request: HttpRequest, code: str) -> HttpResponse:
    """One address for the three steps; it takes the selection of the participant list, so it is always a form that comes here."""
    course = course_to_write_in(request, code)
    if request.method != "POST":
        return back_to_list(request, course, _("Select people in the list, then choose “Send a message”."))
    sent = message_of_form(request, course)
    if sent is not None:
        return redirect("courses:message_sent", course.code, sent.pk)
    scope = scope_for(request, course)
    try:
        selection = read_selection(request.POST)
        recipients = recipients_of(scope, selection)
    except SelectionRefused as refusal:
        return back_to_list(request, course, str(refusal))
    if not recipients.reached:
        return back_to_list(request, course, nobody_words(recipients))
    return answer(Writing(request, account_of(request), scope, selection, recipients), request.POST)


def answer(writing: Writing, data: QueryDict) -> HttpResponse:
    """The step that the form asks for; a text that cannot be sent stays in its first one."""
    step = data.get("step")
    if step not in (PREVIEW, SEND):
        kept = {name: data[name] for name in ("subject", "body", "copy", "token") if name in data}
        return show_form(writing, DraftForm(initial=kept))
    form = DraftForm(data)
    if not form.is_valid():
        return show_form(writing, form)
    return confirm(writing, form) if step == SEND else show_preview(writing, form)


def confirm(writing: Writing, form: DraftForm) -> HttpResponse:
    """Send to exactly those whom the preview showed, or show it again."""
    digest = writing.request.POST.get("digest", "")
    wait = take_message(writing.author)
    if wait:
        form.add_error(None, too_many_words(wait))
        return show_form(writing, form)
    try:
        message = send_message(
            writing.author, writing.scope, writing.selection, form.cleaned_data, digest, writing.course_address
        )
    except RecipientsMoved:
        give_message_back(writing.author)
        return show_preview(writing, form, moved=True)
    except TokenUsed:
        give_message_back(writing.author)
        form.add_error(None, _("This form has been used already. Copy your text and start from the list again."))
        return show_form(writing, form)
    wake_outbox()
    return redirect("courses:message_sent", writing.course.code, message.pk)


def show_form(writing: Writing, form: DraftForm) -> HttpResponse:
    context = writing.context(form) | {"placeholders": PLACEHOLDERS}
    return render(writing.request, "courses/message_write.html", context)


def show_preview(writing: Writing, form: DraftForm, *, moved: bool = False) -> HttpResponse:
    """The mail of the first recipient, with how many there are; nothing is stored yet."""
    first = writing.recipients.first[0]
    message = unsaved_message(writing, form.cleaned_data)
    context = writing.context(form) | {
        "moved": moved,
        "to": first,
        "subject": subject_for(message, first),
        "text": text_for(message, first),
        "copy": form.cleaned_data["copy"] and bool(writing.person and writing.person.email),
    }
    return render(writing.request, "courses/message_preview.html", context)


def unsaved_message(writing: Writing, draft: Mapping[str, Any]) -> Message:
    return Message(
        course=writing.course,
        sender_name=sender_name_of(writing.author, writing.person),
        sender_address=writing.person.email if writing.person else "",
        subject=draft["subject"],
        body=draft["body"],
        course_address=writing.course_address,
        language=get_language() or "",
    )


def message_of_form(request: HttpRequest, course: Course) -> Message | None:
    """The message that this very form has made already: sent twice, or gone back to."""
    try:
        token = UUID(request.POST.get("token", ""))
    except ValueError:
        return None
    sends = request.POST.get("step") == SEND
    return sent_already(account_of(request), course, token) if sends else None


def too_many_words(wait: timedelta) -> str:
    minutes = math.ceil(wait / timedelta(minutes=1))
    words = ngettext(
        "You have sent many messages within an hour. Keep this page open and send this one in %(count)s minute.",
        "You have sent many messages within an hour. Keep this page open and send this one in %(count)s minutes.",
        minutes,
    )
    return fill(words, {"count": minutes})


def nobody_words(recipients: Recipients) -> str:
    if not recipients.skipped:
        return _("Nobody of the selection is in the course any more.")
    words = ngettext(
        "The person selected has no mail address.",
        "None of the %(count)s people selected has a mail address.",
        recipients.skipped,
    )
    return fill(words, {"count": recipients.skipped})


def back_to_list(request: HttpRequest, course: Course, why: str) -> HttpResponse:
    messages.warning(request, why)
    return redirect("courses:participants", course.code)
