"""The messages of a course, and what became of one of them for each person."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column, Table

from courses.messages.sending import REPEATABLE
from courses.messages.states import badge_of_delivery, badge_of_tally, explanation_of
from courses.models import Delivery, Message
from enrolhub.web.filters import KeywordFilter, PickFilter
from enrolhub.web.templatetags.enrolhub import moment, number, state

State = Delivery.State


class MessageTable(Table):
    """Messages, newest first; each record carries its ``tally``, counted for the whole page at once."""

    subject = Column(verbose_name=_("Subject"))
    sender_name = Column(verbose_name=_("By"), empty_values=())
    confirmed_at = Column(verbose_name=_("When"), attrs={"td": {"class": "date"}})
    people = Column(
        verbose_name=_("People"),
        empty_values=(),
        orderable=False,
        attrs={"th": {"class": "num"}, "td": {"class": "num"}},
    )
    state = Column(verbose_name=_("State"), empty_values=(), orderable=False, attrs={"td": {"class": "plain"}})

    caption = _("Messages to participants of the course")
    row_header = "subject"

    class Meta:
        order_by = ("-confirmed_at",)

    def render_subject(self, record: Message) -> SafeString:
        address = reverse("courses:message_sent", args=[record.course.code, record.pk])
        return format_html('<a href="{}">{}</a>', address, record.subject)

    def render_sender_name(self, record: Message) -> str:
        return record.sender_name or gettext("EnrolHub, by itself")

    def render_confirmed_at(self, record: Message) -> str:
        return moment(record.confirmed_at)

    def render_people(self, record: Any) -> str:
        return number(record.tally.whole)

    def render_state(self, record: Any) -> SafeString:
        badge = badge_of_tally(record.tally)
        return state(badge.tone, badge.word, badge.icon)


class DeliveryTable(Table):
    """One line a person. What may be sent again has a button of the form ``again``, which stands beside the table."""

    person = Column(verbose_name=_("Person"), order_by=("person__last_name_key", "person__first_name_key"))
    address = Column(verbose_name=_("Email"), empty_values=())
    state = Column(verbose_name=_("State"), attrs={"td": {"class": "plain"}})
    explanation = Column(
        verbose_name=_("Explanation"), empty_values=(), orderable=False, attrs={"td": {"class": "wide plain"}}
    )
    ended_at = Column(verbose_name=_("When"), empty_values=(), attrs={"td": {"class": "date"}})
    again = Column(
        verbose_name=_("Send again"), empty_values=(), orderable=False, attrs={"td": {"class": "wide plain last"}}
    )

    caption = _("What became of the message for each person")
    row_header = "person"

    class Meta:
        order_by = ("position",)

    def render_person(self, record: Delivery) -> SafeString | str:
        if record.is_copy:
            return format_html('{} <span class="soften">({})</span>', record.person, gettext("copy"))
        return str(record.person)

    def render_address(self, record: Delivery) -> str:
        return record.address or "—"

    def render_state(self, record: Delivery) -> SafeString:
        badge = badge_of_delivery(record)
        return state(badge.tone, badge.word, badge.icon)

    def render_explanation(self, record: Delivery) -> SafeString:
        words = explanation_of(record)
        if record.answer:
            return format_html('{} <span class="second code">{}</span>', words, record.answer)
        return format_html("{}", words)

    def render_ended_at(self, record: Delivery) -> str:
        return moment(record.ended_at)

    def render_again(self, record: Delivery) -> SafeString | str:
        if record.state not in REPEATABLE or not record.person.email:
            return ""
        return format_html(
            '<button class="btn btn-small" type="submit" form="again" name="delivery" value="{}">{}'
            '<span class="visually-hidden"> {}</span></button>',
            record.pk,
            gettext("Send again"),
            gettext("to %(name)s") % {"name": record.person},
        )


def _states() -> list[tuple[str, str]]:
    return [(each.value, str(each.label)) for each in State]


class DeliveryFilters(FilterSet):
    person = KeywordFilter(label=_("Person"), placeholder=_("Name, account or number"), field_name="person__search_key")
    state = PickFilter(label=_("State"), everything=_("All"), choices=_states)

    class Meta:
        model = Delivery
        fields: list[str] = []


def deliveries_of(message: Message) -> QuerySet[Delivery]:
    return message.deliveries.select_related("person")
