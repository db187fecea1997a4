"""On PostgreSQL: whatever changes the members of a group leaves a mark in the same transaction (decision 123)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: What each event shows of the rows, and the groups that they were and are in.
EVENTS = {
    "INSERT": ("NEW TABLE AS touched", "SELECT DISTINCT group_id FROM touched"),
    "UPDATE": (
        "OLD TABLE AS before NEW TABLE AS touched",
        "SELECT group_id FROM before UNION SELECT group_id FROM touched",
    ),
    "DELETE": ("OLD TABLE AS touched", "SELECT DISTINCT group_id FROM touched"),
}


def name_of(event: str) -> str:
    return f"courses_mark_members_{event.lower()}"


def add_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for event, (tables, groups) in EVENTS.items():
        name = name_of(event)
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN INSERT INTO courses_membershipmark (group_id) {groups}; RETURN NULL; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON courses_groupmember"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            params=None,
        )


def drop_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in map(name_of, EVENTS):
        schema_editor.execute(f"DROP TRIGGER {name} ON courses_groupmember", params=None)
        schema_editor.execute(f"DROP FUNCTION {name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [("courses", "0013_enrolment_marks")]
    operations = [
        migrations.CreateModel(
            name="MembershipMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
