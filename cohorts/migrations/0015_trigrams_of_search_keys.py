"""On PostgreSQL: keywords of three letters and more are found by the trigrams of the search keys (decision 124).

The extension comes with the server's own packages, and the owner of a database may add it. Where it is not there, or may not be
added, keywords read every search key instead: the same people, ten times later.
"""

import logging

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

logger = logging.getLogger(__name__)

MAY_ADD = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
    OR (EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm')
        AND has_database_privilege(current_database(), 'CREATE'))
"""


def add_trigrams(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY_ADD)
        if not cursor.fetchone()[0]:
            logger.warning("keywords will be slow: the extension pg_trgm is missing, or this role may not create it")
            return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", params=None)
    schema_editor.execute(
        "CREATE INDEX person_by_trigrams ON cohorts_person USING gin (search_key gin_trgm_ops)", params=None
    )


def drop_trigrams(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS person_by_trigrams", params=None)


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0014_first_name_down")]
    operations = [migrations.RunPython(add_trigrams, drop_trigrams)]
