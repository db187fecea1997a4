"""What became of a message and of each of its mails, in words, with the tone and the icon that go with them."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.messages.queries import Tally
from courses.models import Delivery
from enrolhub.sync.states import Badge
from enrolhub.sync.wording import fill
from enrolhub.web.templatetags.enrolhub import moment

State = Delivery.State
TONES = {
    State.QUEUED: ("info", "clock"),
    State.SENDING: ("info", "arrow-repeat"),
    State.SENT: ("ok", "check-circle-fill"),
    State.FAILED: ("bad", "x-circle"),
    State.UNKNOWN: ("wait", "question-circle"),
    State.SKIPPED: ("off", "slash-circle"),
}


def badge_of_delivery(delivery: Delivery) -> Badge:
    """The state of one mail. One that waits after an attempt says so."""
    tone, icon = TONES[State(delivery.state)]
    if delivery.state == State.QUEUED and delivery.attempts:
        return Badge("wait", _("Another attempt to come"), "arrow-repeat")
    return Badge(tone, str(State(delivery.state).label), icon)


def explanation_of(delivery: Delivery) -> str:
    """Why a mail is where it is, and what may be done: the server's own words come after it."""
    if delivery.state == State.SKIPPED:
        return _("The directory has no mail address for this person.")
    if delivery.state == State.UNKNOWN:
        return _("%(reason)s. It is not sent again by itself.") % {"reason": reason_of(delivery)}
    if delivery.state == State.QUEUED and delivery.attempts:
        return _("%(reason)s: %(when)s") % {"reason": reason_of(delivery), "when": moment(delivery.due_at)}
    return reason_of(delivery)


def reason_of(delivery: Delivery) -> str:
    label = str(Delivery.Reason(delivery.reason).label)
    return label[:1].upper() + label[1:]


def badge_of_tally(tally: Tally) -> Badge:
    """A whole message in a word or two: what still moves first, then what went wrong."""
    if tally.pending:
        words = ngettext("%(count)s mail waits", "%(count)s mails wait", tally.pending)
        return Badge("info", fill(words, {"count": tally.pending}), "clock")
    if tally.failed:
        words = ngettext("%(count)s mail failed", "%(count)s mails failed", tally.failed)
        return Badge("bad", fill(words, {"count": tally.failed}), "x-circle")
    if tally.unknown:
        words = ngettext("%(count)s mail perhaps sent", "%(count)s mails perhaps sent", tally.unknown)
        return Badge("wait", fill(words, {"count": tally.unknown}), "question-circle")
    return Badge("ok", _("Sent"), "check-circle-fill")
