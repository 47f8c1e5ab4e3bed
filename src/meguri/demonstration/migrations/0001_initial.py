from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.PositiveIntegerField(default=0)),
                ("run", models.PositiveIntegerField(default=1)),
                ("now", models.DateTimeField()),
                ("set_at", models.DateTimeField()),
                ("scenario", models.JSONField(default=dict)),
                ("memory", models.JSONField(default=dict)),
            ],
        ),
    ]
