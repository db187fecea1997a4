"""Writing people's keys and hand-kept cohorts. Members come and go through runs of the engine, so that the ledger knows."""

from collections.abc import Mapping

from cohorts.models import Cohort, Person
from enrolhub.web.folding import bounded, bounded_search_key, fold


def set_person_keys(person: Person) -> None:
    """Set the folded keys by which lists search and order a person, and the number that they show. Does not save."""
    person.id_number = person.student_number or person.staff_number
    person.last_name_key = bounded(fold(person.last_name))
    person.first_name_key = bounded(fold(person.first_name))
    person.email_key = bounded(fold(person.email))
    words = (
        person.last_name,
        person.first_name,
        person.username,
        person.id_number,
        person.student_number,
        person.staff_number,
        person.email,
        person.directory_uid,
    )
    person.search_key = bounded_search_key(fold(" ".join(words)))


def create_hand_cohorts(names: Mapping[str, str]) -> dict[str, int]:
    """Create empty hand-kept cohorts, code → name; returns code → id. A code in use raises IntegrityError."""
    fresh = [
        Cohort(code=code, name=name, name_key=fold(name), keeper=Cohort.Keeper.HAND) for code, name in names.items()
    ]
    Cohort.objects.bulk_create(fresh)
    return {cohort.code: cohort.pk for cohort in fresh}
