from django.db import migrations

LARGE = ("cohorts_stagedunitregistration", "cohorts_stagedgroupassignment")


def drop_line_keys(apps, schema_editor):
    """On PostgreSQL the large lists are loaded, joined and dropped whole: nothing finds a row of theirs by its line."""
    if schema_editor.connection.vendor == "postgresql":
        for table in LARGE:
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")


def add_line_keys(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in LARGE:
            schema_editor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (file_id, line)")


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0004_people_indexed_once")]

    operations = [migrations.RunPython(drop_line_keys, add_line_keys)]
