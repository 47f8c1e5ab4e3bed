"""What a person wants to be told by mail. Not on the record: nobody else relies on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class MailWish(models.Model):
    """How a person hears of one subject for one organisation: at once, once a day, or not at all.

    `cursor` is how far the feed has been told, `told` the digests of lines that wait and were told; `base` and
    `language` are those of the page on which it was wished.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_wishes")
    organisation = models.CharField(max_length=120)
    subject = models.CharField(max_length=12)
    how = models.CharField(max_length=12)
    language = models.CharField(max_length=12)
    base = models.CharField(max_length=200)
    cursor = models.BigIntegerField(default=0)
    told = models.JSONField(default=list)
    sent = models.DateTimeField(null=True, blank=True)
    again = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation", "subject"), name="portal_mailwish_once"),
        )

    def __str__(self) -> str:
        return f"{self.subject} {self.how} for {self.user} of {self.organisation}"
