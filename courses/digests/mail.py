"""A digest as a mail: plain text, in the reader's language, with the way to the course's history and to fewer mails."""

from collections.abc import Iterator, Mapping, Sequence
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from courses.digests.news import CourseNews, Movement
from courses.digests.periods import DAILY
from courses.messages.languages import BETWEEN_BODIES, BETWEEN_SUBJECTS, in_each
from courses.messages.placeholders import one_line
from courses.models import Digest, DigestChoice
from enrolhub.sync.wording import fill
from enrolhub.web.dates import long_date

#: Courses told of in one mail; the rest is a number.
SHOWN = 40


def mail_of(
    digest: Digest, choice: DigestChoice, news: Mapping[str, Sequence[CourseNews]], address: str
) -> EmailMessage:
    """The mail, in the languages that its reader reads, ``news`` being told in each of them.

    Its identity never changes, so that a mailbox knows one that comes twice.
    """
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=in_each(choice.language, lambda: subject_of(digest, choice), BETWEEN_SUBJECTS),
        body=in_each(choice.language, lambda: "\n".join(lines_of(digest, news[get_language() or ""])), BETWEEN_BODIES),
        to=[address],
        headers={"Message-ID": f"<digest.{digest.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def subject_of(digest: Digest, choice: DigestChoice) -> str:
    day = long_date(timezone.localdate(digest.until))
    words = (
        _("What changed in your courses, %(day)s") if choice.often == DAILY else _("Your courses, week until %(day)s")
    )
    return words % {"day": day}


def lines_of(digest: Digest, news: Sequence[CourseNews]) -> Iterator[str]:
    since, until = (f"{timezone.localtime(moment):%d/%m/%Y %H:%M}" for moment in (digest.since, digest.until))
    yield _("What changed in your courses from %(since)s to %(until)s:") % {"since": since, "until": until}
    day = timezone.localdate(digest.since).isoformat()
    for each in news[:SHOWN]:
        yield ""
        yield from _lines_of_course(each, day)
    others = len(news) - SHOWN
    if others > 0:
        yield ""
        yield fill(ngettext("And %(count)s other course.", "And %(count)s other courses.", others), {"count": others})
    yield ""
    yield "-- "
    yield _("What you did yourself is not told. To get this mail more or less often, or no more: %(page)s") % {
        "page": address_of(reverse("courses:digest"))
    }


def _lines_of_course(news: CourseNews, day: str) -> Iterator[str]:
    course = news.course
    yield f"{one_line(course.title)} ({course.code})"
    yield from _movement_lines(
        "+", news.arrivals, ngettext("%(count)s arrival", "%(count)s arrivals", news.arrivals.count)
    )
    departures = ngettext("%(count)s departure", "%(count)s departures", news.departures.count)
    yield from _movement_lines("-", news.departures, departures)
    for count, words in (
        (news.alterations, ngettext("%(count)s enrolment altered", "%(count)s enrolments altered", news.alterations)),
        (news.places, ngettext("%(count)s change in groups", "%(count)s changes in groups", news.places)),
    ):
        if count:
            yield f"  ~ {fill(words, {'count': count})}"
    yield f"  {address_of(reverse('courses:history', args=[course.code]))}?since={day}"


def _movement_lines(sign: str, movement: Movement, words: str) -> Iterator[str]:
    """« + 7 arrivées : Abgrall Nolwenn, …, et 2 autres »."""
    if not movement.count:
        return
    people = [one_line(name) for name in movement.people]
    others = movement.count - len(people)
    if others > 0:
        people.append(fill(ngettext("and %(count)s other", "and %(count)s others", others), {"count": others}))
    told = {"what": fill(words, {"count": movement.count}), "who": ", ".join(people)}
    yield f"  {sign} " + _("%(what)s: %(who)s") % told


def address_of(path: str) -> str:
    """A page of the site, whole when the settings say where the site is."""
    return f"{settings.SITE_ADDRESS.rstrip('/')}{path}"
