"""Drafts of acts: written by a system, kept and not on record, then signed by the service, or with a key of one's own.

A draft is said by the same door as everything else: `journal.attest`, or ``POST /api/acts`` for a held key. What it
says is judged then, not before; that its kinds and bodies can be read is looked at when it is written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from meguri.journal import kinds
from meguri.journal import services as journal
from meguri.journal.act import Late
from meguri.journal.entry.admission import canonical_bytes
from meguri.journal.entry.recording import placed
from meguri.journal.models import ActRow, Key
from meguri.journal.signatures import signing
from meguri.kit import clock, ids
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, Conflict, MeguriError, NotFound, Problem, Refused, refuse
from meguri.systems.models import ActDraft

MOST_ACTS = 100
MOST_OPEN = 1000
"""Drafts of an organisation that are not on record."""
KEPT = timedelta(days=90)
"""A draft whose acts are on record is forgotten after so long; the acts stand."""


class DraftedAct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act to be: its kind, its body (``GET /api/kinds`` has the schemas), when it happened, and why it is told late.
    `nonce` is given by the service where none is sent.
    """

    kind: Annotated[str, msgspec.Meta(max_length=80)]
    body: dict[str, Any]
    claimed: datetime | None = None
    late: Late | None = None
    nonce: Annotated[str, msgspec.Meta(max_length=64)] = ""


class DraftGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to make or change a draft: acts in the order in which they are said, all or none."""

    acts: Annotated[list[DraftedAct], msgspec.Meta(min_length=1, max_length=MOST_ACTS)]
    purpose: Annotated[str, msgspec.Meta(max_length=200)] = ""


class DraftLine(msgspec.Struct, frozen=True):
    """A draft: `state` is ``open``, or ``recorded`` once its acts are on record, with their ids in order."""

    id: str
    href: str
    state: str
    purpose: str
    acts: list[DraftedAct]
    made: datetime
    changed: datetime
    recorded: list[str]


class ToSign(msgspec.Struct, frozen=True):
    """An act whole, with its id, and the very bytes (`input`, ASCII) over which a held key makes its Ed25519 signature.

    The JWS is `input`, a dot, and the signature in base64url without padding.
    """

    act: dict[str, Any]
    id: str
    input: str


class DraftToSign(msgspec.Struct, frozen=True):
    """The acts of a draft for a held key. Their claimed instant is now, so send them within ten minutes."""

    key: str
    acts: list[ToSign]


class DraftSigned(msgspec.Struct, frozen=True):
    """The receipts of a draft's acts, in order."""

    receipts: list[journal.Receipt]


def utterances(acts: Sequence[DraftedAct], most: int) -> list[journal.Utterance]:
    """What the acts would utter. Refused, with where, for kinds and bodies that cannot be read."""
    found, problems = [], []
    for place, act in enumerate(acts):
        try:
            kind = kinds.find(act.kind)
            try:
                body = msgspec.convert(act.body, kind.body)
            except msgspec.ValidationError as error:
                text, _, where = str(error).partition(" - at `$")
                pointer = "/body" + where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
                raise refuse(N_("{kind}: {what}."), pointer, "schema", kind=kind.name, what=text) from None
            if act.claimed is not None and act.claimed.tzinfo is None:
                raise refuse(N_("An instant needs its zone: 2025-10-01T09:00:00Z."), "/claimed", "zone")
        except Refused as error:
            problems += [
                Problem(one.text, f"/acts/{place}{one.pointer}", one.code, one.params) for one in error.problems
            ]
            continue
        found.append(journal.Utterance(act.kind, body, act.claimed, act.nonce or None, late=act.late))
    if problems:
        raise Refused(*problems[:most])
    return found


def _with_nonces(given: DraftGiven) -> list[DraftedAct]:
    nonces = [act.nonce or secrets.token_hex(16) for act in given.acts]
    if len(set(nonces)) < len(nonces):
        raise refuse(N_("Two acts of the draft have the same nonce."), "/acts", "nonce")
    return [msgspec.structs.replace(act, nonce=nonce) for act, nonce in zip(given.acts, nonces, strict=True)]


def _plain(acts: Sequence[DraftedAct]) -> list[Any]:
    plain: list[Any] = msgspec.to_builtins(list(acts))
    if b"\\u0000" in msgspec.json.encode(plain):
        raise refuse(N_("The act holds the character U+0000, which the record cannot keep."), "/acts", "json")
    return plain


def _whose(reader: Reader) -> tuple[str, str]:
    """Whose the reader's drafts are, and for whom they speak: who acts for another by a delegation keeps its own."""
    own = str(reader.organisation)
    return (reader.through, own) if reader.through else (own, "")


def _named(reader: Reader) -> dict[str, str]:
    return dict(zip(("organisation", "actor"), _whose(reader), strict=True))


def make(reader: Reader, given: DraftGiven) -> ActDraft:
    """Keep a draft."""
    utterances(given.acts, 20)
    acts = _plain(_with_nonces(given))
    who, actor = _whose(reader)
    own = ActDraft.objects.filter(organisation=who)
    own.filter(signed__lt=timezone.now() - KEPT).delete()
    if own.filter(signed=None).count() >= MOST_OPEN and not _found_signed(own):
        raise refuse(N_("{most} drafts are open already. Have some signed, or drop them."), "", "many", most=MOST_OPEN)
    now = timezone.now()
    return ActDraft.objects.create(
        id=ids.new(),
        organisation=who,
        actor=actor,
        purpose=_said(given.purpose),
        acts=acts,
        made=now,
        changed=now,
        by=reader.token,
    )


def _found_signed(own: QuerySet[ActDraft]) -> int:
    """Mark drafts that a held key has signed; returns how many there were."""
    there = [row.pk for row in own.filter(signed=None).iterator() if recorded(row)]
    return own.filter(pk__in=there).update(signed=timezone.now())


def _said(purpose: str) -> str:
    if purpose and not purpose.isprintable():
        raise refuse(N_("Say in 1 to 200 characters what the draft is for."), "/purpose", "purpose")
    return purpose


def find(reader: Reader, id: str, *, lock: bool = False) -> ActDraft:
    """A draft of the reader's organisation. NotFound for every other."""
    rows = ActDraft.objects.select_for_update() if lock else ActDraft.objects
    row = rows.filter(id=id, **_named(reader)).first()
    if row is None:
        raise NotFound(Problem(N_("There is no draft {id} for you."), "/id", "absent", {"id": id[:40]}))
    return row


def page(reader: Reader, after: str, most: int) -> tuple[list[ActDraft], str | None]:
    """A page of the drafts of the reader's organisation, newest first, and the cursor of the next."""
    rows = ActDraft.objects.filter(**_named(reader))
    if after:
        last = rows.filter(id=after).first()
        if last is None:
            raise refuse(
                N_("“{given}” is no cursor of this list. Send what “next” held, or nothing to begin."),
                "/after",
                "cursor",
                given="".join(letter if letter.isprintable() else "?" for letter in after[:40]),
            )
        rows = rows.filter(Q(made__lt=last.made) | Q(made=last.made, id__gt=last.id))
    found = list(rows[: most + 1])
    return found[:most], found[most - 1].id if len(found) > most else None


def _open(row: ActDraft) -> ActDraft:
    if recorded(row):
        raise Conflict(Problem(N_("The acts of this draft are on record already."), "", "recorded"))
    return row


def change(reader: Reader, id: str, given: DraftGiven) -> ActDraft:
    """Put other acts into a draft that is not on record. Their nonces are new where none are sent."""
    utterances(given.acts, 20)
    with transaction.atomic():
        row = _open(find(reader, id, lock=True))
        row.acts, row.purpose, row.changed = _plain(_with_nonces(given)), _said(given.purpose), timezone.now()
        row.save()
    return row


def drop(reader: Reader, id: str) -> None:
    """Forget a draft that is not on record."""
    with transaction.atomic():
        _open(find(reader, id, lock=True)).delete()


def acts_of(row: ActDraft) -> list[DraftedAct]:
    """The acts of a draft."""
    return msgspec.convert(row.acts, list[DraftedAct])


def recorded(row: ActDraft) -> list[str]:
    """The ids of its acts where all are on record, however they were signed; else nothing."""
    nonces = [act.nonce for act in acts_of(row)]
    known = dict(
        ActRow.objects.filter(actor=row.actor or row.organisation, nonce__in=nonces)
        .order_by("number")
        .values_list("nonce", "act_id")
    )
    return [known[nonce] for nonce in nonces] if known.keys() >= set(nonces) else []


def line(row: ActDraft) -> DraftLine:
    """A draft as it is told."""
    there = recorded(row)
    state = "recorded" if there else "open"
    acts = acts_of(row)
    return DraftLine(row.id, f"/api/drafts/{row.id}", state, row.purpose, acts, row.made, row.changed, there)


def sign(reader: Reader, id: str) -> DraftSigned:
    """Have the service sign a draft with the key that it keeps for the organisation, and record it: all or none.

    Asked again, or by two at once, it gives the same receipts: nothing is said twice.
    """
    with transaction.atomic():
        row = find(reader, id, lock=True)
        acts = acts_of(row)
        try:
            receipts = journal.attest(str(reader.organisation), utterances(acts, 20), person=reader.person)
        except MeguriError as error:
            raise type(error)(*(_in_draft(one, len(acts)) for one in error.problems)) from None
        if row.signed is None:
            row.signed = timezone.now()
            row.save(update_fields=["signed"])
    return DraftSigned(receipts)


def _in_draft(problem: Problem, many: int) -> Problem:
    """Pointers into the acts that were recorded, as pointers into the draft."""
    if many == 1:
        return Problem(problem.text, f"/acts/0{problem.pointer}", problem.code, problem.params)
    return Problem(problem.text, f"/acts{problem.pointer}", problem.code, problem.params)


def to_sign(reader: Reader, id: str, key: str) -> DraftToSign:
    """The acts of a draft as a held key of the organisation signs them."""
    row = _open(find(reader, id))
    known = Key.objects.filter(id=key, owner=reader.through or reader.organisation, mode="held").first()
    if known is None or not known.value.active(clock.now()):
        raise refuse(
            N_("“{key}” is no key that your organisation holds itself. Enrol it first."), "/key", "key", key=key[:80]
        )
    found = []
    told = utterances(acts_of(row), 20)
    for place, utterance in enumerate(told):
        act = journal.act_of(str(reader.organisation), key, utterance)
        with placed(place, len(told)):
            id_ = act.digest(canonical_bytes(act))
        head = signing.header(key, signing.ONE)
        found.append(ToSign(msgspec.to_builtins(act), id_, f"{head}.{signing.b64(bytes.fromhex(id_))}"))
    return DraftToSign(key, found)
