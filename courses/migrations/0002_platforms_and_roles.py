"""The two platforms of the mission and the roles of a course: every installation starts with them (FORMATS §2)."""

from django.db import migrations

PLATFORMS = [
    ("ecampus", "Ecampus", "registrations"),
    ("collegium", "Collégium Santé Normandie", "cohorts"),
]
# short name, may view the participants, may edit the course
ROLES = [
    ("editingteacher", True, True),
    ("teacher", True, False),
    ("tutor", True, False),
    ("observer", True, False),
    ("student", False, False),
]


def add_platforms_and_roles(apps, schema_editor):
    platform, role = apps.get_model("courses", "Platform"), apps.get_model("courses", "Role")
    for code, name, feeding in PLATFORMS:
        platform.objects.get_or_create(code=code, defaults={"name": name, "feeding": feeding})
    for position, (short_name, may_view, may_edit) in enumerate(ROLES, 1):
        role.objects.get_or_create(
            short_name=short_name,
            defaults={"position": position, "may_view_participants": may_view, "may_edit": may_edit},
        )


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]
    operations = [migrations.RunPython(add_platforms_and_roles, migrations.RunPython.noop)]
