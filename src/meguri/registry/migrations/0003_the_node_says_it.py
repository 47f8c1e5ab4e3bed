from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_names")]

    operations = [
        migrations.RemoveField(model_name="organisation", name="demonstration"),
    ]
