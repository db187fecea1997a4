"""What is kept about whoever signs in under a username: the account, what it did here, what the trail says of it."""

from collections.abc import Iterator

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cohorts.models import Person
from courses.models import Digest, DigestChoice, ImportFile, Message
from courses.privacy.sections import Section, from_here, kept_days
from enrolhub.access.models import Event, SavedView, SiteRole, User, ViewPreference
from enrolhub.sync.models import Run
from enrolhub.sync.wording import run_name
from enrolhub.web.trail.wording import action_words

WHEN = gettext_lazy("When")
COURSE = gettext_lazy("Course")
NAME = gettext_lazy("Name")


def sections_of_account(username: str) -> Iterator[Section]:
    """The account comes with its parts only where there is one; the trail may speak of who has none."""
    account = User.objects.filter(username=username).first()
    if account is not None:
        yield sign_in_account(account)
        yield preferences(account)
        yield messages_written(account)
        yield digests(account)
        yield files(account)
        yield runs(account)
    yield done_by(username)
    yield done_to(username)


def sign_in_account(account: User) -> Section:
    roles = SiteRole.objects.filter(user=account).order_by("kind", "component")
    often = DigestChoice.objects.filter(user=account).first()
    facts = {
        gettext_lazy("Username"): account.username,
        gettext_lazy("Name"): account.get_full_name(),
        gettext_lazy("E-mail address"): account.email,
        gettext_lazy("Made on"): account.date_joined,
        gettext_lazy("Last sign-in"): account.last_login,
        gettext_lazy("May enter"): account.is_active,
        gettext_lazy("Roles on the site"): ", ".join(
            f"{each.get_kind_display()} {each.component}".strip() for each in roles
        ),
        gettext_lazy("Mails about my courses"): often.get_often_display() if often else "",
    }
    columns = {"fact": gettext_lazy("What"), "value": gettext_lazy("Value")}
    kept = _("%(days)s after the last sign-in; with a role on the site, until that is taken back") % {
        "days": kept_days("RETENTION_ACCOUNTS_DAYS")
    }
    rows = [(str(label), value) for label, value in facts.items()]
    return Section("account", _("Sign-in account"), _("the first sign-in"), kept, columns, rows)


def preferences(account: User) -> Section:
    views = SavedView.objects.filter(user=account).order_by("place", "name")
    rows = [(each.name, each.place, each.query) for each in views]
    rows += [(each.view, "", str(each.value)) for each in ViewPreference.objects.filter(user=account).order_by("view")]
    columns = {"name": NAME, "course": COURSE, "what": gettext_lazy("What")}
    return Section("views", _("Views and preferences"), from_here(), _("as long as the account"), columns, rows)


def messages_written(account: User) -> Section:
    """To how many, not to whom: those are other people's data."""
    found = Message.objects.filter(sender=account).select_related("course").annotate(people=Count("deliveries"))
    rows = [
        (m.confirmed_at, m.course.code, m.subject, m.body, m.people) for m in found.order_by("-confirmed_at", "-pk")
    ]
    columns = {
        "sent_at": WHEN,
        "course": COURSE,
        "subject": gettext_lazy("Subject"),
        "body": gettext_lazy("Text"),
        "people": gettext_lazy("Recipients"),
    }
    kept = kept_days("RETENTION_MESSAGES_DAYS")
    return Section("messages_written", _("Messages written"), from_here(), kept, columns, rows)


def digests(account: User) -> Section:
    found = Digest.objects.filter(user=account).order_by("-until", "-pk")
    rows = [(each.until, each.period, each.get_state_display()) for each in found]
    columns = {"until": WHEN, "period": gettext_lazy("Period"), "state": gettext_lazy("State")}
    kept = kept_days("RETENTION_MESSAGES_DAYS")
    return Section("digests", _("Mails about what changed in one’s courses"), from_here(), kept, columns, rows)


def files(account: User) -> Section:
    found = ImportFile.objects.filter(author=account).defer("data", "preview").order_by("-uploaded_at", "-pk")
    rows = [(each.uploaded_at, each.name, each.kind, each.expires_at) for each in found]
    columns = {
        "uploaded_at": WHEN,
        "name": NAME,
        "kind": gettext_lazy("Kind"),
        "expires_at": pgettext_lazy("end of a time", "Until"),
    }
    return Section("files", _("Files loaded"), from_here(), _("a week"), columns, rows)


def runs(account: User) -> Section:
    found = Run.objects.filter(author=account).order_by("-pk")
    rows = [(each.requested_at, each.pk, run_name(each), each.get_state_display()) for each in found]
    columns = {"requested_at": WHEN, "number": gettext_lazy("Number"), "run": NAME, "state": gettext_lazy("State")}
    kept = kept_days("RETENTION_LEDGER_DAYS")
    return Section("runs", _("Changes made"), from_here(), kept, columns, rows)


def done_by(username: str) -> Section:
    """What the account did. Whom it was done to is left out where that is somebody: it is theirs."""
    events = list(Event.objects.filter(actor=username).order_by("-at", "-pk"))
    others = Person.objects.filter(username__in={event.target for event in events}).exclude(username=username)
    somebody = set(others.values_list("username", flat=True))
    rows = [
        (
            event.at,
            str(action_words(event).label),
            "" if event.target in somebody else event.target,
            event.count,
            event.address,
        )
        for event in events
    ]
    columns = {
        "at": WHEN,
        "action": gettext_lazy("Action"),
        "target": gettext_lazy("On"),
        "count": gettext_lazy("How many"),
        "address": gettext_lazy("Network address"),
    }
    kept = kept_days("RETENTION_EVENTS_DAYS")
    return Section("done_by", _("What was done with this account"), _("the audit trail"), kept, columns, rows)


def done_to(username: str) -> Section:
    """What was done to them by others, who are told by function."""
    events = Event.objects.filter(target=username).exclude(actor=username).order_by("-at", "-pk")
    rows = [(event.at, str(action_words(event).label), _function_of(event)) for event in events]
    columns = {"at": WHEN, "action": gettext_lazy("Action"), "by": gettext_lazy("By")}
    kept = kept_days("RETENTION_EVENTS_DAYS")
    return Section("done_to", _("What was done about this person"), _("the audit trail"), kept, columns, rows)


def _function_of(event: Event) -> str:
    return _("somebody of the university who may") if event.actor else _("the site, or its operator")
