import django.db.models.deletion
from django.db import migrations, models


def unlogged(apps, editor):
    """Counts may be lost with the server; written like this, they wait for no disk."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE kit_count SET UNLOGGED")


class Migration(migrations.Migration):
    dependencies = [("kit", "0004_beats")]

    operations = [
        migrations.CreateModel(
            name="Count",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["until"], name="kit_count_until")]},
        ),
        migrations.AddField(
            model_name="job",
            name="caller",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="JobHolder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=64)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holders", to="kit.job"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("holder", "job"), name="kit_jobholder_once")],
            },
        ),
        migrations.RunPython(unlogged, migrations.RunPython.noop),
    ]
