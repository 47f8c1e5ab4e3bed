from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.utils.dateparse import parse_datetime


def fill(apps: Any, editor: Any) -> None:
    """The columns of tracks that are on record, from their states, as a rebuild would make them."""
    tracks = apps.get_model("consent", "Track")
    changed = []
    for row in tracks.objects.all().iterator(2000):
        course = row.state["course"]
        ends = [found for due in course["dues"] if not due.get("bars") and (found := parse_datetime(due["due_at"]))]
        row.due = min(ends, default=None)
        row.missing = bool(row.state["asked"]["needed"]) and course["standing"] != "granted"
        changed.append(row)
        if len(changed) == 500:
            tracks.objects.bulk_update(changed, ["due", "missing"])
            changed.clear()
    tracks.objects.bulk_update(changed, ["due", "missing"])


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_kept_verdicts")]

    operations = [
        migrations.AddField("track", "due", models.DateTimeField(null=True)),
        migrations.AddField("track", "missing", models.BooleanField(default=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
