"""What a reader may: what an address needs, asked before its page begins, and the one door at which the right to sign
is asked, by the journal, before the service signs for somebody.

Whose request is being answered is known here while it is; commands, the clock and long work have no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from meguri.kit.people import duties
from meguri.kit.people.identity import Reader, require_party, require_person
from meguri.kit.people.policy import RIGHTS, Need
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem
from meguri.kit.words import listed

_reader: ContextVar[Reader | None] = ContextVar("meguri_reader", default=None)


@contextmanager
def reading(reader: Reader | None) -> Iterator[None]:
    """Let what is said meanwhile be said by this reader; None is the house itself."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


def present() -> Reader | None:
    """Whose request is being answered; None in a command, in long work, and for the house itself."""
    return _reader.get()


def require_signing(organisation: str, kinds: Iterable[str]) -> None:
    """Raise NotAllowed where the person whose request is answered may not sign these kinds for the organisation."""
    reader = _reader.get()
    if reader is None or reader.user is None:
        return
    if reader.organisation != organisation:
        raise NotAllowed(
            Problem(
                N_("You act for {mine}, not for {organisation}: nothing is signed in its name."),
                "/actor",
                "actor",
                {"mine": reader.name, "organisation": organisation},
            )
        )
    wanted = sorted(set(kinds))
    if all(reader.signs(kind) for kind in wanted):
        return
    if not reader.may(duties.SIGN):
        raise lacking(duties.SIGN, reader)
    whose = listed([duty.name for duty in duties.duties().values() if all(duty.signs & {k, "*"} for k in wanted)])
    raise NotAllowed(
        Problem(
            N_("Your role in {organisation} does not sign this. It takes one of: {duties}. Ask its administrator."),
            "",
            "duty",
            {"organisation": reader.name, "duties": whose},
        )
    )


def require(need: Need, reader: Reader, *, demonstration: bool = False) -> None:
    """Raise SignInNeeded, OrganisationNeeded, NotAllowed or NotFound where a reader is not what it takes."""
    if need in (Need.OPEN, Need.ANYONE, Need.HOLDER):
        return
    if need is Need.SIGNED_IN:
        require_person(reader)
        return
    if need is Need.ADMINISTRATOR or (need is Need.OVERSEE and (reader.administrator or not reader.organisation)):
        if not reader.administrator:
            if not (reader.known or demonstration):
                require_person(reader)
            raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))
        return
    if need is Need.OVERSEE:
        need = Need.ADMINISTER
    require_party(reader, demonstration)
    for group in RIGHTS[need]:
        if not any(reader.may(right) for right in group):
            raise lacking(group[0], reader)


def lacking(right: str, reader: Reader) -> NotAllowed:
    """The refusal of somebody whose roles do not give a right, and who would have it."""
    whose = listed([duty.name for duty in duties.duties().values() if right in duty.may])
    return NotAllowed(
        Problem(
            N_("Your role in {organisation} does not allow this. It takes one of: {duties}. Ask its administrator."),
            "",
            "duty",
            {"organisation": reader.name, "duties": whose},
        )
    )
