"""The purge as the clock starts it: with the rights of the site's own role on PostgreSQL (docs/audit.md)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cohorts.models import Person
from courses.privacy.leavers import PREFIX
from courses.privacy.purge import log_kind, purge
from courses.privacy.retention import KINDS
from enrolhub.access.trail import record_event
from enrolhub.access.verifying import verify_trail
from enrolhub.sync.models import Change, Scope
from tests.access.test_database_roles import GRANTS, ROLE, SEQUENCES, TABLES
from tests.courses.privacy.test_purge import LONG_AGO, days_ago, everything_old
from tests.factories import ChangeFactory, CourseFactory, EnrolmentFactory, PersonFactory, RunFactory, ScopeFactory

pytestmark = pytest.mark.django_db


def become_the_site() -> None:
    """From here to the end of the test's transaction the session has the rights of the site's role."""
    with connection.cursor() as cursor:
        for sql in (f"CREATE ROLE {ROLE}", f"GRANT USAGE ON SCHEMA public TO {ROLE}", TABLES, SEQUENCES, *GRANTS):
            cursor.execute(sql)
        cursor.execute(f"SET LOCAL ROLE {ROLE}")


def test_the_site_s_own_role_purges_everything_that_is_past_its_time() -> None:
    everything_old()
    with days_ago(LONG_AGO):
        now = timezone.now()
        run = RunFactory(started_at=now)
        ChangeFactory(scope=ScopeFactory(phase__run=run, arrived_at=now, departed_at=now), person="gone")
    gone = Person.objects.get(username="gone")
    EnrolmentFactory(course=CourseFactory(academic_year="2024"), person=gone)
    become_the_site()
    counts = purge(timezone.now(), log_kind)
    assert {kind.code for kind in KINDS if counts[kind.code] == 0} == set()
    assert (Change.objects.count(), Scope.objects.count(), verify_trail().fault) == (0, 0, None)
    gone.refresh_from_db()
    assert gone.username.startswith(PREFIX)


def test_the_trail_is_rewritten_by_its_owner_only() -> None:
    PersonFactory(username="gone", account_state=Person.AccountState.INACTIVE)
    record_event("cemu", "personal_data_exported", "gone")
    become_the_site()
    with pytest.raises(CommandError, match=r"docs/audit\.md"):
        call_command("anonymise", "gone")
    assert Person.objects.filter(username="gone").exists()
