from django.db import migrations, models


def add_assignments_by_student(apps, schema_editor):
    """For PostgreSQL only: SQLite finds a student's place by the groups of an element."""
    if schema_editor.connection.vendor == "postgresql":
        columns = "cohorts_stagedgroupassignment (student_number)"
        schema_editor.execute(f"CREATE INDEX staged_assignment_by_student ON {columns}")


def remove_assignments_by_student(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS staged_assignment_by_student")


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0006_asked_rows")]

    operations = [
        migrations.AddIndex(
            model_name="stagedunitregistration",
            index=models.Index(fields=["student_number"], name="staged_following_by_student"),
        ),
        migrations.RunPython(add_assignments_by_student, remove_assignments_by_student),
    ]
