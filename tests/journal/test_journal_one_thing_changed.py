"""Acts on keys, and signed acts as they come in, with one thing changed at a time: what is answered is what
``one_thing_changed.json`` keeps. ``python tests/altered.py`` writes it anew.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import override_settings
from msgspec.structs import replace

import altered
from meguri.journal.act import CLOCK, NODE, Act
from meguri.journal.acts import AcceptKey, EnrolKey, Found, RevokeKey, RotateKey, RotateLog
from meguri.journal.entry.admission import admit
from meguri.journal.services import Utterance, act_of
from meguri.journal.signatures import signing
from meguri.journal.signatures.authenticity import judge
from meguri.journal.signatures.signing import PrivateValue, Signature, Signed
from meguri.journal.states import KeyOffer, KeyState
from meguri.kit.problems import MeguriError
from memory_record import Record, Told
from tests_support import use_clock

KEPT = Path(__file__).with_name("one_thing_changed.json")
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
ANN = "organisation:ann"
HERE = "test"
CODE = "0123-4567-89AB-CDEF"
OFFER = KeyOffer(signing.code_digest(CODE), NOW + timedelta(days=7), "letter")


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def key(number: int) -> Ed25519PrivateKey:
    """A key that is the same each time."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def named(number: int) -> str:
    return signing.key_id(signing.public_text(key(number)))


def declared(number: int, owner: str) -> dict[str, str]:
    return {"public": signing.public_text(key(number)), "proof": signing.prove_key(key(number), HERE, owner)}


def found(record):
    log = declared(2, NODE)
    body = Found(HERE, NODE, **declared(1, NODE), log_public=log["public"], log_proof=log["proof"])
    return record.say(NODE, "journal.found", body, rooms=("meguri.journal",))


def enrol(record, mode="attested", actor=NODE, number=3, by="k", **more):
    body = EnrolKey(owner=ANN, mode=mode, since=NOW, **declared(number, ANN), **more)
    return record.say(actor, "journal.enrol_key", body, rooms=("meguri.journal",), key=by)


def offered(record):
    return enrol(record, "held", offer=OFFER)


def accept(record):
    body = AcceptKey(key=named(3), code=CODE)
    return record.say(ANN, "journal.accept_key", body, rooms=("meguri.journal",), key=named(3))


def rotate(record, actor=NODE):
    body = RotateKey(owner=ANN, old=named(3), since=NOW + timedelta(seconds=1), **declared(4, ANN))
    return record.say(actor, "journal.rotate_key", body, rooms=("meguri.journal",))


def rotate_log(record):
    return record.say(
        NODE, "journal.rotate_log", RotateLog(old=named(2), **declared(4, NODE)), rooms=("meguri.journal",)
    )


def revoke(record, actor=NODE, seconds=5):
    body = RevokeKey(key=named(3), effective=NOW + timedelta(seconds=seconds), reason="Lost")
    return record.say(actor, "journal.revoke_key", body, rooms=("meguri.journal",))


def known(*acts):
    """A record of a founded node, on which Ann and a stranger are heard, after these acts."""

    def before(record):
        record.states |= {NODE: None, ANN: None, "organisation:bob": None}
        found(record)
        for act in acts:
            act(record)

    return before


KEYS = {
    "found": (lambda record: record.states.update({NODE: None, ANN: None}), found),
    "enrol": (known(), enrol),
    "enrol held": (known(), offered),
    "enrol one's own": (known(offered, accept), lambda record: enrol(record, "held", ANN, 4, named(3))),
    "accept": (known(offered), accept),
    "rotate": (known(enrol), rotate),
    "rotate one's own": (known(enrol), lambda record: rotate(record, ANN)),
    "rotate the log's": (known(enrol), rotate_log),
    "revoke": (known(enrol), revoke),
    "revoke one's own earlier": (known(enrol, revoke), lambda record: revoke(record, ANN, 4)),
}


def on_keys(name: str) -> Told:
    """One of the acts on keys."""
    record = Record(NOW)
    return Told(record, *KEYS[name], ("meguri.journal",))


def answered(signed: Signed, by: KeyState | None, at: datetime = NOW) -> str:
    """What is said of a signed act, up to whether its key may speak."""
    try:
        judge(by, admit(signed, {}), at, {})
    except MeguriError as error:
        return f"{type(error).__name__}: " + ", ".join(f"{one.pointer} {one.code}" for one in error.problems)
    except Exception:
        return altered.BROKEN
    return "taken"


def incoming(alone: bool) -> dict[str, list[str]]:
    """By what is said of it, the changes of a signed act: signed again after the change, or as it was before."""
    secret = key(3)
    salt = PrivateValue("00" * 16, "Somebody")
    body = RevokeKey(key=named(3), effective=NOW, reason="Lost")
    with override_settings(NODE=HERE):
        said = Utterance("journal.revoke_key", body, NOW, "nonce-1")
        act = act_of(ANN, named(3), said, {"person": salt})
        other = replace(act, nonce="nonce-2")
        state = KeyState(signing.public_text(secret), ANN, "held", NOW - timedelta(days=1))

        def sign(one: Act) -> Signature:
            return signing.sign_acts(secret, [one.id] if alone else [one.id, other.id])[0]

        found: dict[str, list[str]] = {}

        def note(what: str, signed: Any, by: KeyState | None = state, at: datetime = NOW) -> None:
            answer = answered(signed() if callable(signed) else signed, by, at)
            if answer != altered.BROKEN:
                found.setdefault(answer, []).append(what)

        right = Signed(act, sign(act), {"person": salt})
        note("as it is", right)
        changes = altered.Alterations(())
        for what, one in (*changes.of(act, 3), *longer(act)):
            try:
                again = Signed(one, sign(one), {"person": salt})
            except Exception:
                continue
            note(f"{what}, signed again", again)
            note(what, Signed(one, right.signature, {"person": salt}))
        for what, one in changes.of(right.signature, 3):
            note(f"signature {what}", Signed(act, one, {"person": salt}))
        head, payload, mark = right.signature.jws.split(".")
        for what, jws in {
            "without a dot": f"{head}{payload}.{mark}", "one dot more": f"{right.signature.jws}.x",
            "another head": f"{signing.b64(b'{}')}.{payload}.{mark}", "padded": f"{head}.{payload}=.{mark}",
            "of another": sign(other).jws, "as a key's proof": signing.sign(secret, signing.KEY, bytes.fromhex(act.id)),
            "too long": f"{head}.{payload}.{mark}{'A' * 4000}",
        }.items():  # fmt: skip
            note(f"signature {what}", Signed(act, replace(right.signature, jws=jws), {"person": salt}))
        for what, value in changes.of(salt, 2):
            note(f"private {what}", Signed(act, right.signature, {"person": value}))
        for length in (30, 32, 64, 66):
            longer_salt = PrivateValue("0" * length, "Somebody")
            one = act_of(ANN, named(3), said, {"person": longer_salt})
            note(f"private salt of {length}", Signed(one, sign(one), {"person": longer_salt}))
        note("private nothing", Signed(act, right.signature, {}))
        note("private another", Signed(act, right.signature, {"person": salt, "place": salt}))
        note("private nameless", Signed(act, right.signature, {"": salt}))
        for what, by in changes.of(state, 2):
            note(f"key {what}", right, by)
        note("key unknown", right, None)
        for seconds in (-1, 0, 1):
            gone = replace(state, revoked=NOW + timedelta(seconds=seconds))
            note(f"key revoked {seconds:+} s", right, gone)
            note(f"key revoked {seconds:+} s, taken down later", right, gone, NOW + timedelta(seconds=2))
    return found


def longer(act: Act) -> list[tuple[str, Act]]:
    """An act whose texts are as long as they may be, and one longer; and one that only the clock may say."""
    made = [
        (f".{name} of {length}", replace(act, **{name: "x" * length}))
        for name, most in (("actor", 120), ("key", 64), ("nonce", 64))
        for length in (most, most + 1)
    ]
    made += [
        (".body of the largest integer", replace(act, body={**act.body, "n": 2**53 - 1})),
        (".body of too large an integer", replace(act, body={**act.body, "n": 2**53})),
        (".body with U+0000", replace(act, body={**act.body, "reason": "a\0b"})),
        (".body of many bytes", replace(act, body={**act.body, "reason": "x" * (512 * 1024)})),
        (".body of nearly as many", replace(act, body={**act.body, "reason": "x" * (511 * 1024)})),
        (".legal said", replace(act, legal=act.claimed)),
        (".legal said by the clock", replace(act, legal=act.claimed, actor=CLOCK)),
    ]
    return made


TOLD = {
    **{name: partial(on_keys, name) for name in KEYS},
    "signed alone": partial(incoming, True),
    "signed with another": partial(incoming, False),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, on_keys(name)) == {}


@pytest.mark.parametrize("alone", [True, False])
def test_what_is_said_of_a_signed_act_is_what_was_said(alone):
    right = json.loads(KEPT.read_text(encoding="utf-8"))["signed alone" if alone else "signed with another"]
    told = incoming(alone)
    assert {answer: names for answer, names in told.items() if right.get(answer) != names} == {}
    assert told == right
