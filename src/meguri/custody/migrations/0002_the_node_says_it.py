from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="lot", name="demonstration"),
    ]
