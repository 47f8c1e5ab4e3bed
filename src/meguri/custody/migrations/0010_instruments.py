from django.db import migrations, models


class Migration(migrations.Migration):
    """Instruments on which facilities weigh."""

    dependencies = [("custody", "0009_what_adds_up_at_a_site")]

    operations = [
        migrations.CreateModel(
            name="Instrument",
            fields=[
                ("id", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("state", models.JSONField()),
                ("organisation", models.CharField(max_length=120)),
            ],
            options={"indexes": [models.Index(fields=["organisation", "id"], name="custody_instrument_owner")]},
        )
    ]
