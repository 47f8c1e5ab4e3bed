"""A new keyring secret: every key that the service keeps is encrypted under it, all or none.

Where the secret stands in the data folder it is made here, and takes the old one's place once the database has it. An
interruption between the two leaves ``keyring.key.new`` beside the old one; said again, the same command ends it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from meguri.journal.signatures import keyring
from meguri.kit.problems import N_, Refused, refuse

SETTING = "MEGURI_KEYRING_SECRET"
LEAST = 40
"""Characters of a secret."""


def rotate(given: str | None) -> int:
    """Keep all keys under a new secret; returns how many. `given` is the new one, where the old one stands in the
    surroundings and not in the data folder. Refused where it is unfit, or the old one is not theirs.
    """
    old = str(settings.KEYRING_SECRET)
    if given is not None:
        if len(given) < LEAST or given == old:
            raise refuse(
                N_("The new secret is the old one, or shorter than {least} characters."), "", "secret", least=LEAST
            )
        return keyring.keep_under(old, given)
    if os.environ.get(SETTING):
        raise refuse(
            N_("{setting} comes from the surroundings. Name a file that holds the new secret: --new FILE"),
            "",
            "secret",
            setting=SETTING,
        )
    place = Path(settings.DATA) / "keyring.key"
    beside = place.with_name("keyring.key.new")
    if beside.exists():
        new = beside.read_text(encoding="utf-8").strip()
        try:
            count = keyring.keep_under(new, new)
        except Refused:
            count = keyring.keep_under(old, new)
    else:
        new = secrets.token_urlsafe(48)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            count = keyring.keep_under(old, new)
        except Refused:
            beside.unlink()
            raise
    beside.replace(place)
    return count
