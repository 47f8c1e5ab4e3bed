from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_parts_of_a_case")]

    operations = [migrations.RenameModel("Verdict", "KeptVerdict")]
