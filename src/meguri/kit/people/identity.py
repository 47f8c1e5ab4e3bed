"""Who is reading: a person, the organisation for which they act, and what that organisation is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from meguri.kit.people import duties
from meguri.kit.problems import N_, MeguriError, NotAllowed, Problem
from meguri.kit.words import Words

if TYPE_CHECKING:
    from meguri.kit.models import User

SESSION_KEY = "organisation"
THROUGH_KEY = "through"
"""Under which a session keeps for whom and through which own organisation, where that acts by a delegation."""


@dataclass(frozen=True)
class Reader:
    """The one who reads a page: `organisation` is a subject (``organisation:xyz``), None for anyone.

    `name` is said in the page's language; `roles` are the organisation's roles now; `zone` is an IANA time zone.
    A system that sends a token is known by it: `token` recognises it, `scopes` say what it may do; None is a browser.
    `duties` are the person's own roles inside the organisation, which say what they may see and do for it.
    `through` is the person's own organisation where that acts for `organisation` by a delegation, in the kinds of act
    `lent`; `duties` are the person's roles in their own then, and what is for its own people alone is closed.
    `secret` is kept in the session of somebody without an account and shows whose work is theirs; `place` stands for
    the address that a stranger asks from, and is no address.
    """

    user: User | None = None
    organisation: str | None = None
    name: str = ""
    roles: tuple[str, ...] = ()
    zone: str = ""
    administrator: bool = False
    secret: str = ""
    place: str = ""
    token: str = ""
    scopes: frozenset[str] | None = None
    duties: tuple[str, ...] = ()
    through: str = ""
    lent: frozenset[str] = frozenset()

    def may(self, right: str) -> bool:
        """Whether the reader has a right in the organisation for which they act."""
        if self.through and right == duties.ADMINISTER:
            return False
        return self.organisation is not None and duties.may(self.duties, right)

    def signs(self, kind: str) -> bool:
        """Whether the reader may sign an act of this kind for the organisation."""
        if self.through and kind not in self.lent:
            return False
        return self.organisation is not None and duties.signs(self.duties, kind)

    @property
    def says(self) -> bool:
        """Whether the reader may sign or prepare anything for the organisation."""
        return self.may(duties.SIGN) or self.may(duties.PREPARE)

    @property
    def keeps_people(self) -> bool:
        """Whether the reader looks after the organisation's people."""
        return self.may(duties.ADMINISTER)

    @property
    def holder(self) -> str:
        """By what a piece of long work knows whose it is where no organisation has it; empty for nobody."""
        if self.user is not None:
            return f"user:{self.user.pk}"
        return hashlib.sha256(self.secret.encode()).hexdigest() if self.secret else ""

    @property
    def person(self) -> str:
        """Who signed in, as it is kept beside an act, never in it; empty for nobody."""
        if self.token:
            return f"token {self.token}"
        return self.user.get_username() if self.user else ""

    @property
    def known(self) -> bool:
        """Whether this is more than anyone: a signed-in person, or a role of the demonstration."""
        return self.user is not None or self.organisation is not None


ANYONE = Reader()


@dataclass(frozen=True)
class Described:
    """What the registry says of an organisation: its name, its roles now, its time zone, whether it is closed, and
    whether it acts `itself` alone, so that no delegation of before counts.
    """

    name: Words
    roles: tuple[str, ...] = ()
    zone: str = ""
    closed: bool = False
    itself: bool = False


@dataclass(frozen=True)
class Lent:
    """That `giver` lets `to` act for it now, in these kinds of act."""

    giver: str
    to: str
    kinds: frozenset[str]


FOR_ANOTHER = Words("{by} for {actor}")
"""Both names, where one says something for another."""
Borrow = Callable[[Iterable[str]], list[Lent]]
_borrow: Borrow | None = None
Describe = Callable[[str], Described | None]
Name = Callable[[Iterable[str]], Mapping[str, Words]]
_describe: Describe | None = None
_name: Name | None = None


def provide(describe: Describe, name: Name) -> None:
    """Let a room that knows organisations describe one (None where it does not know it), and name many at once."""
    global _describe, _name
    _describe, _name = describe, name


def provide_lent(borrow: Borrow) -> None:
    """Let a room that knows delegations say for whom organisations may act now."""
    global _borrow
    _borrow = borrow


def lent(organisations: Iterable[str]) -> list[Lent]:
    """For whom these organisations may act now by a delegation; a giver that is closed or acts itself lets nobody."""
    wanted = list(organisations)
    found = _borrow(wanted) if _borrow and wanted else []
    known_givers = [(one, described(one.giver)) for one in found]
    return [one for one, giver in known_givers if not giver.closed and not giver.itself]


def acting_for(reader: Reader, giver: str) -> Reader:
    """A reader as the one who acts for another organisation by a delegation. Raises NotAllowed where there is none."""
    own = reader.organisation or ""
    one = next((one for one in lent([own]) if one.giver == giver), None)
    if one is None:
        raise NotAllowed(
            Problem(
                N_("{actor} has not let {by} act for it now. It gives a delegation on its own page."),
                "/organisation",
                "delegation",
                {"actor": giver, "by": own},
            )
        )
    known = described(giver)
    return replace(
        reader,
        organisation=giver,
        name=known.name.say(),
        roles=known.roles,
        zone=known.zone,
        administrator=False,
        through=own,
        lent=one.kinds,
    )


def described(organisation: str) -> Described:
    """The description of an organisation; its bare subject where no room knows it."""
    found = _describe(organisation) if _describe else None
    return found or Described(Words(organisation.partition(":")[2] or organisation))


def known(organisation: str) -> Described | None:
    """The description of an organisation; None where no room knows it."""
    return _describe(organisation) if _describe else None


def names(organisations: Iterable[str]) -> dict[str, Words]:
    """The names of organisations by subject, asked for together; the bare subject where no room knows one."""
    wanted = set(organisations)
    found = _name(wanted) if _name and wanted else {}
    return {who: found.get(who) or Words(who.partition(":")[2] or who) for who in wanted}


def standing(user: User) -> dict[str, tuple[str, ...]]:
    """The organisations for which a person may act now, each with the person's roles in it."""
    rows = user.memberships.values_list("organisation", "duties", "until")
    now = datetime.now(UTC)
    return {one: tuple(held) for one, held, until in rows if until is None or until > now}


def acting(user: User | None, organisation: str | None, held: Iterable[str] | None = None) -> Reader:
    """The reader for a person, an organisation, or both; `held` are the person's roles in it, as memberships say them
    where they are not given. An organisation without a person is a role of the demonstration, which signs everything
    and looks after nobody.
    """
    administrator = bool(user and user.is_superuser)
    if organisation is None:
        return Reader(user, None, user.get_username() if user else "", administrator=administrator)
    known = described(organisation)
    if held is None:
        held = standing(user).get(organisation, ()) if user is not None else duties.PLAYED
    return Reader(user, organisation, known.name.say(), known.roles, known.zone, administrator, duties=tuple(held))


class SignInNeeded(MeguriError):
    """The page belongs to an organisation and nobody is signed in; pages lead to the sign-in."""

    status = 401
    title = N_("Sign in to continue")


class OrganisationNeeded(MeguriError):
    """The reader is known, but acts for no organisation."""

    status = 403
    title = N_("This page belongs to an organisation")


STRANGER = "secret"
"""Under which a session keeps a stranger's secret."""


def stranger(request: HttpRequest, reader: Reader, place: str) -> Reader:
    """A reader who is not known, with what their session and their address say of them."""
    if reader.organisation is not None:
        return reader
    said = hashlib.blake2b(place.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=15).hexdigest()
    return replace(reader, secret=str(request.session.get(STRANGER, "")), place=said)


def asking(request: HttpRequest) -> Reader:
    """The reader of a request that may start long work: a stranger is given a secret, kept in their session."""
    reader: Reader = getattr(request, "reader", ANYONE)
    if reader.organisation is None and not reader.holder:
        request.session[STRANGER] = secrets.token_urlsafe(24)
        reader = replace(reader, secret=request.session[STRANGER])
        request.reader = reader  # type: ignore[attr-defined]
    return reader


def need_party(request: HttpRequest) -> Reader:
    """The reader, sure to act for an organisation. Raises SignInNeeded or OrganisationNeeded."""
    reader: Reader = getattr(request, "reader", ANYONE)
    require_party(reader, getattr(request, "demonstration", None) is not None)
    return reader


def require_party(reader: Reader, demonstration: bool = False) -> None:
    """Raise SignInNeeded or OrganisationNeeded where the reader acts for no organisation."""
    if reader.organisation is not None:
        return
    if demonstration:
        raise OrganisationNeeded(
            Problem(N_("Choose a role in the band at the top; then this page shows what that role sees."), "", "role")
        )
    if reader.user is None:
        raise SignInNeeded(Problem(N_("This page belongs to an organisation. Sign in to see it."), "", "sign-in"))
    raise OrganisationNeeded(
        Problem(
            N_("Your account acts for no organisation yet. Ask your administrator to add you to one."),
            "",
            "membership",
        )
    )


def require_person(reader: Reader) -> None:
    """Raise SignInNeeded where no person is signed in."""
    if reader.user is None:
        raise SignInNeeded(Problem(N_("Sign in to go on; then this page opens."), "", "sign-in"))
