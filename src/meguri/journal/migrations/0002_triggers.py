from django.db import migrations

from meguri.journal.entry import triggers


def forwards(apps, schema_editor):
    triggers.numbers(schema_editor.connection)
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_books")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
