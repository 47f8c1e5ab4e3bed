from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kit", "0003_words_of_jobs")]

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        )
    ]
