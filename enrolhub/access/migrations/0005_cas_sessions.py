from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0004_audit_trail")]

    operations = [
        migrations.CreateModel(
            name="CasSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ticket", models.CharField(max_length=64, unique=True)),
                ("session_key", models.CharField(db_index=True, max_length=40)),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
    ]
