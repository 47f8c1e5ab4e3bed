"""Where the demonstration stands. It is no record: nobody relies on it, and it changes without an act."""

from __future__ import annotations

from django.db import models


class Stage(models.Model):
    """The one row that says which step of the story comes next, on which day, and what the story remembers."""

    step = models.PositiveIntegerField(default=0)
    run = models.PositiveIntegerField(default=1)
    now = models.DateTimeField()
    set_at = models.DateTimeField()
    scenario = models.JSONField(default=dict)
    memory = models.JSONField(default=dict)

    class Meta:
        app_label = "demonstration"

    def __str__(self) -> str:
        return f"run {self.run}, step {self.step}"
