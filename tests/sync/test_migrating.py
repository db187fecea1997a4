"""No migration while somebody conducts a run."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone, translation

from enrolhub.sync.migrating import refuse_migration
from enrolhub.sync.models import Run
from tests.factories import RunFactory

pytestmark = pytest.mark.django_db
PLAN = [("a migration", False)]


def migrate(plan: Any = PLAN) -> None:
    refuse_migration(using="default", plan=plan)


def test_a_run_under_way_is_waited_for() -> None:
    soon = timezone.now() + timedelta(minutes=1)
    run = RunFactory(state="running", holder="elsewhere:7", lease_until=soon)
    words = rf"Run {run.pk} is under way \(elsewhere:7\)"
    with translation.override("en"), pytest.raises(CommandError, match=words):
        migrate()
    migrate(plan=[])


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "running", "holder": "elsewhere:7", "lease_until": timezone.now() - timedelta(minutes=1)},
        {"state": "running", "holder": "elsewhere:7", "dry_run": True},
        {"state": "waiting"},
        {"state": "applied"},
    ],
    ids=["interrupted", "dry run", "waiting", "ended"],
)
def test_what_nobody_conducts_may_wait(fields: dict[str, Any]) -> None:
    run = RunFactory(**fields)
    migrate()
    assert list(Run.objects.values_list("pk", "state")) == [(run.pk, fields["state"])]
