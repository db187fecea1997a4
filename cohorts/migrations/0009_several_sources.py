from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0008_parts_of_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="is_whole",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="extracts",
            field=models.ManyToManyField(related_name="read_with", to="cohorts.snapshot"),
        ),
    ]
