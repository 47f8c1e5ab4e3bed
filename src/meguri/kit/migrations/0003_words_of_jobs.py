from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_jobs")]

    operations = [
        migrations.RemoveField(model_name="job", name="words_en"),
        migrations.RemoveField(model_name="job", name="words_ja"),
        migrations.AddField(model_name="job", name="words", field=models.JSONField(null=True)),
    ]
