"""What a reader may: what an address needs, asked before its page begins, and the one door at which the right to sign
is asked, by the journal, before the service signs for somebody.

Whose request is being answered is known here while it is; commands, the clock and long work have no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from meguri.kit.models import SecondPerson
from meguri.kit.people import duties, identity
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


class HeldForm(Exception):
    """What was sent waits for a signature; the page that was asked for leads to the draft. No error of anybody.

    `kinds` and `bodies` are the acts that it would have said.
    """

    ROLE, FOUR_EYES = "role", "four-eyes"

    def __init__(self, why: str, kinds: Sequence[str]) -> None:
        super().__init__(why)
        self.why = why
        self.kinds = tuple(kinds)
        self.bodies: tuple[object, ...] = ()


@dataclass(frozen=True)
class Signing:
    """A draft that is being signed: who filled it in, and the kinds of act that it may say."""

    maker: str
    kinds: frozenset[str]


_signing: ContextVar[Signing | None] = ContextVar("meguri_signing", default=None)


@contextmanager
def countersigning(signing: Signing) -> Iterator[None]:
    """Let what is said meanwhile be said by a second person, for a draft that another has filled in."""
    token = _signing.set(signing)
    try:
        yield
    finally:
        _signing.reset(token)


def prepared_by() -> str:
    """Who filled in what is being signed; empty where nobody else did."""
    signing = _signing.get()
    return signing.maker if signing else ""


def require_signing(organisation: str, kinds: Iterable[str]) -> HeldForm | None:
    """Raise NotAllowed where the person whose request is answered may not say these kinds for the organisation.

    None where they may sign them now; what is returned otherwise is to be raised once it is known that the acts would
    be taken: then the form waits for somebody who signs.
    """
    reader = _reader.get()
    if reader is None or reader.user is None:
        return None
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
    if reader.through:
        _require_lent(reader, wanted)
        return None
    if all(reader.signs(kind) for kind in wanted):
        return _second(organisation, wanted)
    if reader.may(duties.PREPARE):
        return HeldForm(HeldForm.ROLE, wanted)
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


def _require_lent(reader: Reader, wanted: Sequence[str]) -> None:
    """Raise NotAllowed where a person who acts for another organisation by a delegation may not sign this at once:
    a form that waits, and a second person, are for an organisation's own people.
    """
    names = {"actor": reader.name, "by": identity.described(reader.through).name}
    missing = [kind for kind in wanted if kind not in reader.lent]
    if missing:
        text = N_("{actor} lets {by} not say “{kind}” for it. It says it itself, or gives a delegation that names it.")
        raise NotAllowed(Problem(text, "/by", "delegation", {**names, "kind": missing[0]}))
    if not all(reader.signs(kind) for kind in wanted):
        text = N_("For {actor} only somebody acts who may sign this for {by}. Ask the administrator of {by}.")
        raise NotAllowed(Problem(text, "", "duty", names))
    if SecondPerson.objects.filter(organisation__in=(reader.organisation, reader.through), kind__in=wanted).exists():
        text = N_("This takes two people of one organisation. {actor} says it itself, with two of its own.")
        raise NotAllowed(Problem(text, "", "four-eyes", names))


def _second(organisation: str, wanted: Sequence[str]) -> HeldForm | None:
    """What waits for a second person where the organisation wants one and none has signed."""
    signing = _signing.get()
    if signing is not None and signing.kinds.issuperset(wanted):
        return None
    if SecondPerson.objects.filter(organisation=organisation, kind__in=wanted).exists():
        return HeldForm(HeldForm.FOUR_EYES, wanted)
    return None


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
    if need is Need.KEEP:
        if reader.administrator:
            return
        need = Need.SAY
    if need is Need.OVERSEE:
        need = Need.ADMINISTER
    require_party(reader, demonstration)
    for group in RIGHTS[need]:
        if not any(reader.may(right) for right in group):
            raise lacking(group[0], reader)


def require_own(reader: Reader) -> None:
    """Raise NotAllowed where the reader acts for another organisation by a delegation: this is for its own people."""
    if reader.through:
        text = N_("This is for the people of {actor} alone. Act for your own organisation to see your own.")
        raise NotAllowed(Problem(text, "", "own", {"actor": reader.name}))


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
