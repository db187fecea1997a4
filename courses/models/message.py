from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrolhub.web.fields import BytewiseCharField

ADDRESS_LENGTH, ANSWER_LENGTH = 254, 500
SUBJECT_LENGTH = 150


class Message(models.Model):
    """A message to people of a course, as it was confirmed. Its text keeps its placeholders; each mail fills them.

    ``token`` comes with the form, so that a form sent twice makes one message. The sender's name and address are those
    of the moment of confirmation; without an address nobody can answer.
    """

    token = models.UUIDField(unique=True)
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sender_name = models.CharField(max_length=400)
    sender_address = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    subject = models.CharField(_("Subject"), max_length=SUBJECT_LENGTH)
    body = models.TextField()
    course_address = models.CharField(max_length=500)
    language = models.CharField(max_length=10)
    confirmed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-confirmed_at", "-id"]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """What became of one message for one person.

    ``queued`` waits until ``due_at``; ``sending`` is claimed by the holder of the outbox's fence ``claimed_by``, just before
    the mail server is given the mail; ``sent`` was accepted by it; ``failed`` will not be tried again by itself;
    ``unknown`` was claimed by somebody who died, or cut off, before the server's answer: perhaps sent. ``answer`` is what
    the server said last. Times are UTC.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Perhaps sent")
        SKIPPED = "skipped", _("No address")

    class Reason(models.TextChoices):
        NONE = "", ""
        REFUSED = "refused", _("the mail server refused it")
        POSTPONED = "postponed", _("the mail server asked to try again later")
        GAVE_UP = "gave_up", _("the mail server asked to try again later, too many times")
        UNREACHABLE = "unreachable", _("the mail server could not be reached")
        BAD_ADDRESS = "bad_address", _("this is no mail address")
        CUT_OFF = "cut_off", _("the connection was cut before the mail server answered")
        ABANDONED = "abandoned", _("the worker died before it could note the mail server’s answer")

    #: States after which nothing happens by itself.
    ENDED = (State.SENT, State.FAILED, State.UNKNOWN, State.SKIPPED)

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", db_index=False)
    person = models.ForeignKey("cohorts.Person", models.CASCADE, related_name="deliveries")
    position = models.PositiveIntegerField()
    is_copy = models.BooleanField(default=False)
    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    state = BytewiseCharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_by = models.PositiveIntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=15, choices=Reason.choices, blank=True, default="")
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["message", "position"]
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="delivery_once_a_person")]
        indexes = [
            models.Index(fields=["message", "state"], name="delivery_of_message_by_state"),
            models.Index(fields=["state", "position", "id"], name="delivery_by_state"),
            models.Index(fields=["claimed_at"], name="delivery_by_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.person_id} {self.state}"


class Outbox(models.Model):
    """The one row that says who hands mails to the mail server, and since when it cannot be reached.

    ``fence`` grows with every holder, so that what a dead one had claimed is known; nothing is sent before ``resumes_at``.
    """

    fence = models.PositiveIntegerField(default=0)
    holder = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    resumes_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="outbox_is_one")]

    def __str__(self) -> str:
        return f"{self.holder} {self.fence}"
