"""What may be done with the people selected on the participant list: the buttons above it and at the end of each row."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from courses.participants.address import Address
from enrolhub.access.models import User

EDIT, MESSAGE, EXPORT = "courses.edit_participants", "courses.message_participants", "courses.export_participants"
ORDER = ("sort", "per_page", "page")
SHORT = {"message": _("Message"), "add-to-group": _("Group")}
#: Room for the other fields of the form beside the people ticked one by one.
OTHER_FIELDS = 100


@dataclass(frozen=True)
class SelectionButton:
    """One thing to do with the people selected: a button that sends the selection to ``url``; ``short`` is for a phone."""

    name: str
    label: str | Promise
    icon: str
    url: str
    help: str | Promise = ""

    @property
    def short(self) -> str | Promise:
        return SHORT.get(self.name, self.label)


@dataclass(frozen=True)
class SelectionBar:
    """``frequent`` buttons stand in the bar, ``rest`` in its menu, in groups; ``alone`` are for one person.

    ``query`` finds everyone of the list again; ``filter`` is the same for every order and page of it, so that a selection
    made under it can be told from another's. ``most`` people can be sent ticked one by one.
    """

    frequent: Sequence[SelectionButton]
    rest: Sequence[Sequence[SelectionButton]]
    alone: Sequence[SelectionButton]
    remove: SelectionButton | None
    exclude: SelectionButton | None
    query: str
    filter: str
    key: str
    most: int
    may_edit: bool

    @property
    def default_url(self) -> str:
        """Where the form goes when no button says otherwise."""
        return self.frequent[0].url if self.frequent else self.rest[0][0].url


def bar_for(user: User, course: Course, address: Address) -> SelectionBar | None:
    """The bar of this account over the list of that address; None where it may do nothing with people selected."""
    may_edit = user.has_perm(EDIT, course)
    editing = _editing(course) if may_edit else {}
    message = _buttons([("message", _("Send a message"), "envelope", "")], course, "courses:message")
    messaging = message if user.has_perm(MESSAGE, course) else []
    exporting = _exporting(course) if user.has_perm(EXPORT, course) else []
    frequent = [*messaging, *_some(editing, "add-to-group", "suspend")]
    rest = [
        _some(editing, "change-role", "resume", "set-end", "renew", "convert", "remove-from-group"),
        _some(editing, "remove", "exclude", "lift-exclusion"),
        [*_some(editing, "addresses"), *exporting],
    ]
    rest = [group for group in rest if group]
    if not frequent and not rest and not may_edit:
        return None
    return SelectionBar(
        frequent=frequent,
        rest=rest,
        alone=[
            *messaging,
            *_some(
                editing, "change-role", "suspend", "resume", "set-end", "renew", "add-to-group", "remove-from-group"
            ),
        ],
        remove=editing.get("remove"),
        exclude=editing.get("exclude"),
        query=str(address.without("per_page")).removeprefix("?"),
        filter=str(Address(tuple(sorted(address.without(*ORDER).pairs)))).removeprefix("?"),
        key=f"{course.code}/{user.pk}",
        most=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - OTHER_FIELDS,
        may_edit=may_edit,
    )


def _editing(course: Course) -> dict[str, SelectionButton]:
    """What whoever may edit the participants may do, by its verb."""
    verbs: list[tuple[str, str | Promise, str, str | Promise]] = [
        ("add-to-group", _("Add to a group"), "people", ""),
        ("suspend", _("Suspend"), "pause-circle", ""),
        ("change-role", _("Change the role"), "person-gear", ""),
        ("resume", _("Resume"), "play-circle", ""),
        ("set-end", _("Set an end date"), "calendar-x", ""),
        ("renew", _("Renew the enrolments"), "calendar-check", ""),
        ("convert", _("Turn into enrolments by hand"), "arrow-left-right", _("they stay until the end you give")),
        ("remove-from-group", _("Remove from a group"), "person-dash", ""),
        ("remove", _("Remove from the course"), "trash", ""),
        ("exclude", _("Exclude from the course"), "slash-circle", _("no synchronisation brings them back")),
        ("lift-exclusion", _("Lift the exclusion"), "arrow-counterclockwise", ""),
        ("addresses", _("Copy the addresses"), "copy", ""),
    ]
    return {button.name: button for button in _buttons(verbs, course, "courses:action")}


def _exporting(course: Course) -> list[SelectionButton]:
    formats = [
        ("csv", _("Export as CSV"), "filetype-csv", ""),
        ("xlsx", _("Export as XLSX"), "download", ""),
        ("ods", _("Export as ODS"), "download", ""),
    ]
    return _buttons(formats, course, "courses:export")


def _buttons(
    said: Sequence[tuple[str, str | Promise, str, str | Promise]], course: Course, url_name: str
) -> list[SelectionButton]:
    """The buttons whose page exists on this site."""
    found = []
    for name, label, icon, help_text in said:
        parts = [course.code] if name == "message" else [course.code, name]
        try:
            found.append(SelectionButton(name, label, icon, reverse(url_name, args=parts), help_text))
        except NoReverseMatch:
            continue
    return found


def _some(buttons: dict[str, SelectionButton], *names: str) -> list[SelectionButton]:
    return [buttons[name] for name in names if name in buttons]
