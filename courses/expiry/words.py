"""What the mails about an end say. ``{course}`` and its kin are placeholders of messages, filled for each reader."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.messages.automatic import Words
from courses.models import Course, Method
from courses.models.platform import DeparturePolicy
from enrolhub.sync.wording import fill

Names = tuple[Sequence[str], int]


def say_end(ends_at: datetime) -> str:
    """« 31/08/2027 à 00:00 », in Paris."""
    local = timezone.localtime(ends_at)
    return _("%(day)s at %(hour)s") % {"day": f"{local:%d/%m/%Y}", "hour": f"{local:%H:%M}"}


def words_for_person(method: Method, ends_at: datetime) -> Words:
    """For those whose enrolment by the method ends: when, what happens then, and what they can do."""
    end = {"end": say_end(ends_at)}
    lines = [
        _("Hello {first_name},"),
        "",
        _("Your enrolment in the course “{course}” ends on %(end)s.") % end,
        _("You will then be taken out of the course.")
        if method.expiry_policy == DeparturePolicy.WITHDRAW
        else _("From then on you can no longer enter it."),
        "",
        _("You can renew it yourself, on the page “My courses”.")
        if method.kind == Method.Kind.SELF and method.may_renew
        else _("If you still need it, ask the teachers of the course to renew your enrolment."),
    ]
    return Words(_("Your enrolment in “{course}” ends on %(end)s") % end, "\n".join(lines))


def words_for_teachers(course: Course, endings: Sequence[tuple[datetime, Names]]) -> Words:
    """For those who may renew: who ends when."""
    count = sum(len(named) + others for _ends_at, (named, others) in endings)
    subject = ngettext("“{course}”: %(count)s enrolment ends soon", "“{course}”: %(count)s enrolments end soon", count)
    lines = [
        _("Hello {first_name},"),
        "",
        _("These enrolments in the course “{course}” end soon. Each person was told by mail."),
        *_lines(endings),
        "",
        _("To renew some of them, select the people in the list of participants and choose “Renew the enrolments”."),
    ]
    return Words(fill(subject, {"count": count}), "\n".join(lines))


def _lines(endings: Sequence[tuple[datetime, Names]]) -> Iterator[str]:
    for ends_at, (named, others) in endings:
        yield ""
        yield _("On %(end)s:") % {"end": say_end(ends_at)}
        yield from (f"- {_literal(name)}" for name in named)
        if others:
            words = (
                ngettext("- and %(count)s other person", "- and %(count)s other people", others)
                if named
                else ngettext("- %(count)s person", "- %(count)s people", others)
            )
            yield fill(words, {"count": others})


def _literal(text: str) -> str:
    """A name that no reader's placeholder can hide in."""
    return text.replace("{", "(").replace("}", ")")
