"""On PostgreSQL: whatever changes the enrolments of a method leaves a mark in the same transaction (decision 123)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO courses_enrolmentmark (method_id) {methods};
    RETURN NULL;
END
$$
"""
ONE, BOTH = "courses_mark_enrolments", "courses_mark_altered_enrolments"
FUNCTIONS = {
    ONE: "SELECT DISTINCT method_id FROM touched",
    # An enrolment may go from one method to another.
    BOTH: "SELECT method_id FROM before UNION SELECT method_id FROM touched",
}
TRIGGERS = (
    ("added", "INSERT", "NEW TABLE AS touched", ONE),
    ("altered", "UPDATE", "OLD TABLE AS before NEW TABLE AS touched", BOTH),
    ("removed", "DELETE", "OLD TABLE AS touched", ONE),
)


def add_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, methods in FUNCTIONS.items():
        schema_editor.execute(FUNCTION.format(name=name, methods=methods), params=None)
    for what, event, tables, function in TRIGGERS:
        schema_editor.execute(
            f"CREATE TRIGGER courses_enrolment_{what} AFTER {event} ON courses_enrolment"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            params=None,
        )


def drop_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for what, *_rest in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER courses_enrolment_{what} ON courses_enrolment", params=None)
    for name in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION {name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [("courses", "0012_import_progress")]
    operations = [
        migrations.CreateModel(
            name="EnrolmentMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("method_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
