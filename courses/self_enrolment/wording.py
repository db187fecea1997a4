"""Enrolling by oneself in words: the terms of a method, and why something cannot be done and what to do about it."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from courses.models import Method
from courses.self_enrolment.keeping import Obstacle
from courses.self_enrolment.openings import Refusal
from enrolhub.sync.wording import fill

REFUSALS = {
    Refusal.ACCOUNT: gettext_lazy("Your digital account is closed: ask your registrar’s office about it."),
    Refusal.GONE: gettext_lazy("One can no longer enrol in this course by oneself. Ask its teachers."),
    Refusal.ENROLLED: gettext_lazy("You are enrolled in this course already."),
    Refusal.EARLY: gettext_lazy("Enrolment opens on %(at)s. Come back then."),
    Refusal.LATE: gettext_lazy("Enrolment closed on %(at)s. Ask the teachers of the course."),
    Refusal.COHORT: gettext_lazy(
        "This enrolment is for the cohort “%(cohort)s”. If you should be in it, ask its teachers."
    ),
    Refusal.FULL: gettext_lazy("No place is left. Ask the teachers of the course, or come back later."),
    Refusal.KEY: gettext_lazy(
        "This is not the key. Mind capitals and accents, or ask the teachers of the course for it."
    ),
}
OBSTACLES = {
    Obstacle.ABSENT: gettext_lazy("You are no longer enrolled in this course by yourself."),
    Obstacle.SUSPENDED: gettext_lazy("This enrolment is suspended: only the teachers of the course can change it."),
    Obstacle.NOT_ALLOWED: gettext_lazy("This is not allowed here. Ask the teachers of the course."),
    Obstacle.CLOSED: gettext_lazy("Enrolments in this course are closed. Ask its teachers."),
    Obstacle.NOT_YET: gettext_lazy("The enrolment lasts as long already."),
}


def say_refusal(refusal: Refusal, method: Method | None = None) -> str:
    """Why somebody cannot enrol, with the way out."""
    moment = (method.starts_at if refusal == Refusal.EARLY else method.ends_at) if method else None
    cohort = method.admits_cohort if method and refusal == Refusal.COHORT else None
    return fill(REFUSALS[refusal], {"at": say_moment(moment), "cohort": str(cohort or "")})


def say_wait(wait: timedelta) -> str:
    """Why no more keys are taken for the moment."""
    minutes = -(-int(wait.total_seconds()) // 60)
    words = ngettext(
        "Too many wrong keys. Try again in %(count)s minute, or ask the teachers of the course for the key.",
        "Too many wrong keys. Try again in %(count)s minutes, or ask the teachers of the course for the key.",
        minutes,
    )
    return fill(words, {"count": minutes})


def say_obstacle(obstacle: Obstacle) -> str:
    return str(OBSTACLES[obstacle])


def say_moment(moment: object) -> str:
    """« 31/08/2027 à 00:00 », in Paris; nothing for None."""
    local = timezone.localtime(moment) if moment else None  # type: ignore[arg-type]  # a moment, when there is one
    return _("%(day)s at %(hour)s") % {"day": f"{local:%d/%m/%Y}", "hour": f"{local:%H:%M}"} if local else ""


def say_places(method: Method, taken: int) -> str:
    """« 12 sur 40 », « complet »; nothing when they are not counted."""
    if method.capacity is None:
        return ""
    left = max(method.capacity - taken, 0)
    if not left:
        return _("full")
    return fill(_("%(left)s of %(all)s"), {"left": left, "all": method.capacity})


def say_duration(method: Method) -> str:
    """« 30 jours »; nothing when enrolments last."""
    days = method.duration_days or 0
    return fill(ngettext("%(count)s day", "%(count)s days", days), {"count": days}) if days else ""
