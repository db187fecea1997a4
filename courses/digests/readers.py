"""Who is to be told of a period: whoever teaches a course in which something changed, and wishes to be told so often."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from courses.digests.periods import Period
from courses.history.changes import LISTED_RELATIONS
from courses.messages.languages import ALL
from courses.models import Course, Digest, DigestChoice, Enrolment
from courses.participants.statuses import is_active
from enrolhub.access.models import User
from enrolhub.sync.models import Run, Scope


def choice_of(user: User) -> DigestChoice:
    """What the account has chosen, or the site's rhythm in every language, since it has been there; not saved then."""
    chosen = DigestChoice.objects.filter(user=user).first()
    return chosen or DigestChoice(user=user, often=settings.DIGEST_DEFAULT, language=ALL, chosen_at=user.date_joined)


def taught_by(username: str, now: datetime) -> QuerySet[Course]:
    """The courses in which the person of this name has an active enrolment that lets them see the participants.

    Roles on the site do not count: nobody wants a mail about eight thousand courses.
    """
    seats = _teaching(now).filter(person__username=username).order_by()
    return Course.objects.filter(pk__in=seats.values("method__course"))


def _teaching(now: datetime) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(is_active(now), role__may_view_participants=True)


def codes_changed(since: datetime, until: datetime) -> QuerySet[Scope, Any]:
    """The codes of the courses whose people or groups changed in that time."""
    runs = Run.objects.filter(Q(finished_at__gte=since) | Q(finished_at__isnull=True), dry_run=False)
    scopes = Scope.objects.filter(phase__run__in=runs.order_by().values("pk"), phase__relation__in=LISTED_RELATIONS)
    moved = Q(arrived_at__gte=since, arrived_at__lt=until) | Q(departed_at__gte=since, departed_at__lt=until)
    return scopes.filter(moved).order_by().values("code")


def due_readers(period: Period, now: datetime, tried_before: datetime) -> QuerySet[User]:
    """The accounts to be told of the period and not yet told; one whose mail was put off, if it was tried before then.

    Whoever chose this rhythm within the period is told from the next one on.
    """
    wish = Q(digest_choice__often=period.often, digest_choice__chosen_at__lt=period.until)
    if period.often == settings.DIGEST_DEFAULT:
        wish |= Q(digest_choice__isnull=True, date_joined__lt=period.until)
    courses = Course.objects.filter(code__in=codes_changed(period.since, period.until)).order_by().values("pk")
    teachers = _teaching(now).filter(method__course__in=courses).order_by().values("person__username")
    told = Digest.objects.filter(user=OuterRef("pk"), period=period.key)
    told = told.exclude(state=Digest.State.POSTPONED, claimed_at__lte=tried_before)
    return User.objects.filter(wish, ~Exists(told), is_active=True, username__in=teachers).order_by("pk")
