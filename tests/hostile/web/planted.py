"""The world of the matrix of rights, in which everything that is another's has a mark that no answer may show."""

from typing import Any

from cohorts.models import Cohort, Person
from courses.models import Course, Enrolment, Group, GroupMember, ImportFile, Message, Method, Platform
from enrolhub.access.models import SavedView
from enrolhub.sync.models import LimitRaise
from tests.dumps import Rows
from tests.factories import ChangeFactory, DeliveryFactory, FindingFactory, ScopeFactory
from tests.hostile.web.values import SCRIPT
from tests.house.rights import BEYOND, OTHER, OWN, Place, World

MARK = "Zqmark"


class Planted(World):
    """Marked are the other course with all that is in it, and what others keep for themselves in one's own. Whatever a person
    writes in one's own course is markup.
    """

    def __init__(self, visitor: str) -> None:
        super().__init__(visitor)
        write_markup(self.places[OWN])
        other, beyond = self.places[OTHER], self.places[BEYOND]
        Course.objects.filter(pk=other.course.pk).update(title=MARK, title_key=MARK.lower(), search_key=MARK.lower())
        Method.objects.filter(course=other.course).update(name=MARK)
        # What is offered to all is no secret.
        Method.objects.filter(course=other.course, kind=Method.Kind.SELF).update(enabled=False)
        Group.objects.filter(pk=other.group).update(name=MARK, name_key=MARK.lower())
        Message.objects.filter(pk=other.message).update(subject=MARK, body=MARK, sender_name=MARK)
        names = {"last_name": MARK, "last_name_key": MARK.lower(), "email": f"{MARK}@exemple.fr"}
        Person.objects.filter(username=other.person).update(**names)
        for place in (other, beyond):
            SavedView.objects.filter(pk=place.view).update(name=f"{MARK} {place.view}", query=f"q={MARK}")
            ImportFile.objects.filter(pk=place.file).update(name=f"{MARK}.csv", data=MARK.encode())

    @property
    def foreign(self) -> list[str]:
        """Everything by which a form or an address may name what is in the other course."""
        return names_in(self.places[OTHER])

    @property
    def own(self) -> list[str]:
        """The same of the visitor's own course."""
        return names_in(self.places[OWN])

    def others_rows(self) -> dict[str, Rows]:
        """What the other course and the other account have."""
        course, theirs = self.places[OTHER].course.pk, {"user": self.someone}
        return {
            "course": rows_of(Course.objects.filter(pk=course)),
            "methods": rows_of(Method.objects.filter(course=course)),
            "groups": rows_of(Group.objects.filter(course=course)),
            "places": rows_of(GroupMember.objects.filter(group__course=course)),
            "enrolments": rows_of(Enrolment.objects.filter(method__course=course)),
            "messages": rows_of(Message.objects.filter(course=course)),
            "views": rows_of(SavedView.objects.filter(**theirs)),
            "files": rows_of(ImportFile.objects.filter(author=self.someone).defer("data")),
        }


def write_markup(place: Place) -> None:
    """Put markup into every name and text of a place."""
    course = place.course
    Course.objects.filter(pk=course.pk).update(title=f"Droit {SCRIPT}")
    Method.objects.filter(course=course).update(name=f"Voie {SCRIPT}", welcome_message=SCRIPT)
    for group in Group.objects.filter(course=course):
        Group.objects.filter(pk=group.pk).update(name=f"{group.code} {SCRIPT}")
    Message.objects.filter(course=course).update(subject=SCRIPT, body=SCRIPT, sender_name=SCRIPT)
    DeliveryFactory(message_id=place.message, state="failed", reason="refused", answer=SCRIPT)
    people = Person.objects.filter(enrolments__method__course=course)
    Person.objects.filter(pk__in=people.values("pk")).update(last_name=SCRIPT, first_name=SCRIPT, email=SCRIPT)
    Cohort.objects.update(name=f"Cohorte {SCRIPT}")
    SavedView.objects.filter(pk=place.view).update(name=SCRIPT, query=f"q={SCRIPT}")
    ImportFile.objects.filter(pk=place.file).update(name=f"{SCRIPT}.csv")
    Platform.objects.update(name=f"Plateforme {SCRIPT}")
    LimitRaise.objects.update(reason=SCRIPT)
    for run in place.runs.values():
        scope = ScopeFactory(phase__run_id=run, phase__relation="hand", code=course.code, ref=course.pk)
        ChangeFactory(scope=scope, person=SCRIPT, item=SCRIPT, source=SCRIPT)
        FindingFactory(run_id=run, params={"course": SCRIPT}, cases=[SCRIPT])


def names_in(place: Place) -> list[str]:
    """The numbers, codes and names of what is in a place, each once."""
    person, group = Person.objects.get(username=place.person), Group.objects.get(pk=place.group)
    numbers = [*(method.pk for method in place.methods.values()), place.group, place.message, place.view, place.file]
    numbers += [*place.runs.values(), person.pk, place.course.pk]
    return list(dict.fromkeys([*map(str, numbers), place.course.code, group.code, person.username, person.email]))


def rows_of(rows: Any) -> Rows:
    return sorted(rows.values_list(), key=repr)
