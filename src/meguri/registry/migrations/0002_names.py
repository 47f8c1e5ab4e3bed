from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RenameField(model_name="organisation", old_name="name_en", new_name="name"),
        migrations.RenameField(model_name="facility", old_name="name_en", new_name="name"),
    ]
