"""The messages of a course: their list, what became of one of them, and sending again."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from courses.messages.queries import Tally, messages_for, outbox_silence, tallies_of
from courses.messages.sending import REPEATABLE, send_again
from courses.messages.states import TONES
from courses.messages.tables import DeliveryFilters, DeliveryTable, MessageTable, deliveries_of
from courses.models import Delivery, Message
from courses.pages.frame import frame_of
from courses.pages.list_preferences import account_of
from courses.pages.writing import course_to_write_in
from courses.tasks import wake_outbox
from enrolhub.sync.wording import fill
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import refusal_of
from enrolhub.web.templatetags.enrolhub import number

State = Delivery.State
#: A progress that is asked for every 3 s is announced to screen readers about every 10 s.
ANNOUNCED_EVERY = 10
ORDER = (State.SENT, State.SENDING, State.QUEUED, State.FAILED, State.UNKNOWN, State.SKIPPED)


@require_safe
def list_messages(request: HttpRequest, code: str) -> HttpResponse:
    course = course_to_write_in(request, code)
    rows = messages_for(account_of(request), course).select_related("course")
    shown = build_list(request, rows, MessageTable)
    tallies = tallies_of([record.pk for record in shown.records])
    for record in shown.records:
        record.tally = tallies[record.pk]
    context = {"frame_of_course": frame_of(course, "messages"), "list": shown}
    return render(request, "courses/messages.html", context)


def message_or_404(request: HttpRequest, code: str, message_id: int) -> Message:
    """The message of the course if this account may read it."""
    course = course_to_write_in(request, code)
    message = messages_for(account_of(request), course).filter(pk=message_id).first()
    if message is None:
        raise refusal_of(Message.objects.filter(pk=message_id))
    message.course = course
    return message


@require_safe
def show_message(request: HttpRequest, code: str, message_id: int) -> HttpResponse:
    message = message_or_404(request, code, message_id)
    context = progress_of(message) | {
        "frame_of_course": frame_of(message.course, "messages"),
        "list": build_list(request, deliveries_of(message), DeliveryTable, DeliveryFilters),
    }
    return render(request, "courses/message.html", context)


@require_safe
def show_message_progress(request: HttpRequest, code: str, message_id: int) -> HttpResponse:
    """How far the sending is, which a page in a browser asks for again until it has ended."""
    context = progress_of(message_or_404(request, code, message_id))
    ended = not context["tally"].pending
    announced = ended or timezone.now().second % ANNOUNCED_EVERY < 3
    response = render(request, "courses/message_progress.html", context | {"announced": announced, "polled": True})
    if ended:
        response.headers["HX-Trigger"] = "sendingEnded"  # the list below follows
    return response


def progress_of(message: Message) -> dict[str, Any]:
    tally = tallies_of([message.pk])[message.pk]
    return {
        "message": message,
        "tally": tally,
        "totals": totals_of(message, tally),
        "silence": outbox_silence() if tally.pending else None,
        "percent": tally.done * 100 // tally.whole if tally.whole else 100,
    }


def totals_of(message: Message, tally: Tally) -> list[dict[str, str]]:
    """How many mails are in each state; each number leads to those people. States that nobody is in are left out."""
    page = reverse("courses:message_sent", args=[message.course.code, message.pk])
    shown = [each for each in ORDER if tally.of(each) or each == State.SENT]
    return [
        {
            "number": number(tally.of(each)),
            "word": str(each.label),
            "icon": TONES[each][1],
            "tone": TONES[each][0] if TONES[each][0] in ("ok", "wait", "bad", "info") else "",
            "url": f"{page}?state={each}#results",
        }
        for each in shown
    ]


@require_POST
def repeat_message(request: HttpRequest, code: str, message_id: int) -> HttpResponse:
    """Send again to one person, or to everyone in a state that ended badly."""
    message = message_or_404(request, code, message_id)
    count = send_again(account_of(request), message, chosen_deliveries(request, message))
    if count:
        wake_outbox()
        words = ngettext("%(count)s mail is being sent again.", "%(count)s mails are being sent again.", count)
        messages.success(request, fill(words, {"count": count}))
    else:
        messages.warning(
            request, _("Nothing to send again: those mails are on their way, sent, or without an address.")
        )
    return redirect("courses:message_sent", message.course.code, message.pk)


def chosen_deliveries(request: HttpRequest, message: Message) -> QuerySet[Delivery]:
    """The deliveries that the form names; none when it names what cannot be."""
    state, asked = request.POST.get("state", ""), request.POST.get("delivery", "")
    if state in REPEATABLE:
        return message.deliveries.filter(state=state)
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        return message.deliveries.filter(pk=int(asked))
    return message.deliveries.none()
