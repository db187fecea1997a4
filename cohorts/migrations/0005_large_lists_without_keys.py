from django.db import migrations

LARGE = {
    "cohorts_stagedunitregistration": ("staged_unit_registration_key", "file_id, unit_code, student_number"),
    "cohorts_stagedgroupassignment": ("staged_assignment_key", "file_id, group_number, student_number"),
}
KEY = ', PRIMARY KEY ("file_id", "line")'


def drop_line_keys(apps, schema_editor):
    """The large lists are loaded, joined and dropped whole: nothing finds a row of theirs by its line."""
    for table in LARGE:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
        else:
            rebuild(schema_editor, table, KEY, "")


def add_line_keys(apps, schema_editor):
    for table in LARGE:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (file_id, line)")
        else:
            rebuild(schema_editor, table, ")", KEY + ")")


def rebuild(schema_editor, table, before, after):
    """SQLite changes a key by writing the table anew: its definition ends with ``before``, then with ``after``."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        [definition] = cursor.fetchone()
    head, found, tail = definition.rpartition(before)
    assert found, definition
    old, (index, columns) = f"{table}_old", LARGE[table]
    schema_editor.execute(f"ALTER TABLE {table} RENAME TO {old}")
    schema_editor.execute(head + after + tail)
    schema_editor.execute(f"INSERT INTO {table} SELECT * FROM {old}")
    schema_editor.execute(f"DROP TABLE {old}")
    schema_editor.execute(f"CREATE INDEX {index} ON {table} ({columns})")


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0004_people_indexed_once")]

    operations = [migrations.RunPython(drop_line_keys, add_line_keys)]
