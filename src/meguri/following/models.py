"""What is followed, and what was told of it. Not on the record: a wish, and answers that anybody may ask again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class WatchedLaw(models.Model):
    """Something that at least one follows: a lane, an economy, a stream or a case, looked at once for all of them.

    `said` says what it is; days are written as in 2026-12-09; `answers` are those last given, by question, under the
    packs of `digest` on the day `day`; `ahead` are the changes known then. Nothing was given yet where `digest` is
    empty. `lost`: the law on file no longer knows the question.
    """

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=64, unique=True)
    said = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    day = models.CharField(max_length=10, blank=True)
    answers = models.JSONField(default=dict)
    ahead = models.JSONField(default=list)
    lost = models.BooleanField(default=False)

    class Meta:
        indexes = (models.Index(fields=("digest", "day"), name="following_looked"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.said}"


class LawFollow(models.Model):
    """Who follows it: a person acting for an organisation, or, without a person, the organisation as a whole."""

    organisation = models.CharField(max_length=120, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    watched = models.ForeignKey(WatchedLaw, on_delete=models.CASCADE, related_name="follows")
    made = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "user", "watched"), name="following_once"),
            models.UniqueConstraint(
                fields=("organisation", "watched"), condition=models.Q(user=None), name="following_once_for_all"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} follows {self.watched_id}"


class LawAlert(models.Model):
    """What became another: `kind` says by what (`services.WORDS_OF`), `on` from when, as in 2026-12-09.

    `changes` are the first of `count`; `before` and `after` the digests of the packs; `draft` the name of a draft. The
    primary key is the place in the order of telling.
    """

    watched = models.ForeignKey(WatchedLaw, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=12)
    on = models.CharField(max_length=10)
    made = models.DateTimeField()
    before = models.CharField(max_length=64, blank=True)
    after = models.CharField(max_length=64)
    draft = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField()
    changes = models.JSONField(default=list)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} on {self.on}"


class LawFeedAddress(models.Model):
    """A secret address under which somebody's alerts are read by other programs; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    organisation = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="following_feed_once"),)

    def __str__(self) -> str:
        return f"feed of {self.user} for {self.organisation}"
