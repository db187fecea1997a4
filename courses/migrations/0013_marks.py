"""On PostgreSQL: whatever changes enrolments or memberships of groups leaves a mark in the same transaction (decision 123)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: What is marked: the table of the rows, that of their marks, and the column that both have.
MARKED = (
    ("courses_enrolment", "courses_enrolmentmark", "method_id"),
    ("courses_groupmember", "courses_membershipmark", "group_id"),
)
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {marks} ({column}) {touched};
    RETURN NULL;
END
$$
"""
TRIGGERS = (
    ("added", "INSERT", "NEW TABLE AS touched", "SELECT DISTINCT {column} FROM touched"),
    # A row may go from one to another.
    (
        "altered",
        "UPDATE",
        "OLD TABLE AS before NEW TABLE AS touched",
        "SELECT {column} FROM before UNION SELECT {column} FROM touched",
    ),
    ("removed", "DELETE", "OLD TABLE AS touched", "SELECT DISTINCT {column} FROM touched"),
)


def add_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for rows, marks, column in MARKED:
        for what, event, tables, touched in TRIGGERS:
            name = f"{rows}_{what}"
            made = FUNCTION.format(name=name, marks=marks, column=column, touched=touched.format(column=column))
            schema_editor.execute(made, params=None)
            schema_editor.execute(
                f"CREATE TRIGGER {name} AFTER {event} ON {rows}"
                f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
                params=None,
            )


def drop_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for rows, _marks, _column in MARKED:
        for what, *_rest in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER {rows}_{what} ON {rows}", params=None)
            schema_editor.execute(f"DROP FUNCTION {rows}_{what}()", params=None)


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
        migrations.CreateModel(
            name="MembershipMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
