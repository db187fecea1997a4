"""What the layers below are told of groups: how a run that deletes one is conducted and worded."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.deleted_groups import KIND
from courses.groups.deleting import GroupDeletion
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.models import Run
from enrolhub.sync.wording import register_messages, register_reasons, register_run_kind

MESSAGES = {
    "group_gone": _("The group has been deleted meanwhile."),
    "group_of_register": _("The group “%(group)s” is kept by APOGÉE: it is not deleted here."),
    "group_given": _("The group “%(group)s” is given by: %(methods)s. Change the method first."),
    "group_moved": _("The group “%(group)s” has changed since the preview. Look at it again, then confirm."),
    "group_deletion_under_way": _("The group “%(group)s” is being deleted right now."),
    "group_kept": _("Somebody was put into the group meanwhile, so it stays. Delete it again if it is to go."),
}


def name_deletion(run: Run) -> str:
    """« Groupe supprimé : TD 1 »."""
    return gettext("Group deleted: %(group)s") % {"group": run.options.get("name", "—")}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_chain(KIND, GroupDeletion)
    register_run_kind(KIND, _("Deletion of a group"), name_deletion)
    register_reasons({"group_deleted": _("group deleted")})
    register_messages(MESSAGES)
