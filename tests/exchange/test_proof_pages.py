"""Pages of certificates and claims, and the page on which anybody checks one."""

from __future__ import annotations

import json
from datetime import date

import pytest
from consent_cast import KG
from consent_room import SMELTER
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meguri.custody import services as custody
from meguri.custody.assays.states import AssayedElement
from meguri.custody.claims.states import AccountKey
from meguri.custody.services import claims, samples
from meguri.exchange.proofs import checking, issuing, paper
from meguri.kit import clock
from meguri.kit.models import Membership
from meguri.movement import services as movements
from meguri.movement.states import Bag
from meguri.registry import services as registry

COPPER = AccountKey("copper", "Cu", "iso-14021", "mass_balance_credit", "")


def signed_in(organisation) -> Client:
    user = get_user_model().objects.create_user(username=organisation.partition(":")[2], password="x" * 20)
    Membership.objects.create(user=user, organisation=organisation)
    client = Client()
    client.force_login(user)
    return client


def page(client, address, status=200):
    response = client.get(address + ("&" if "?" in address else "?") + "lang=en")
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


@pytest.fixture
def claimed(certified, cast):
    """An account of the smelter with one claim, which went over to the buyer: account, first claim, second claim."""
    registry.admit("yard-jp", {"en": "Home yard"}, "JPN", ("collector",))
    registry.site("yard-jp", {"en": "Home yard"}, "JPN", 34.6, 133.9, facility="home")
    lots = [custody.collect("organisation:yard-jp", "home", "circuit-boards", 1000 * KG) for _ in range(2)]
    custody.dispatch("organisation:yard-jp", lots, SMELTER)
    custody.receive(SMELTER, "works", [Bag(lot=lot, received_g=1000 * KG, accepted=True) for lot in lots])
    sample = samples.draw(
        SMELTER,
        lots,
        buyer=SMELTER,
        parts=samples.sealed_parts(200, both=False, prefix="P"),
        method="Increments",
        increments=40,
        top_size_um=10_000,
        moisture_ppb=0,
    )
    samples.lay(SMELTER, sample, [AssayedElement("Cu", 200_000_000, 2_000_000, "icp")])
    samples.settle(SMELTER, sample)
    weighed = {"element:Cu": 190 * KG, "slag": 800 * KG}
    first = custody.smelt(SMELTER, [lots[0]], outputs=weighed, loss_g=10 * KG, loss_reason="gas")
    cast("2026-01-01")
    account = claims.open_account(
        SMELTER, "works", COPPER, date(2026, 1, 1), date(2026, 3, 31), measured_by=[first.event]
    )
    claims.book(SMELTER, account, [lots[1]], "post_consumer")
    claim = claims.claim(SMELTER, account, [(first.metals["Cu"], 100 * KG)])
    second = claims.transfer(SMELTER, claim, "buyer")
    return account, claim, second


def test_a_certificate_is_listed_shown_and_taken_away(certified):
    movement, _, name = certified
    client = signed_in(SMELTER)
    number = issuing.issued("certificate", name).content.number
    assert number in page(client, "/certificates/")
    told = page(client, f"/certificates/{name}")
    assert "In part" in told
    assert "in force" in told
    for ending in ("pdf", "jwt"):
        response = client.get(f"/certificates/{name}/file.{ending}")
        assert response.status_code == 200
        statement = issuing.statement()
        assert checking.check(response.content, {statement.node: statement}, clock.now(), issuing.own_scope).valid
    assert client.get(f"/certificates/{name}/file.exe").status_code == 404
    movements.revoke("smelter", movement, name, ["wrong_amount"], "typing")
    told = page(client, f"/certificates/{name}")
    assert "The amount was wrong" in told
    assert "typing" in told
    stranger = signed_in("organisation:stranger")
    for address in (f"/certificates/{name}", f"/certificates/{name}/file.pdf"):
        assert stranger.get(address).status_code == 404
    assert number not in page(stranger, "/certificates/")


def test_accounts_and_claims_are_shown_to_whom_they_concern(claimed):
    account, claim, second = claimed
    smelter, buyer, stranger = signed_in(SMELTER), signed_in("organisation:buyer"), signed_in("organisation:stranger")
    told = page(smelter, "/claims/")
    assert account in told
    assert "transferred" in told
    told = page(smelter, f"/claims/accounts/{account}")
    assert "90.000" in told
    assert "-100.000" in told
    assert "It is not said to be in this item." in page(buyer, f"/claims/{second}")
    assert second in page(buyer, "/claims/?show=claims")
    assert claims.claim_of(second).holder == "organisation:buyer"
    for address in (f"/claims/accounts/{account}", f"/claims/{second}"):
        assert stranger.get(address).status_code == 404
    assert buyer.get(f"/claims/accounts/{account}").status_code == 404
    statement = issuing.statement()
    for name, valid in ((claim, False), (second, True)):
        for data in (paper.pdf(issuing.issued("claim", name)), issuing.jwt(issuing.issued("claim", name)).encode()):
            found = checking.check(data, {statement.node: statement}, clock.now(), issuing.own_scope)
            assert (found.valid, found.checks.status) == (valid, valid)
    told = buyer.get(f"/api/claims/{second}").json()
    assert (told["holder"], told["grams"], told["origin"]) == ("organisation:buyer", 100 * KG, claim)
    assert smelter.get(f"/api/accounts/{account}").json()["claimed_g"] == 100 * KG
    assert stranger.get(f"/api/claims/{second}").status_code == 404
    claims.retire("organisation:buyer", second, "A carmaker")
    assert "A carmaker" in page(buyer, f"/claims/{second}")


def sent(client, **given):
    return client.post("/verify?lang=en", given)


def test_anybody_checks_a_file_or_a_number(certified):
    movement, _, name = certified
    found = issuing.issued("certificate", name)
    client = Client()
    assert "Is this certificate" in page(client, "/verify")
    for data, file in ((paper.pdf(found), "a.pdf"), (issuing.jwt(found).encode(), "a.jwt")):
        response = sent(client, file=SimpleUploadedFile(file, data))
        assert response.status_code == 200
        assert found.content.number in response.content.decode()
        assert "not good" not in response.content.decode()
    changed = paper.pdf(found).replace(b"%PDF-1.7", b"%PDF-1.6")
    assert "not good" in sent(client, file=SimpleUploadedFile("a.pdf", changed)).content.decode()
    told = sent(client, number=found.content.number).content.decode()
    assert found.content.digest in told
    assert movement not in told
    movements.revoke("smelter", movement, name, ["wrong_amount"])
    assert "no longer in force" in sent(client, number=found.content.number).content.decode()
    for given in ({}, {"number": "none"}, {"file": SimpleUploadedFile("a", b"x")}):
        assert sent(client, **given).status_code == 422


def test_what_the_node_says_of_itself_is_enough_to_check_elsewhere(certified):
    client = Client()
    response = client.get("/proofs/issuer.json")
    told = json.loads(response.content)
    assert response["Access-Control-Allow-Origin"] == "*"
    statement = checking.IssuerStatement(node=told["node"], keys=issuing.statement().keys, lists=told["lists"])
    jwt = issuing.jwt(issuing.issued("certificate", certified[2])).encode()
    assert checking.check(jwt, {told["node"]: statement}, clock.now()).valid
    assert client.get("/proofs/status/0").content.decode().count(".") == 2
    assert client.get("/proofs/status/7").status_code == 404


def test_a_facility_revokes_on_a_page(certified):
    movement, _, name = certified
    client = signed_in(SMELTER)
    address = f"/certificates/{name}/revoke"
    assert address in page(client, f"/certificates/{name}")
    assert "The amount was wrong" in page(client, address)
    for given in ({}, {"reason": ["other"]}, {"reason": ["whim"]}):
        assert client.post(address, given).status_code == 422
    assert signed_in("organisation:seller").post(address, {"reason": ["contamination"]}).status_code in (403, 409, 422)
    assert client.post(address, {"reason": ["contamination", "other"], "text": "Sand"}).status_code == 302
    assert movements.arrival(movement).in_force == ()
    assert client.post(address, {"reason": ["contamination"]}).status_code in (409, 422)
