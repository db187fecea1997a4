from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Runs with the rights of the tables' owner, whoever calls it: the application's own role may not delete events itself.
FORGET = """
CREATE FUNCTION access_forget_events(before timestamptz, at_most integer, OUT forgotten integer, OUT last bigint, OUT chain text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    living bigint;
BEGIN
    IF before > now() - interval '180 days' THEN
        RAISE EXCEPTION 'events of the last 180 days are kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH gone AS (
        DELETE FROM access_event WHERE id IN (SELECT id FROM access_event WHERE at < before ORDER BY at, id LIMIT at_most)
        RETURNING id
    )
    SELECT count(*), max(id) INTO forgotten, last FROM gone;
    SELECT s.id INTO living FROM access_eventseal AS s
        WHERE EXISTS (SELECT 1 FROM access_event AS e WHERE e.id = s.event) ORDER BY s.id LIMIT 1;
    SELECT s.chain INTO chain FROM access_eventseal AS s WHERE living IS NULL OR s.id < living ORDER BY s.id DESC LIMIT 1;
    DELETE FROM access_eventseal AS s WHERE living IS NULL OR s.id < living;
END
$$
"""


def add_function(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        [schema] = cursor.fetchone()
    schema_editor.execute(FORGET.format(schema=schema), params=None)
    schema_editor.execute("REVOKE ALL ON FUNCTION access_forget_events(timestamptz, integer) FROM PUBLIC", params=None)


def drop_function(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION access_forget_events(timestamptz, integer)", params=None)


class Migration(migrations.Migration):
    dependencies = [("access", "0003_attempts")]

    operations = [
        migrations.CreateModel(
            name="EventSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.BigIntegerField(db_index=True)),
                ("content", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("chain", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.AddField("event", "address", models.CharField(blank=True, default="", max_length=45)),
        migrations.AddField("event", "request_id", models.CharField(blank=True, default="", max_length=16)),
        migrations.AddIndex("event", models.Index(fields=["actor", "at"], name="event_by_actor")),
        migrations.RunPython(add_function, drop_function),
    ]
