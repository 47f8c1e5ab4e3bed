"""What waits for an organisation's people: a webhook that was switched off because nobody took its messages."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from meguri.kit.people.identity import Reader
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words, plain
from meguri.systems import hooks
from meguri.systems.models import Webhook


def waiting(reader: Reader) -> Iterator[Waiting]:
    """Webhooks of the reader's organisation that the service switched off."""
    if reader.organisation is None:
        return
    for row in Webhook.objects.filter(organisation=reader.organisation).exclude(off=None).exclude(why=hooks.BY_HAND):
        yield Waiting(
            Words("A webhook was switched off: {url}").format(url=plain(row.url)),
            None,
            Words("Your system hears nothing until somebody switches it on again."),
            Words("It said: {said}").format(said=plain(row.said or row.why)),
            reverse("systems:overview"),
        )
