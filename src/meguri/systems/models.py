"""Tokens of systems, drafts of acts, webhooks. None of this is on the record: no other organisation relies on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccessToken(models.Model):
    """A token by which a system speaks for an organisation. The secret is kept as a digest alone.

    `prefix` recognises it in lists and logs; `scopes` are words of `kit.web.requests.covering.SCOPES`. Times are the
    machine's, also where the demonstration keeps its own date.
    """

    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    organisation = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    made = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    used = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made", "-id")
        indexes = (models.Index(fields=("organisation", "-made"), name="systems_token_owner"),)

    def __str__(self) -> str:
        return f"{self.prefix} for {self.organisation}: {self.purpose}"


class ActDraft(models.Model):
    """Acts that are written down and not said yet: kinds, bodies, and the nonces that they will have.

    A nonce is given once, so that having them signed twice says them once. `actor` is for whom the organisation says
    them by a delegation; empty for itself.
    """

    id = models.CharField(primary_key=True, max_length=20)
    organisation = models.CharField(max_length=120)
    actor = models.CharField(max_length=120, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    acts = models.JSONField(default=list)
    made = models.DateTimeField()
    changed = models.DateTimeField()
    by = models.CharField(max_length=40, blank=True)
    signed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made", "id")
        indexes = (models.Index(fields=("organisation", "-made", "id"), name="systems_draft_owner"),)

    def __str__(self) -> str:
        return f"{self.id} of {self.organisation}"


class Webhook(models.Model):
    """Where an organisation's system hears what concerns it: the acts of the feed, in order, one message each.

    `cursor` is the number of the last act that was delivered or passed over. `secret` is encrypted under the keyring's
    secret. `until` is set while somebody delivers, so that nobody else does. `failures` counts attempts for the message
    that is next; `again` is when the next is made; `off` says since when nothing is sent any more, and `why`.
    """

    id = models.CharField(primary_key=True, max_length=20)
    organisation = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    secret = models.BinaryField()
    made = models.DateTimeField()
    cursor = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    again = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    delivered = models.DateTimeField(null=True, blank=True)
    said = models.CharField(max_length=200, blank=True)
    off = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("-made", "id")
        indexes = (models.Index(fields=("organisation", "-made", "id"), name="systems_hook_owner"),)

    def __str__(self) -> str:
        return f"{self.id} of {self.organisation}: {self.url}"
