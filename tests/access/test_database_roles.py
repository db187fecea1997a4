"""The site's own role on PostgreSQL: with the grants of docs/audit.md it adds to the trail and the ledger, and takes nothing away."""

import re
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from enrolhub.access.keeping import forget_events
from enrolhub.access.models import Event, EventSeal
from enrolhub.access.sealing import seal_events
from enrolhub.access.trail import record_event
from enrolhub.access.verifying import verify_trail
from enrolhub.sync.models import Change, Scope
from tests.factories import NIGHT, ChangeFactory, ScopeFactory
from tests.house.tree import ROOT

ROLE = "enrolhub_app"
GRANTS = re.findall(r"^ *```sql\n(.*?)```", (ROOT / "docs" / "audit.md").read_text(encoding="utf-8"), re.M | re.S)
TABLES = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO enrolhub_app"
SEQUENCES = "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO enrolhub_app"
pytestmark = pytest.mark.django_db


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def rows(db: None) -> dict[str, int]:
    """An old event and a young one, sealed; a change that took effect, and one of a plan."""
    old, young = record_event("cemu", "export"), record_event("cemu", "export")
    execute(f"UPDATE access_event SET at = now() - interval '400 days' WHERE id = {old.pk}")
    seal_events()
    recent = timezone.now() - timedelta(days=3)
    applied = ChangeFactory.create(scope=ScopeFactory(arrived_at=recent, departed_at=None))
    ancient = ChangeFactory.create(scope=ScopeFactory(arrived_at=recent - timedelta(days=400), departed_at=None))
    planned = ChangeFactory.create(scope=ScopeFactory(arrived_at=None, departed_at=None))
    return {"young": young.pk, "applied": applied.pk, "ancient": ancient.pk, "planned": planned.pk}


@pytest.fixture
def as_the_site(rows: dict[str, int]) -> dict[str, int]:
    """From here to the end of the test's transaction the session has the rights of the site's role."""
    for sql in (f"CREATE ROLE {ROLE}", f"GRANT USAGE ON SCHEMA public TO {ROLE}", TABLES, SEQUENCES, *GRANTS):
        execute(sql)
    execute(f"SET LOCAL ROLE {ROLE}")
    return rows


TAMPERING = [
    "UPDATE access_event SET actor = 'nobody' WHERE id = {young}",
    "DELETE FROM access_event WHERE id = {young}",
    "TRUNCATE access_event",
    "UPDATE access_eventseal SET content = ''",
    "DELETE FROM access_eventseal",
    "SELECT access_forget_events(now() - interval '179 days', 10)",
    "UPDATE sync_change SET person = 'nobody' WHERE id = {applied}",
    "DELETE FROM sync_change WHERE id = {applied}",
    "DELETE FROM sync_change",
    "UPDATE sync_scope SET arrived_at = NULL",
    "UPDATE sync_scope SET arrived_at = now() - interval '2 years'",
    "DELETE FROM sync_scope WHERE id = (SELECT scope_id FROM sync_change WHERE id = {applied})",
    "ALTER TABLE sync_change DISABLE TRIGGER ALL",
    "DROP TRIGGER sync_change_deleted ON sync_change",
    "DROP TABLE access_event",
    "DELETE FROM django_migrations",
]


@pytest.mark.parametrize("sql", TAMPERING)
def test_the_site_changes_nothing_that_was_told(as_the_site: dict[str, int], sql: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        execute(sql.format(**as_the_site))


def test_the_site_adds_seals_and_throws_plans_away(as_the_site: dict[str, int]) -> None:
    record_event("cemu", "sign_out")
    assert seal_events() == 1
    assert Change.objects.filter(pk=as_the_site["planned"]).update(source="ligne 3") == 1
    assert Change.objects.filter(pk__in=[as_the_site["planned"], as_the_site["ancient"]]).delete()[0] == 2
    assert Scope.objects.filter(arrived_at=None).update(arrived_at=NIGHT) == 1
    assert verify_trail().fault is None


def test_the_site_forgets_what_is_past_its_time(as_the_site: dict[str, int]) -> None:
    assert forget_events(timezone.now() - timedelta(days=365)) == 1
    seal_events()
    assert (Event.objects.count(), EventSeal.objects.count(), verify_trail().fault) == (2, 2, None)
