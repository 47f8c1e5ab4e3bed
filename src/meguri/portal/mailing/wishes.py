"""What a person wishes to be told by mail, and the link that ends it."""

from __future__ import annotations

from typing import Any

from django.core import signing

from meguri.following import services as following
from meguri.journal.listing import acts
from meguri.kit.models import User
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.kit.words import Words
from meguri.portal.models import MailWish

WAITING, NEW, LAW = "waiting", "new", "law"
SUBJECTS = {
    WAITING: Words("What waits for my organisation"),
    NEW: Words("What is new on cases, movements, lots and licences that it follows"),
    LAW: Words("What the law changes of what I follow of it"),
}
IMMEDIATE, DAILY, NONE = "immediate", "daily", "none"
HOW = {IMMEDIATE: Words("at once"), DAILY: Words("once a day"), NONE: Words("not at all")}
SALT = "meguri.mail"


def of(user: User, organisation: str) -> dict[str, str]:
    """How a person is told of each subject; not at all where nothing was said."""
    rows = MailWish.objects.filter(user=user, organisation=organisation)
    said = dict(rows.values_list("subject", "how"))
    return {subject: said.get(subject, NONE) for subject in SUBJECTS}


def wish(user: User, organisation: str, asked: dict[str, str], language: str, base: str) -> None:
    """Put down what a person wishes. What was there before is not told: it begins from now. Raises Refused."""
    for subject, how in asked.items():
        if subject not in SUBJECTS or how not in HOW:
            raise refuse(N_("Choose one from the list."), f"/{subject[:40]}", "required")
    if any(how != NONE for how in asked.values()) and not user.email:
        raise refuse(N_("Your account has no address of mail. Its administrator enters one."), "/email", "email")
    before = of(user, organisation)
    for subject, how in asked.items():
        change: dict[str, Any] = {"how": how, "language": language, "base": base, "failures": 0, "again": None}
        if before[subject] == NONE:
            last = following.last_number() if subject == LAW else acts.last_number()
            change |= {"cursor": last, "told": [], "sent": None}
        MailWish.objects.update_or_create(user=user, organisation=organisation, subject=subject, defaults=change)


def key(row: MailWish) -> str:
    """What the link bears that ends a wish."""
    return signing.dumps(row.pk, salt=SALT)


def of_key(given: str) -> MailWish:
    """The wish that a link ends. Raises NotFound."""
    try:
        row = MailWish.objects.filter(pk=signing.loads(given[:200], salt=SALT)).first()
    except signing.BadSignature:
        row = None
    if row is None:
        raise NotFound(Problem(N_("This link ends no mail, or it was ended already."), "", "mail"))
    return row


def end(row: MailWish) -> None:
    """Nothing more of it."""
    MailWish.objects.filter(pk=row.pk).update(how=NONE)
