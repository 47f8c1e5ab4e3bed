from django.db import migrations


def forwards(apps, schema_editor):
    """Nothing looks for lots or events by the beginning of their name, and every index is written with every act."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename IN ('custody_lot', 'custody_event') "
            "AND position('varchar_pattern_ops' in indexdef) > 0"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("custody", "0004_indexes_that_are_asked")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
