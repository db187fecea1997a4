from django.db import migrations


def add_assignment_key(apps, schema_editor):
    """An index for SQLite only, as for registrations: PostgreSQL joins by hashes."""
    if schema_editor.connection.vendor == "sqlite":
        columns = "file_id, group_number, student_number"
        schema_editor.execute(f"CREATE INDEX staged_assignment_key ON cohorts_stagedgroupassignment ({columns})")


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0002_person_by_first_name")]

    operations = [
        migrations.RemoveIndex(model_name="stagedgroupassignment", name="staged_assignment_key"),
        migrations.RunPython(add_assignment_key, migrations.RunPython.noop),
    ]
