"""The exchange room's door: what this node has said on a case as a file for another, and such a file taken in.

No network and no proofs yet: the file is carried by whoever carries it, and its acts count by their signatures alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from meguri.consent.case import record
from meguri.exchange import acts, guards
from meguri.exchange.models import Feed
from meguri.exchange.states import FeedState
from meguri.journal import peers
from meguri.journal import services as journal
from meguri.journal.act import Entry
from meguri.journal.models import ActRow, Key, Subject
from meguri.journal.projections import relations
from meguri.journal.services import Utterance
from meguri.journal.signatures.signing import Signature
from meguri.journal.subject import bare, home
from meguri.kit.problems import N_, NotFound, Problem, refuse

FORMAT = 1
MOST = 200 * 1024
"""So many bytes of acts are wrapped in one act at most; what is more follows in a further one, in one transaction."""


class SignedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed act in a file: its number and time of taking down there, its canonical JSON as text, its signature."""

    number: int
    recorded: datetime
    act: str
    signature: Signature


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """All that a node has said on a case, for another node. `home` keeps the case; `keys` are those that signed."""

    v: int
    from_: str
    to: str
    case: str
    home: str
    acts: tuple[SignedLine, ...]
    keys: dict[str, str]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a file brought: acts that were new, known before, and not readable here; the act that took them in."""

    taken: int
    known: int
    unread: int
    act: str | None


def bundle(case: str, to: str) -> File:
    """What this node has said on a case, in the order of its journal, for a node that the case concerns."""
    here = peers.here()
    state = record.case(case)
    concerned = {state.home, state.there, *(asked.node for asked in state.asked)} - {"", here}
    if to not in concerned:
        raise refuse(
            N_("The case concerns {nodes}, not {to}."), "/to", "to", nodes=", ".join(sorted(concerned)) or "-", to=to
        )
    own = [name for prefix in acts.COPIED for _, name in relations.lying([f"case:{state.id}"], prefix)]
    numbers = Subject.objects.filter(subject__in=[name for name in own if not home(name)]).values("number")
    rows = list(ActRow.objects.filter(number__in=numbers).order_by("number"))
    keys = Key.objects.filter(id__in={row.key for row in rows})
    return File(
        v=FORMAT,
        from_=here,
        to=to,
        case=state.id,
        home=state.home or here,
        acts=tuple(
            SignedLine(
                number=row.number,
                recorded=row.recorded,
                act=bytes(row.canonical).decode(),
                signature=msgspec.json.decode(bytes(row.signature), type=Signature),
            )
            for row in rows
        ),
        keys={key.id: key.value.public for key in keys},
    )


def feed(case: str, node: str) -> FeedState | None:
    """How far a node's acts on a case were taken in; None where none were."""
    row = Feed.objects.filter(id=f"{bare(case)}@{node}").first()
    return row.value if row else None


def known(case: str, node: str) -> set[str]:
    """The ids of a node's acts on a case that were taken in."""
    found: set[str] = set()
    for entry in journal.history(acts.feed(case, node)):
        found |= {one.id for one in msgspec.convert(entry.act.body, acts.Received).acts}
    return found


def held(entry: Entry, subject: str) -> list[Entry]:
    """The acts of another node that one act of this node brought on a copy, as that node took them down."""
    body = msgspec.convert(entry.act.body, acts.Received)
    found = []
    for one in body.acts:
        if not one.unread:
            told = acts.told(one)
            if subject in acts.copied(told.act.subjects, body.from_).values():
                found.append(Entry(act=told.act, id=told.id, number=one.number, recorded=one.recorded))
    return found


def order(numbers: Iterable[int]) -> dict[str, int]:
    """The order in which acts stand in the journal of the node that said them, for those that these acts brought."""
    rows = ActRow.objects.filter(number__in=list(numbers), kind="exchange.received")
    bodies = (msgspec.convert(entry.act.body, acts.Received) for entry in journal.entries(rows))
    return {one.id: one.number for body in bodies for one in body.acts}


def take(file: File) -> Taken:
    """Take a file in: what was taken in before is left out, the rest is one act of this node or, where it is much,
    several, all or none.
    """
    if file.v != FORMAT:
        raise refuse(N_("The file is of format {v}; {ours} is read here."), "/v", "format", v=file.v, ours=FORMAT)
    if file.to != peers.here():
        raise refuse(N_("The file is for {to}; this is {here}."), "/to", "to", to=file.to, here=peers.here())
    before = known(file.case, file.from_)
    given = [
        acts.Foreign(
            canonical=line.act,
            signature=line.signature,
            number=line.number,
            recorded=line.recorded,
            unread=not guards.readable(line.act),
        )
        for line in file.acts
    ]
    new = [one for one in given if one.id not in before]
    said = [Utterance("exchange.received", _wrapped(file, part), nonce=acts.nonce(part)) for part in _parts(new)]
    receipts = journal.attest(journal.NODE_ORGANISATION, said)
    return Taken(
        taken=len(new),
        known=len(given) - len(new),
        unread=sum(one.unread for one in new),
        act=receipts[-1].id if receipts else None,
    )


def _wrapped(file: File, part: list[acts.Foreign]) -> acts.Received:
    named = {msgspec.json.decode(one.canonical).get("key", "") for one in part}
    return acts.Received(
        from_=file.from_,
        case=file.case,
        home=file.home,
        acts=tuple(part),
        keys={id: public for id, public in sorted(file.keys.items()) if id in named},
    )


def _parts(given: Iterable[acts.Foreign]) -> list[list[acts.Foreign]]:
    parts: list[list[acts.Foreign]] = []
    size = MOST
    for one in given:
        size += len(one.canonical)
        if size > MOST:
            parts.append([])
            size = len(one.canonical)
        parts[-1].append(one)
    return parts


def read(text: bytes) -> File:
    """A file from its bytes. NotFound where it is none."""
    try:
        return msgspec.json.decode(text, type=File)
    except msgspec.MsgspecError as error:
        raise NotFound(Problem(N_("This is no file of signed acts: {why}."), "", "file", {"why": str(error)})) from None
