from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("custody", "0008_claims")]

    operations = [
        migrations.CreateModel(
            name="SiteProcess",
            fields=[
                ("id", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("state", models.JSONField()),
            ],
            options={"abstract": False},
        ),
    ]
