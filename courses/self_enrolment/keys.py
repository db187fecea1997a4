"""Keys of a self-enrolment: compared in a time that tells nothing of them, after the attempt was counted."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from secrets import compare_digest

from django.conf import settings

from cohorts.models import Person
from courses.models import Course, Group, GroupKey, Method
from enrolhub.access.throttling import Bucket

#: How many times the attempts of one person in one course somebody has in all courses together, one has from an address, and
#: a course takes from everybody.
PERSON_SHARE, ADDRESS_SHARE, COURSE_SHARE = 4, 20, 100


class WrongKey(Exception):
    """What was given is no key of the method."""


def needs_key(method: Method) -> bool:
    return bool(method.key)


def group_opened_by(method: Method, given: str) -> Group | None:
    """The group that the key given leads into; None for the key of the whole course. Raises WrongKey.

    Every key is compared, each in constant time, so that the answer takes as long whichever it is.
    """
    if not needs_key(method):
        return None
    groups = {str(row.pk): row for row in GroupKey.objects.filter(method=method).select_related("group").order_by("pk")}
    found = matching({"": method.key, **{pk: row.key for pk, row in groups.items()}}, given)
    if found is None:
        raise WrongKey
    return groups[found].group if found else None


def matching(keys: Mapping[str, str], given: str) -> str | None:
    """The name of the first key that is the one given; None when none is."""
    digest = _digest(given)
    matches = [name for name, key in keys.items() if compare_digest(_digest(key), digest)]
    return matches[0] if matches else None


def _digest(text: str) -> bytes:
    # Of one length, so that not even the length of a key is told.
    return sha256(text.strip().encode("utf-8", "surrogatepass")).digest()


def window() -> timedelta:
    """How long attempts at a key are counted."""
    return timedelta(minutes=settings.KEY_LOCK_MINUTES)


def buckets_of(person: Person, course: Course, address: str) -> list[Bucket]:
    """What an attempt at a key of the course counts for: the person there and anywhere, the address there, the course."""
    limit: int = settings.KEY_ATTEMPTS
    return [
        Bucket(f"key:{course.pk}:person:{person.pk}", limit),
        Bucket(f"key:person:{person.pk}", limit * PERSON_SHARE),
        Bucket(f"key:{course.pk}:address:{address}"[:80], limit * ADDRESS_SHARE),
        Bucket(f"key:{course.pk}", limit * COURSE_SHARE),
    ]
