"""What the layers below are told of files: how their runs are conducted, taken back and worded; and of the demo."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.bulk import file_run, members
from cohorts.bulk.cohorts_file import CohortsKind
from cohorts.bulk.file_run import register_file_kind
from courses import demo
from courses.bulk.enrolment_rows import EnrolmentsKind
from courses.bulk.file_methods import DELETED_METHODS, DeletedMethods, MethodsKind
from courses.night import NightChain
from courses.setup.presence import words_of_relations
from courses.setup.rows import METHODS
from enrolhub.access.demonstration import register_demo_accounts
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.judge import register_previewed
from enrolhub.sync.models import Run
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.wording import register_messages, register_reasons, register_relation, register_run_kind

REASONS = {
    "removed_by_file": gettext_lazy("removed by a file"),
    "method_deleted": gettext_lazy("enrolment method deleted"),
}
MESSAGES = {
    "file_moved": gettext_lazy(
        "What %(file)s is about has changed between the confirmation and the work: nothing was done. Load it again."
    ),
}


def name_demo(run: Run) -> str:
    return _("Loading of the demo")


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(file_run.KIND, file_run.FileChain)
    for kind in (CohortsKind(), EnrolmentsKind(), MethodsKind()):
        register_file_kind(kind)
    register_previewed(file_run.KIND)
    register_chain(demo.KIND, NightChain)
    register_undoable(members.NAME, members.HandMembers)
    register_undoable(DELETED_METHODS, DeletedMethods)
    register_relation(DELETED_METHODS, dict(words_of_relations())[METHODS])
    register_run_kind(demo.KIND, gettext_lazy("Demo"), name_demo)
    register_reasons(REASONS)
    register_messages(MESSAGES)
    register_demo_accounts(lambda: list(demo.DEMO_ACCOUNTS))
