"""Signed-in readers and the pages they are shown: what tests of the pages of cases and movements share."""

from __future__ import annotations

import re

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meguri.kit.models import Membership


def signed_in(organisation, language="en") -> Client:
    name = organisation.partition(":")[2]
    user, made = get_user_model().objects.get_or_create(username=name)
    if made:
        Membership.objects.create(user=user, organisation=organisation)
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def plain(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:3000]
    return plain(response)


def rows_of(response):
    """The lines of a streamed CSV."""
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def questions(client, address):
    """How many questions a page asks of the database, the session's and the reader's own among them."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)
