"""Accounts, share links and long work. None of this is on the record: no other organisation relies on it."""

from __future__ import annotations

import msgspec
from django.contrib.auth.models import AbstractUser
from django.db import models

from meguri.kit.words import Words, plain


class User(AbstractUser):
    """A person who signs in. What they may do follows from the organisations they belong to."""


def full() -> list[str]:
    """The roles of who was a member before there were roles."""
    return ["administer", "sign"]


class Membership(models.Model):
    """A person acts for an organisation, named by its subject (``organisation:xyz``).

    `duties` are the person's roles in it (`kit/tables/duties.csv`); from `until` on they act for it no longer.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.CharField(max_length=120)
    since = models.DateTimeField(auto_now_add=True)
    duties = models.JSONField(default=full)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("organisation",)
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="kit_membership_once"),)

    def __str__(self) -> str:
        return f"{self.user} for {self.organisation}"


class Invitation(models.Model):
    """Somebody asked, at an e-mail address, to act for an organisation: one link, for one person, until a day.

    `digest` is that of the link's secret, which is nowhere kept.
    """

    digest = models.CharField(max_length=64, unique=True)
    organisation = models.CharField(max_length=120)
    email = models.EmailField()
    duties = models.JSONField(default=list)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="invitations")
    made = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made",)
        indexes = (models.Index(fields=("organisation", "-made"), name="kit_invitation_of"),)

    def __str__(self) -> str:
        return f"{self.email} for {self.organisation}"


class FormDraft(models.Model):
    """A form that waits for somebody to sign it: as it was sent, with the acts that it would have said then.

    `maker` names who filled it in, also when the account is gone; `outcome` is how it ended.
    """

    organisation = models.CharField(max_length=120)
    path = models.CharField(max_length=500)
    form = models.JSONField(default=dict)
    kinds = models.JSONField(default=list)
    bodies = models.JSONField(default=list)
    why = models.CharField(max_length=12)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="drafts")
    maker = models.CharField(max_length=150)
    made = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="drafts_closed")
    outcome = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ("made",)
        indexes = (models.Index(fields=("organisation", "closed", "made"), name="kit_formdraft_waiting"),)

    def __str__(self) -> str:
        return f"{', '.join(self.kinds)} of {self.organisation} by {self.maker}"


class SecondPerson(models.Model):
    """A kind of act that an organisation says only when a second person has signed it."""

    organisation = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "kind"), name="kit_secondperson_once"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.organisation}"


class CalendarAddress(models.Model):
    """The secret address of a person's deadlines for one organisation, of which a digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendars")
    organisation = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="kit_calendaraddress_once"),)

    def __str__(self) -> str:
        return f"deadlines of {self.user} for {self.organisation}"


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


class Job(models.Model):
    """A piece of work too long for a page: who asked for what, how far it is, what came of it.

    `party` is the organisation it belongs to; a `shared` one is built in and everybody's; what strangers asked for is
    known to its holders (`JobHolder`). `caller` stands for whoever made it, when work is shared out fairly.
    Times are the machine's, also where the demonstration keeps its own date.
    """

    class State(models.TextChoices):
        """How it stands; ``starting`` is claimed for a process that has not answered yet."""

        QUEUED = "queued"
        STARTING = "starting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=16)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    party = models.CharField(max_length=120, blank=True)
    caller = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="jobs")
    shared = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    progress = models.FloatField(default=0.0)
    words = models.JSONField(null=True)
    problems = models.JSONField(default=list)
    result = models.CharField(max_length=300, blank=True)
    made = models.DateTimeField()
    started = models.DateTimeField(null=True, blank=True)
    beat = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made",)
        indexes = (
            models.Index(fields=("digest", "party"), name="kit_job_digest"),
            models.Index(fields=("state", "made"), name="kit_job_state"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.state}"

    @property
    def said(self) -> Words:
        """What is being done, in words."""
        return msgspec.convert(self.words, Words) if self.words else plain("")


class JobHolder(models.Model):
    """Somebody without an organisation who asked for a piece of work: an account, or the digest of a session's secret.

    Several may have asked for the same; it goes on until the last of them has cancelled it.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="holders")
    holder = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("holder", "job"), name="kit_jobholder_once"),)

    def __str__(self) -> str:
        return f"{self.job_id} for {self.holder[:12]}"


class Count(models.Model):
    """How often something was done, until it is forgotten (seconds since 1970): `kit.web.requests.counting`."""

    name = models.CharField(primary_key=True, max_length=200)
    number = models.BigIntegerField()
    until = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=("until",), name="kit_count_until"),)

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"


class Beat(models.Model):
    """When a process beside the server last gave a sign of life. Times are the machine's."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class AccessNote(models.Model):
    """Sign-ins, sign-outs, failed sign-ins and refusals of rights, alike ones of an hour in one row: `people.access`.

    `account` is the account's number, 0 for nobody; `place` a keyed hash of the address; `request` the id of the last.
    """

    hour = models.DateTimeField()
    kind = models.CharField(max_length=12)
    account = models.BigIntegerField()
    place = models.CharField(max_length=16, blank=True)
    route = models.CharField(max_length=120, blank=True)
    number = models.IntegerField()
    first = models.DateTimeField()
    last = models.DateTimeField()
    request = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("hour", "account", "kind", "place", "route"), name="kit_accessnote_alike"),
        )
        indexes = (
            models.Index(fields=("account", "-id"), name="kit_accessnote_account"),
            models.Index(fields=("last",), name="kit_accessnote_last"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.account}, {self.number} in {self.hour:%Y-%m-%d %H}"
