"""On PostgreSQL only the owner of a table may have it looked at (ANALYZE); the site's own role asks by this function (docs/operations.md)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: Of the site's own schema only, and of nothing that is called the same elsewhere.
FUNCTION = """
CREATE FUNCTION sync_analyze(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ANALYZE %%I.%%I', %(schema)s, name);
END
$$
"""


def add_function(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        [schema] = cursor.fetchone()
        cursor.execute("SELECT quote_literal(%s)", [schema])
        [literal] = cursor.fetchone()
    schema_editor.execute(FUNCTION % {"schema": literal}, params=None)


def drop_function(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS sync_analyze(text)", params=None)


class Migration(migrations.Migration):
    dependencies = [("sync", "0004_ledger_kept")]
    operations = [migrations.RunPython(add_function, drop_function)]
