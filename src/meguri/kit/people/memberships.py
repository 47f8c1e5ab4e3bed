"""Who acts for an organisation in which roles, and who is asked to: memberships and invitations, by its administrators.

None of this is on the record. An invitation is one link for one person until a day; of its secret a digest is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet

from meguri.kit.models import Invitation, Membership, User
from meguri.kit.people import accounts, duties
from meguri.kit.problems import N_, Conflict, NotFound, Problem, Refused, gather, refuse

DAYS = 14
"""For how long an invitation stands."""
MOST_OPEN = 50
"""Invitations of an organisation that stand at once."""


def _now() -> datetime:
    return datetime.now(UTC)


def members(organisation: str) -> list[Membership]:
    """Whoever acts for an organisation now, by name."""
    found = _standing(Membership.objects.filter(organisation=organisation))
    return list(found.select_related("user").order_by("user__username"))


def _standing(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows.filter(Q(until=None) | Q(until__gt=_now()))


def require_duties(given: Iterable[str]) -> list[str]:
    """The roles that words name, in the order of the table. Refused where there is none, or one is not known."""
    wanted = list(given)
    found = duties.ordered(wanted)
    if not found or set(wanted) - set(found):
        raise refuse(
            N_("Choose at least one role, of: {known}."), "/duties", "duties", known=", ".join(duties.duties())
        )
    return found


def _require_later(until: datetime | None) -> None:
    if until is not None and until <= _now():
        raise refuse(N_("A membership ends on a day to come. Choose a later one, or none."), "/until", "until")


def _require_keeper(membership: Membership, held: Iterable[str], until: datetime | None) -> None:
    """Somebody always looks after the people of an organisation: the last who does so stays, and without an end."""
    if duties.may(held, duties.ADMINISTER) and until is None:
        return
    others = _standing(Membership.objects.filter(organisation=membership.organisation, until=None))
    active = others.exclude(pk=membership.pk).filter(user__is_active=True).values_list("duties", flat=True)
    if duties.may(membership.duties, duties.ADMINISTER) and not any(
        duties.may(other, duties.ADMINISTER) for other in active
    ):
        raise Conflict(
            Problem(
                N_("Nobody else looks after this organisation's people. Make somebody else its administrator first."),
                "",
                "last-administrator",
            )
        )


def _locked(organisation: str, number: int) -> Membership:
    """A membership of an organisation, with all others of it held until the transaction ends."""
    rows = {row.pk: row for row in Membership.objects.select_for_update().filter(organisation=organisation)}
    found = rows.get(number)
    if found is None or (found.until is not None and found.until <= _now()):
        raise NotFound(Problem(N_("Nobody of your organisation has this membership."), "", "membership"))
    return found


def standing(organisation: str = "") -> list[Membership]:
    """All memberships that stand, or those of an organisation, by organisation and name."""
    rows = Membership.objects.filter(organisation=organisation) if organisation else Membership.objects.all()
    return list(_standing(rows).select_related("user").order_by("organisation", "user__username"))


def place(user: User, organisation: str, held: Iterable[str]) -> Membership:
    """Let a person act for an organisation in these roles, by the operator's word."""
    wanted = require_duties(held)
    values = {"duties": wanted, "until": None}
    return Membership.objects.update_or_create(user=user, organisation=organisation, defaults=values)[0]


def dismiss(user: User, organisation: str) -> None:
    """Let a person act for an organisation no longer, by the operator's word. NotFound where they do not."""
    if not _standing(Membership.objects.filter(user=user, organisation=organisation)).update(until=_now()):
        raise NotFound(Problem(N_("Nobody of your organisation has this membership."), "", "membership"))


def change(organisation: str, number: int, held: Iterable[str], until: datetime | None = None) -> Membership:
    """Give a member other roles, or a day until which they act. Raises NotFound for another organisation's."""
    wanted = require_duties(held)
    _require_later(until)
    with transaction.atomic():
        found = _locked(organisation, number)
        _require_keeper(found, wanted, until)
        found.duties, found.until = wanted, until
        found.save(update_fields=["duties", "until"])
    return found


def end(organisation: str, number: int) -> Membership:
    """Let a member act for the organisation no longer, from now on."""
    with transaction.atomic():
        found = _locked(organisation, number)
        _require_keeper(found, (), None)
        found.until = _now()
        found.save(update_fields=["until"])
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used=None, revoked=None, expires__gt=_now())


def invitations(organisation: str) -> list[Invitation]:
    """The invitations of an organisation that stand, newest first."""
    return list(_open().filter(organisation=organisation)[:MOST_OPEN])


def invite(
    organisation: str, email: str, held: Iterable[str], by: User | None, until: datetime | None = None
) -> tuple[Invitation, str]:
    """Ask somebody at an address to act for an organisation; returns the invitation and the secret of its link."""
    address = email.strip()
    problems = []
    try:
        validate_email(address)
    except ValidationError:
        problems.append(
            Problem(
                N_("“{email}” is no e-mail address. Write it like name@example.org."),
                "/email",
                "email",
                {"email": address[:80]},
            )
        )
    gather(problems)
    wanted = require_duties(held)
    _require_later(until)
    if _open().filter(organisation=organisation).count() >= MOST_OPEN:
        raise refuse(N_("{most} invitations are open already. Withdraw one first."), "", "many", most=MOST_OPEN)
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        digest=_digest(secret),
        organisation=organisation,
        email=address,
        duties=wanted,
        made_by=by,
        expires=_now() + timedelta(days=DAYS),
        until=until,
    )
    return made, secret


def withdraw(organisation: str, number: int) -> Invitation:
    """Close an invitation of an organisation. NotFound for another's, and for one that no longer stands."""
    found = _open().filter(organisation=organisation, pk=number).first()
    if found is None:
        raise NotFound(Problem(N_("Your organisation has no such open invitation."), "", "invitation"))
    found.revoked = _now()
    found.save(update_fields=["revoked"])
    return found


def invitation(secret: str) -> Invitation:
    """The open invitation of a link. NotFound alike where it never was, was used or withdrawn, or has expired."""
    found = _open().filter(digest=_digest(secret)).first()
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    text = N_("This invitation does not stand: it was used or withdrawn, or has expired. Ask for a new one.")
    return NotFound(Problem(text, "", "invitation"))


def accept(secret: str, user: User) -> Membership:
    """Let a person act for the organisation that invited them: once. Who is a member already is given the roles too."""
    with transaction.atomic():
        return _accepted(invitation(secret), user)


def accept_anew(secret: str, username: str, password: str) -> User:
    """The same for somebody without an account, who gets one with the address that was invited."""
    with transaction.atomic():
        asked = invitation(secret)
        user = accounts.create_person(username, password, asked.email)
        _accepted(asked, user)
    return user


def _accepted(asked: Invitation, user: User) -> Membership:
    # Whoever comes second, on whatever connection, finds it used.
    if not Invitation.objects.filter(pk=asked.pk, used=None, revoked=None).update(used=_now()):
        raise _gone()
    found = Membership.objects.filter(user=user, organisation=asked.organisation).first()
    if found is None:
        return Membership.objects.create(
            user=user, organisation=asked.organisation, duties=asked.duties, until=asked.until
        )
    stands = found.until is None or found.until > _now()
    found.duties = duties.ordered([*(found.duties if stands else ()), *asked.duties])
    found.until = None if stands and found.until is None else asked.until
    found.save(update_fields=["duties", "until"])
    return found


def unequal() -> Refused:
    """The refusal of a password that was written in two ways."""
    return refuse(N_("The two passwords differ. Write the same one twice."), "/password2", "unequal")
