from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0007_registrations_by_student"),
    ]

    operations = [
        migrations.AddField(
            model_name="snapshotfile",
            name="parts",
            field=models.JSONField(default=list),
        ),
    ]
