"""The journal's door for the rooms above: say and attest acts, record signed ones, enrol keys, read history, seal."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from meguri.journal import kinds
from meguri.journal.act import CLOCK, NODE, Act, Entry, Late, subjects
from meguri.journal.acts import OFFERED, AcceptKey, EnrolKey, Found, RevokeKey, RotateKey, RotateLog
from meguri.journal.delegating import held as delegations
from meguri.journal.delegating.acts import EndDelegation, GiveDelegation
from meguri.journal.entry import timing
from meguri.journal.entry.admission import canonical_bytes
from meguri.journal.entry.reading import (
    entries,
    entry,
    entry_of,
    history,
    history_of,
    modes,
    opens,
    recent,
    said_on,
)
from meguri.journal.entry.recording import Receipt, as_writer, placed, record, rehearse, writing
from meguri.journal.log.sealing import seal
from meguri.journal.log.verification import verify
from meguri.journal.models import ActRow, Founding, Key, Private
from meguri.journal.rebuild.rebuilding import rebuild
from meguri.journal.signatures import keyring, signing
from meguri.journal.signatures.signing import PrivateValue, Signed
from meguri.journal.states import KeyOffer, KeyState, Mode, Way
from meguri.kit import clock, ids
from meguri.kit.people import rights
from meguri.kit.problems import N_, Conflict, MeguriError, NotFound, Problem, refuse

NODE_ORGANISATION = NODE
# People sign in to report what happened before their organisation was enrolled; the service's own key vouches for that.
EVER = datetime(2000, 1, 1, tzinfo=UTC)
MOST_KEYS = 4096
_KEYS: dict[str, str] = {}
"""With which key the service spoke last for an organisation; whether it still may, each act is asked."""


class Utterance(msgspec.Struct, frozen=True):
    """What somebody wants to say: a kind and its body, when it happened, and values to keep outside the act.

    Without a nonce each utterance is a new act. With one, saying it again is a replay of the first.
    """

    kind: str
    body: msgspec.Struct
    claimed: datetime | None = None
    nonce: str | None = None
    legal: datetime | None = None
    private: dict[str, str] = {}
    late: Late | None = None


Mouth = Callable[[str, Sequence[Utterance]], list[Receipt]]
_mouth: ContextVar[Mouth | None] = ContextVar("journal_mouth", default=None)
_speaker: ContextVar[str] = ContextVar("journal_speaker", default="")
_late: ContextVar[Late | None] = ContextVar("journal_late", default=None)


@contextmanager
def through(mouth: Mouth | None) -> Iterator[None]:
    """Say meanwhile what services make through `mouth` instead of attesting it: signed with a key of its own, say.

    The clock and the node itself go on being attested. None brings attesting back.
    """
    token = _mouth.set(mouth)
    try:
        yield
    finally:
        _mouth.reset(token)


@contextmanager
def told_late(late: Late | None) -> Iterator[None]:
    """Give what services say meanwhile the reason why it is told long after it happened; None is no reason."""
    token = _late.set(late)
    try:
        yield
    finally:
        _late.reset(token)


@contextmanager
def spoken_by(organisation: str) -> Iterator[None]:
    """Let this organisation say meanwhile what others say, for them and by their delegation; empty is nobody."""
    token = _speaker.set(organisation)
    try:
        yield
    finally:
        _speaker.reset(token)


def speaker(actor: str) -> str:
    """With whose key something is said for an actor now: its own, or that of who acts for it by a delegation."""
    if actor in (NODE_ORGANISATION, CLOCK):
        return actor
    reader = rights.present()
    return _speaker.get() or (reader.through if reader is not None else "") or actor


def say(
    actor: str,
    kind: str,
    body: msgspec.Struct,
    *,
    claimed: datetime | None = None,
    nonce: str | None = None,
    person: str = "",
) -> Receipt:
    """Record one act that the service attests for `actor` (``organisation:xyz``)."""
    return attest(actor, [Utterance(kind, body, claimed, nonce)], person=person)[0]


def attest(actor: str, utterances: Sequence[Utterance], *, person: str = "") -> list[Receipt]:
    """Record several acts that the service attests for `actor`: one signature, one transaction, all or none.

    `person` says who signed in; it is kept outside the acts and may be erased. What is said while a person's request
    is answered, that person's roles must allow (`kit.people.rights`); what they may only prepare is judged as if
    it were said, and raises HeldForm.
    """
    if not utterances:
        return []
    held = None
    if actor not in (NODE_ORGANISATION, CLOCK):
        held = rights.require_signing(actor, [utterance.kind for utterance in utterances])
        mouth = _mouth.get()
        if mouth is not None and held is None:
            return mouth(actor, utterances)
    who = speaker(actor)
    if (known := _KEYS.get(who)) is not None:
        try:
            return _attested(actor, utterances, person, known, held)
        except MeguriError as error:
            # Rotated or revoked since, it may be.
            if not any(problem.code.startswith("key") for problem in error.problems):
                raise
    if len(_KEYS) >= MOST_KEYS:
        _KEYS.clear()
    _KEYS[who] = key = attested_key(who)
    return _attested(actor, utterances, person, key, held)


def _attested(
    actor: str, utterances: Sequence[Utterance], person: str, key: str, held: rights.HeldForm | None
) -> list[Receipt]:
    acts, values, canonical = [], [], []
    for place, utterance in enumerate(utterances):
        private = dict(utterance.private)
        if person:
            private["person"] = person
        if prepared := rights.prepared_by():
            private["prepared"] = prepared
        kept = {name: PrivateValue(os.urandom(16).hex(), value) for name, value in private.items()}
        first = _first(actor, utterance) if utterance.nonce else None
        acts.append(first.act if first else act_of(actor, key, utterance, kept))
        values.append({} if first else kept)
        with placed(place, len(utterances)):
            canonical.append(canonical_bytes(acts[-1]))
    ids = [Act.digest(data) for data in canonical]
    signed = [
        Signed(act, signature, private)
        for act, signature, private in zip(acts, signing.sign_acts(keyring.private(key), ids), values, strict=True)
        if act.key == key
    ]
    timing.lap("building and signing")
    if held is not None:
        rehearse(signed, canonical)
        held.bodies = tuple(act.body for act in acts)
        raise held
    if len(signed) < len(acts):
        return [_receipt_of_old_key(act, key, signed) for act in acts]
    made = {one.signature.jws for one in signed}
    return record(signed, canonical=canonical, new=all(utterance.nonce is None for utterance in utterances), made=made)


def _receipt_of_old_key(act: Act, key: str, signed: list[Signed]) -> Receipt:
    """Repeated under a key that was rotated since: the old receipt; anything new in the same call is refused."""
    if act.key == key:
        raise Conflict(
            Problem(N_("Some of these acts were told under an earlier key; tell the new ones alone."), "", "nonce")
        )
    row = ActRow.objects.get(act_id=act.id)
    return Receipt(row.act_id, row.number, row.recorded, False)


def _first(actor: str, utterance: Utterance) -> Entry | None:
    """The act that this utterance repeats, if any: a retry need not know the first one's claimed time or salts."""
    for row in ActRow.objects.filter(actor=actor, nonce=utterance.nonce):
        entry = entry_of(row)
        same = entry.act.body == _plain(utterance.body) and entry.act.kind == utterance.kind
        if same and (utterance.claimed is None or utterance.claimed == entry.claimed):
            return entry
    return None


def _plain(body: msgspec.Struct) -> dict[str, Any]:
    """A body as JSON will give it back."""
    built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body, enc_hook=str))
    return built


def act_of(
    actor: str, key: str, utterance: Utterance, private: Mapping[str, PrivateValue] | None = None, *, node: str = ""
) -> Act:
    """The act that an organisation says with a key: what it utters, completed by kind, node, nonce and present time.

    NotAllowed where another says it for the organisation now, and no delegation lets it.
    """
    kind = kinds.find(utterance.kind)
    by = speaker(actor)
    return Act(
        kind=kind.name,
        version=kind.version,
        node=node or settings.NODE,
        subjects=subjects(kind.subjects(utterance.body)),
        actor=actor,
        key=key,
        nonce=utterance.nonce or secrets.token_hex(16),
        claimed=clock.stamp(utterance.claimed or clock.now()),
        body=_plain(utterance.body),
        legal=clock.stamp(utterance.legal) if utterance.legal else None,
        private={name: value.commitment for name, value in (private or {}).items()},
        late=utterance.late or (_late.get() if actor not in (NODE_ORGANISATION, CLOCK) else None) or msgspec.UNSET,
        by=msgspec.UNSET if by == actor else delegations.naming(actor, by, kind.name),
    )


def tick(utterances: Sequence[Utterance]) -> list[Receipt]:
    """Record what the passing of time brings, said by the clock and dated at each utterance's legal instant."""
    return attest(CLOCK, utterances)


def attested_key(actor: str) -> str:
    """The key with which the service speaks for an organisation; enrolled on the first occasion."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, revoked IS NULL FROM journal_key WHERE owner = %s AND mode = 'attested'", [actor])
        found = cursor.fetchall()
    ids = sorted(id for id, active in found if active)
    if found and not ids:
        later = Key.objects.filter(owner=actor, mode="attested", revoked__gt=clock.now())
        ids = list(later.values_list("id", flat=True))
    if ids:
        return ids[0]
    if found:
        raise refuse(
            N_("The service's key for {actor} is revoked. Enrol a new one first."), "/actor", "key", actor=actor
        )
    return enrol(actor)


def enrol(
    actor: str,
    mode: Mode = "attested",
    *,
    public: str = "",
    proof: str = "",
    since: datetime | None = None,
    offer: KeyOffer | None = None,
) -> str:
    """Enrol a key for an organisation, said by the node's operator; returns the key's id.

    Attested: the service makes and keeps it. Held: the organisation made it and gives the public key (base64url) and
    the proof of `signing.prove_key`; it accepts the key by the code of the `offer` (`offer_of`, `accept`).
    """
    ensure_node()
    with transaction.atomic():
        if mode == "attested":
            if actor in (NODE_ORGANISATION, CLOCK) and (own := Key.objects.filter(owner=actor, mode=mode).first()):
                return own.pk
            private = signing.new_key()
            keyring.keep(private)
            public, proof = signing.public_text(private), signing.prove_key(private, settings.NODE, actor)
            body = EnrolKey(actor, public, "attested", since or EVER, proof)
        else:
            body = EnrolKey(actor, public, "held", since or _this_instant(), proof, offer)
        say(NODE_ORGANISATION, "journal.enrol_key", body)
    return signing.key_id(public)


def offer_of(way: Way, days: int = OFFERED.days) -> tuple[str, KeyOffer]:
    """A new one-time code, to be given to the owner of a held key by that way and kept nowhere, and what is said of it
    on record.
    """
    code = signing.new_code()
    # The record knows instants to the millisecond: one that is finer could lie after its limit.
    until = (clock.now() + timedelta(days=days)).replace(microsecond=0)
    return code, KeyOffer(signing.code_digest(code), until, way)


def acceptance(private: Ed25519PrivateKey, owner: str, code: str, node: str) -> Signed:
    """The act by which an organisation accepts its held key, signed with it and ready to be told."""
    key = signing.key_id(signing.public_text(private))
    act = act_of(owner, key, Utterance("journal.accept_key", AcceptKey(key, code)), node=node)
    return Signed(act, signing.sign_acts(private, [act.id])[0])


def keys_of(owner: str) -> list[tuple[str, KeyState]]:
    """The keys that speak or spoke for an organisation, with their ids: those that count first, the newest first."""
    now = clock.now()
    found = [(row.pk, row.value) for row in Key.objects.filter(owner=owner).exclude(mode="log")]
    return sorted(found, key=lambda one: (not one[1].active(now), -one[1].since.timestamp(), one[0]))


def _this_instant() -> datetime:
    """Now, as finely as acts are dated, so that a new key counts for what it signs within the same millisecond."""
    return clock.parse(clock.stamp(clock.now()))


def rotate(actor: str, old: str) -> str:
    """Give an organisation a new attested key in the place of an old one, from now; returns the new key's id."""
    with transaction.atomic():
        private = signing.new_key()
        keyring.keep(private)
        public, proof = signing.public_text(private), signing.prove_key(private, settings.NODE, actor)
        say(NODE_ORGANISATION, "journal.rotate_key", RotateKey(actor, old, public, _this_instant(), proof))
    return signing.key_id(public)


def rotate_attested(actor: str) -> str:
    """Give an organisation a new attested key in the place of the one that the service speaks with; returns its id.
    NotFound where the service speaks for no such organisation.
    """
    now = clock.now()
    for key in Key.objects.filter(owner=actor, mode="attested").order_by("id"):
        if key.value.active(now):
            return rotate(actor, key.pk)
    raise NotFound(Problem(N_("The service keeps no key for {actor}."), "/actor", "key", {"actor": actor}))


def rotate_log() -> str:
    """Give the log a new key; returns its id. What was sealed before stays signed with the old one."""
    with transaction.atomic():
        private = signing.new_key()
        keyring.keep(private)
        public, proof = signing.public_text(private), signing.prove_key(private, settings.NODE, NODE_ORGANISATION)
        old = Founding.objects.get(id=Founding.ID).value.log_key
        say(NODE_ORGANISATION, "journal.rotate_log", RotateLog(old, public, proof))
    return signing.key_id(public)


def delegate(
    actor: str,
    to: str,
    kinds: Iterable[str],
    until: datetime,
    *,
    since: datetime | None = None,
    text: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """An organisation lets another say these kinds for it from `since` (now) until `until`. Returns the bare id."""
    id, at = ids.new(), claimed or _this_instant()
    named = tuple(sorted(set(kinds)))
    body = GiveDelegation(delegation=id, to=to, kinds=named, since=since or at, until=until, text=text)
    say(actor, "journal.delegate", body, claimed=at, person=person)
    return id


def end_delegation(
    actor: str, delegation: str, reason: str = "", *, claimed: datetime | None = None, person: str = ""
) -> Receipt:
    """Who gave a delegation withdraws it, or who has it gives it back."""
    body = EndDelegation(delegation=delegation, reason=reason)
    return say(actor, "journal.end_delegation", body, claimed=claimed, person=person)


def revoke(key: str, *, effective: datetime | None = None, reason: str = "", actor: str = NODE_ORGANISATION) -> Receipt:
    """Revoke a key from an instant on (now, where none is given)."""
    return say(actor, "journal.revoke_key", RevokeKey(key, effective or clock.now(), reason))


def ensure_node() -> None:
    """Found the node where it is not founded yet: operator, log key, clock. Safe to call at any time."""
    if Founding.objects.filter(id=Founding.ID).exists():
        return
    if ActRow.objects.exists() and not Founding.objects.filter(id=Founding.ID).exists():
        raise Conflict(Problem(N_("This record has acts that are not folded yet. Run: meguri setup"), "", "setup"))
    try:
        with transaction.atomic():
            _found()
    except Conflict:
        if not Founding.objects.filter(id=Founding.ID).exists():
            raise


def _found() -> None:
    _KEYS.clear()
    own, log, clock_key = signing.new_key(), signing.new_key(), signing.new_key()
    node = settings.NODE

    def declared(private: Ed25519PrivateKey, owner: str) -> tuple[str, str]:
        keyring.keep(private)
        return signing.public_text(private), signing.prove_key(private, node, owner)

    body = Found(node, NODE_ORGANISATION, *declared(own, NODE_ORGANISATION), *declared(log, NODE_ORGANISATION))
    public, proof = declared(clock_key, CLOCK)
    utterances = [
        Utterance("journal.found", body),
        Utterance("journal.enrol_key", EnrolKey(CLOCK, public, "attested", EVER, proof)),
    ]
    key = signing.key_id(body.public)
    acts = [act_of(NODE_ORGANISATION, key, utterance) for utterance in utterances]
    record([Signed(act, signing.sign_acts(own, [act.id])[0]) for act in acts], new=True)


def erase(id: str, names: Sequence[str] = ()) -> int:
    """Erase the values that an act keeps outside its body (all, or those named); the act itself stands."""
    values = Private.objects.filter(act_id=entry(id).id)
    return (values.filter(name__in=names) if names else values).delete()[0]


__all__ = [
    "CLOCK",
    "NODE_ORGANISATION",
    "Late",
    "Receipt",
    "Signed",
    "Utterance",
    "act_of",
    "attested_key",
    "as_writer",
    "attest",
    "delegate",
    "end_delegation",
    "enrol",
    "ensure_node",
    "entries",
    "entry",
    "erase",
    "history",
    "history_of",
    "modes",
    "opens",
    "recent",
    "rebuild",
    "record",
    "revoke",
    "rotate",
    "rotate_attested",
    "rotate_log",
    "said_on",
    "say",
    "seal",
    "speaker",
    "spoken_by",
    "through",
    "tick",
    "told_late",
    "verify",
    "writing",
]
