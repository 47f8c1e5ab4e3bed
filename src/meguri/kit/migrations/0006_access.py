from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kit", "0005_strangers")]

    operations = [
        migrations.CreateModel(
            name="AccessNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("kind", models.CharField(max_length=12)),
                ("account", models.BigIntegerField()),
                ("place", models.CharField(blank=True, max_length=16)),
                ("route", models.CharField(blank=True, max_length=120)),
                ("number", models.IntegerField()),
                ("first", models.DateTimeField()),
                ("last", models.DateTimeField()),
                ("request", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-id"], name="kit_accessnote_account"),
                    models.Index(fields=["last"], name="kit_accessnote_last"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "account", "kind", "place", "route"), name="kit_accessnote_alike"
                    )
                ],
            },
        ),
    ]
