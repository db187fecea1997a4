"""What the layers below are told of files: how their runs are conducted, taken back and worded; and of the demo."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.bulk import file_run, members
from courses import demo
from courses.night import NightChain
from enrolhub.access.demonstration import register_demo_accounts
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.models import Run
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.wording import register_messages, register_reasons, register_run_kind

REASONS = {
    "removed_by_file": gettext_lazy("removed by a file"),
    "method_deleted": gettext_lazy("enrolment method deleted"),
}
MESSAGES = {
    "file_interrupted": gettext_lazy(
        "Applying %(file)s was cut short. Load the file again: what is done already stays."
    ),
}


def name_demo(run: Run) -> str:
    return _("Loading of the demo")


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(file_run.KIND, file_run.FileChain)
    register_chain(demo.KIND, NightChain)
    register_undoable(members.NAME, members.HandMembers)
    register_run_kind(demo.KIND, gettext_lazy("Demo"), name_demo)
    register_reasons(REASONS)
    register_messages(MESSAGES)
    register_demo_accounts(lambda: list(demo.DEMO_ACCOUNTS))
