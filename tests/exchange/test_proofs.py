"""Certificates to take away: as a credential and on paper, checked offline by what is known of their issuer."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import msgspec
import pytest
from consent_cast import on
from consent_room import SELLER, SMELTER
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pypdf import PdfReader

from meguri.exchange.proofs import checking, issuing, known, paper, signed, statuses
from meguri.exchange.proofs.commands import as_json
from meguri.journal.signatures import signing
from meguri.kit import clock
from meguri.kit.problems import MeguriError, NotFound, Refused
from meguri.movement import services as movements
from meguri.portal import cli

PLACES = (0.1, 0.5, 0.9, 0.999)


def own():
    statement = issuing.statement()
    return {statement.node: statement}


def check(data, statements=None, days=0, scope=None):
    told = own() if statements is None else statements
    return checking.check(data, told, clock.now() + timedelta(days=days), scope)


def files(certified):
    found = issuing.issued(*issuing.find(certified[0]))
    return found, issuing.jwt(found).encode(), paper.pdf(found)


def test_a_certificate_is_good_on_paper_and_as_a_credential(certified):
    found, jwt, pdf = files(certified)
    for data in (jwt, pdf):
        assert as_json(check(data, days=3, scope=issuing.own_scope)) == {
            "valid": True,
            "kind": "certificate",
            "number": found.content.number,
            "issuer": "organisation:smelter",
            "checks": {"signature": True, "status": True, "scope": True, "digest": True},
            "status_age_days": 3,
        }
    # The same certificate is the same file.
    assert files(certified)[1:] == (jwt, pdf)
    assert {issuing.find(name) for name in certified} == {("certificate", certified[2])}


def test_the_paper_says_it_in_words(certified):
    found, _, pdf = files(certified)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    bare = "".join(text.split())
    for said in (found.content.number, "In part: 500.000 of 1", found.content.digest[:32], "estimated from figures"):
        assert "".join(said.split()) in bare, said
    assert b"pdfaid" in pdf


@pytest.mark.parametrize("place", PLACES)
def test_a_paper_in_which_anything_is_changed_is_not_good(certified, place):
    _, _, pdf = files(certified)
    at = int(len(pdf) * place)
    changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
    try:
        found = check(changed)
    except ValueError:
        return
    assert not found.valid


def test_a_paper_to_which_something_is_added_is_not_good(certified):
    _, jwt, pdf = files(certified)
    assert check(pdf + b"\n").checks.digest is False
    # A credential that was made for a paper is none without it, and one without a paper makes none good.
    (slot,) = {match.group(1) for match in checking.SLOT.finditer(pdf)}
    assert check(slot).checks.digest is False
    assert check(pdf.replace(slot, jwt)).checks.digest is False


def test_a_credential_that_was_changed_or_signed_by_another_is_not_good(certified):
    _, jwt, _ = files(certified)
    header, body, signature = jwt.decode().split(".")
    told = json.loads(signing.unb64(body))
    told["meguri"]["content"]["metals"][0]["grams"] += 1
    forged = ".".join([header, signing.b64(json.dumps(told).encode()), signature]).encode()
    assert (check(forged).checks.signature, check(forged).checks.digest) == (False, False)
    stranger = signing.new_key()
    token = signed.read(jwt.decode())
    assert not check(signed.write(stranger, token.kid, "vc+jwt", token.told).encode()).valid
    other = signed.kid("elsewhere", "key")
    assert check(signed.write(stranger, other, "vc+jwt", token.told).encode()).checks.signature is False


def test_a_key_counts_only_within_its_span(certified):
    _, jwt, _ = files(certified)
    (statement,) = own().values()
    for changes in ({"revoked": on("2025-12-01")}, {"since": on("2025-12-23")}):
        keys = tuple(replace(key, **changes) for key in statement.keys)
        assert not check(jwt, {statement.node: replace(statement, keys=keys)}).valid
    keys = tuple(replace(key, revoked=on("2025-12-31")) for key in statement.keys)
    assert check(jwt, {statement.node: replace(statement, keys=keys)}).valid


def test_what_nobody_told_is_not_known_and_not_good(certified):
    _, jwt, _ = files(certified)
    found = check(jwt, {})
    assert (found.valid, found.status_age_days) == (False, None)
    assert (found.checks.signature, found.checks.status) == (None, None)
    (statement,) = own().values()
    found = check(jwt, {statement.node: replace(statement, lists={})})
    assert (found.valid, found.checks.signature, found.checks.status) == (False, True, None)


def test_what_was_revoked_is_told_as_far_as_it_is_known(certified):
    movement, _, name = certified
    _, jwt, pdf = files(certified)
    before = own()
    movements.revoke("smelter", movement, name, ["wrong_amount"])
    for data in (jwt, pdf):
        assert check(data).checks.status is False
        found = check(data, before, days=40)
        assert (found.valid, found.status_age_days) == (True, 40)
    assert issuing.issued("certificate", name).revoked


def test_outside_the_licence_of_its_issuer_nothing_is_good(certified):
    found, jwt, _ = files(certified)
    assert [one.number for one in found.authority] == ["15-1"]
    late = found.content.happened + timedelta(seconds=1)
    for authority in (
        (),
        tuple(replace(one, holder="facility:other") for one in found.authority),
        tuple(replace(one, since=late) for one in found.authority),
    ):
        narrow = check(issuing.jwt(found._replace(authority=authority)).encode())
        assert (narrow.valid, narrow.checks.scope) == (False, False)
    assert check(jwt, scope=lambda proof: False).checks.scope is False
    proof = check(jwt).proof
    assert issuing.own_scope(proof) is True
    elsewhere = msgspec.structs.replace(proof, content=replace(proof.content, node="elsewhere"))
    assert issuing.own_scope(elsewhere) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 nothing",
        b"a.b.c",
        b"{}",
        b"\xff\xfe",
        b"%PDF-" + b"meguri-proof:" + b"0" * 200,
        b"x" * 5_000_001,
        b".".join([signing.b64(b"{}").encode()] * 3),
    ],
)
def test_what_is_no_certificate_is_unreadable(data):
    with pytest.raises(ValueError):
        checking.check(data, {}, clock.now())


def test_a_certificate_is_shown_to_whom_its_movement_is(certified):
    movement, lot, name = certified
    for who in (SELLER, SMELTER):
        assert issuing.find(movement, who) == ("certificate", name)
    for asked in (movement, lot, name, "certificate:" + name):
        with pytest.raises(NotFound):
            issuing.find(asked, "organisation:stranger")
    with pytest.raises(NotFound):
        issuing.find("nothing")
    with pytest.raises(MeguriError):
        issuing.issued("certificate", "none")


def run(*arguments, capsys):
    status = cli.main(list(arguments))
    return status, capsys.readouterr()


def test_the_commands_write_and_check_files(certified, settings, tmp_path, capsys):
    settings.ON_START, settings.CLOCK = (), ""
    movement, lot, _ = certified
    for name, asked in (("a.pdf", movement), ("b.jwt", lot)):
        status, told = run("certificate", asked, "--out", str(tmp_path / name), "--json", capsys=capsys)
        assert (status, json.loads(told.out)["kind"]) == (0, "certificate"), told
        status, told = run("verify", str(tmp_path / name), "--json", capsys=capsys)
        assert (status, json.loads(told.out)["valid"]) == (0, True)
        status, told = run("verify", str(tmp_path / name), capsys=capsys)
        assert (status, "good" in told.out) == (0, True)
    (tmp_path / "bad").write_bytes(b"no")
    status, told = run("verify", str(tmp_path / "bad"), "--json", capsys=capsys)
    assert (status, json.loads(told.out)["valid"]) == (2, False)
    assert run("verify", str(tmp_path / "none"), "--json", capsys=capsys)[0] == 2
    assert run("certificate", movement, "--out", str(tmp_path / "a.txt"), capsys=capsys)[0] != 0


def test_a_statement_is_saved_and_read_again(certified, tmp_path):
    (statement,) = own().values()
    known.keep(tmp_path, statement)
    assert known.saved(tmp_path) == {statement.node: statement}
    (tmp_path / "issuers" / "broken.json").write_text("{")
    assert known.saved(tmp_path) == {statement.node: statement}
    with pytest.raises(Refused):
        known.read(b"[]", "x")


@given(st.sets(st.integers(0, statuses.ENTRIES - 1), max_size=20))
def test_a_list_says_of_each_place_whether_it_is_revoked(revoked):
    bits = statuses.decoded(statuses.encoded(revoked))
    assert len(bits) * 8 == statuses.ENTRIES >= 131_072
    near = {at + by for at in revoked for by in (-1, 0, 1) if 0 <= at + by < statuses.ENTRIES}
    assert {at for at in near if statuses.is_set(bits, at)} == revoked
    assert sum(byte.bit_count() for byte in bits) == len(revoked)


@pytest.mark.parametrize("text", ["", "u", "zabc", "u" + signing.b64(b"no gzip"), "uH4sI"])
def test_what_is_no_list_is_none(text):
    with pytest.raises(ValueError):
        statuses.decoded(text)
