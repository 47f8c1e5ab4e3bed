"""Accounts and share links. None of this is on the record: no other organisation relies on it."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. What they may do follows from the organisations they belong to."""


class Membership(models.Model):
    """A person acts for an organisation, named by its subject (``organisation:xyz``)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.CharField(max_length=120)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("organisation",)
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="kit_membership_once"),)

    def __str__(self) -> str:
        return f"{self.user} for {self.organisation}"


class ShareLink(models.Model):
    """A link that shows one subject to whoever holds it, in one scope, until it expires or is revoked."""

    token = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="share_links")
    made_for = models.CharField(max_length=120, blank=True)
    made = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made",)
        indexes = (models.Index(fields=("subject", "scope"), name="kit_share_subject"),)

    def __str__(self) -> str:
        return f"{self.scope} of {self.subject} until {self.expires:%Y-%m-%d}"
