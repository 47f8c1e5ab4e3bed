"""The description of the API holds: every answer of every operation fits what the description says of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import jsonschema
import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.custody import services
from meguri.custody.assays.states import AssayedElement
from meguri.custody.claims.states import AccountKey
from meguri.custody.models import Event, Lot
from meguri.custody.services import claims
from meguri.custody.services import samples as assaying
from meguri.journal import listing
from meguri.journal.models import ActRow
from meguri.kit import clock
from meguri.kit.web.requests.covering import SCOPES
from meguri.kit.work import jobs
from meguri.movement.states import Bag
from meguri.registry import services as registry
from meguri.systems import delivery
from meguri.systems.models import AccessToken, ActDraft, Webhook

from .conftest import YARD, Caller, collected

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


@pytest.fixture
def described(db):
    return Client().get("/api/openapi.json").json()


class Contract:
    """Asks operations, and judges what they answer by the description."""

    def __init__(self, described, caller):
        self.described, self.caller = described, caller
        self.judged = {}

    def ask(self, method, address, body=None, **headers):
        """Ask, and return the answer once it fits."""
        answer = self.caller(method, address, body, **headers)
        self.judge(method, address, answer)
        return answer

    def operation(self, method, address):
        path = address.partition("?")[0]
        for template, does in self.described["paths"].items():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method.lower() in does:
                return template, does[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    def judge(self, method, address, answer):
        template, one = self.operation(method, address)
        said = one["responses"].get(str(answer.status_code)) or one["responses"]["default"]
        if answer.status_code < 400:
            assert str(answer.status_code) in one["responses"], (method, address, answer.status_code)
        if "$ref" in said:
            said = self.described["components"]["responses"][said["$ref"].rpartition("/")[2]]
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status_code == 204:
            assert answer.content == b""
        else:
            assert kind in said["content"], (method, address, answer.status_code, kind)
        if kind.endswith("json"):
            whole = {**said["content"][kind]["schema"], "components": self.described["components"]}
            if kind == "application/x-ndjson":
                answer.lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
            for one in answer.lines if kind == "application/x-ndjson" else [answer.json()]:
                jsonschema.Draft202012Validator(whole).validate(one)
        self.judged.setdefault((method, template), set()).add(answer.status_code)


def test_the_document_is_whole(described):
    """Every operation has words, an id, a schema for what it answers, and problems; every reference leads."""
    assert described["openapi"].startswith("3.1")
    ids = []
    for path, does in described["paths"].items():
        for method, one in does.items():
            ids.append(one["operationId"])
            assert re.fullmatch(r"[a-z_]+", one["operationId"]), one["operationId"]
            assert one["summary"]
            assert one["description"]
            good = [said for status, said in one["responses"].items() if status[0] == "2"]
            assert good, path
            for said in good:
                assert said["description"]
                assert said.get("content") or method == "delete", (method, path)
            assert one["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
            if "{" in path:
                named = {p["name"] for p in one["parameters"] if p["in"] == "path"}
                assert named == set(re.findall(r"{(\w+)}", path))
            if method in ("post", "put") and not path.endswith(("/sign", "/on", "/off")):
                assert one["requestBody"]["required"], path
            for way in one.get("security", ()):
                for scheme, scopes in way.items():
                    assert scheme in described["components"]["securitySchemes"]
                    assert set(scopes) <= set(SCOPES)
    assert len(ids) == len(set(ids)) > 40
    assert set(described["components"]["securitySchemes"]) == {"token", "signedActs"}
    text = json.dumps(described)
    for at in set(re.findall(r'"\$ref": "#/components/(\w+/\w+)"', text)):
        group, name = at.split("/")
        assert name in described["components"][group], at
    for name, schema in described["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert name


def test_examples_fit_their_schemas(described):
    seen = 0

    def walk(value):
        nonlocal seen
        if isinstance(value, dict):
            if "example" in value and "schema" in value:
                whole = {**value["schema"], "components": described["components"]}
                jsonschema.Draft202012Validator(whole).validate(value["example"])
                seen += 1
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(described)
    assert seen >= 6


def claim_gold(smelter, site):
    """The smelter takes boards in from a yard of its economy, samples them with it, and claims what they hold."""
    yard = registry.admit("nagoya-yard", {"en": "Nagoya Yard"}, "JPN", ("collector", "dismantler"))
    works = registry.site(yard, {"en": "Nagoya works"}, "JPN", 35.1, 136.9, facility="nagoya-works")
    lot = services.collect(yard, works, "circuit-boards", 1_000_000)
    services.dispatch(yard, [lot], smelter)
    services.receive(smelter, site, [Bag(lot=lot, received_g=1_000_000, accepted=True)])
    sample = assaying.draw(
        smelter, [lot], seller=yard, buyer=smelter, umpire="organisation:demo-ibis-umpire",
        parts=assaying.sealed_parts(200, both=True, prefix="C"), method="Increments", increments=40, top_size_um=10_000,
        moisture_ppb=20_000_000,
    )  # fmt: skip
    for side in (yard, smelter):
        assaying.lay(side, sample, [AssayedElement("Au", 160_000, 3_200, "fire-assay")])
    assaying.exchange(smelter, sample)
    assaying.settle(smelter, sample)
    (melted,) = (row.pk for row in Event.objects.all() if row.value.step == "smelting")
    key, begins = AccountKey("precious", "Au", "iso-14021", "book_and_claim", ""), clock.today()
    account = claims.open_account(smelter, site, key, begins, begins + timedelta(days=60), measured_by=[melted])
    claims.book(smelter, account, [lot], "post_consumer")
    claims.claim(smelter, account, grams=100)


def test_every_answer_fits_its_description(described, played, settings, tmp_path, monkeypatch):
    """Every operation, asked as it should be and as it should not."""
    settings.DATA = tmp_path
    settings.WEBHOOKS_INNER = True
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    who = "organisation:demo-selangor-yard"
    ask = Contract(described, Caller(who)).ask
    contract = ask.__self__
    from meguri.journal.services import delegate, seal

    other = next(one for one in played if one.startswith("organisation:demo-") and one != who)
    delegate(who, other, ("custody.collect",), clock.now() + timedelta(days=30))
    seal()
    authority = Contract(described, Caller("organisation:mys-doe", "read"))
    authority.judged = contract.judged
    for listed in listing.every():
        for line in authority.ask("GET", f"/api/{listed.name}?limit=3").json()["items"]:
            authority.ask("GET", line["href"])
        page = ask("GET", f"/api/{listed.name}?limit=3").json()
        ask("GET", f"/api/{listed.name}?limit=0")
        for line in page["items"]:
            ask("GET", line["href"])
        ask("GET", f"/api/{listed.name}/nothing")
    for address in ("/api/feed?limit=5", "/api/alerts?limit=5", "/api/token", "/api/kinds", "/api/acts?limit=5"):
        ask("GET", address)
    for line in ask("GET", "/api/acts?limit=9").json()["items"]:
        for rest in ("", "/proof", "/bundle"):
            ask("GET", line["href"] + rest)
    for lot in Lot.objects.all()[:40]:
        ask("GET", f"/api/lots/{lot.pk}/trace")
        ask("GET", f"/api/lots/{lot.pk}/trace?down=1")
    ask("GET", "/api/checkpoint")
    ask("GET", "/api/checkpoint", accept="application/json")
    ask("GET", "/api/checkpoint/consistency?from=1")
    ask("GET", "/api/checkpoint/consistency?from=x")
    for member in played:
        Contract(described, Caller(member, "read")).ask("GET", "/api/balance")
    ask("GET", "/api/balance")
    lanes = "from=MYS&to=JPN&stream=circuit-boards&operation=R4"
    for query in (lanes, lanes + "&via=SGP&fact=hazardous=true", "from=JPN&to=MYS&stream=printers", "from=x"):
        ask("GET", f"/api/verdict?{query}")
    importer, works = next(iter(registry.importers_in("JPN"))), next(iter(registry.facilities_for("JPN", "R4")))
    today = clock.today()
    period = f"period_from={today}&period_to={today + timedelta(days=30)}"
    notice = f"/api/notification?{lanes}&on={today}&importer={importer}&facility={works}&{period}&description=Boards"
    assert ask("GET", f"{notice}&total_kg=1000").status_code == 200
    for query in ("&total_kg=x", "", "&total_kg=1&unknown=1"):
        assert ask("GET", notice + query).status_code == 422
    for query in ("economy=MYS", lanes, "economy=x"):
        ask("GET", f"/api/law/timeline?{query}")
    for query in ("to=JPN&stream=circuit-boards", "from=JPN&stream=circuit-boards&operation=R4", ""):
        ask("GET", f"/api/law/matrix?{query}")
    ask("POST", "/api/law/diff", {"draft": "x"})
    lane = {"stream": "circuit-boards", "origin": "MYS", "destination": "JPN", "operation": "R4"}
    assert len(ask("POST", "/api/verdicts", {"questions": [lane, {}, {**lane, "on": "x"}]}).lines) == 3
    ask("POST", "/api/verdicts", {"questions": []})
    for address in ("/api/arisings", "/api/arisings/series", "/api/arisings/series?variable=x", "/api/plans"):
        ask("GET", address)
    ask("GET", "/api/plans/reference")
    ask("GET", "/api/plans/nothing")

    site = "demo-selangor-yard-site"
    made = ask("POST", "/api/drafts", {"acts": [collected(facility=site)]}).json()
    ask("POST", "/api/drafts", {"acts": []})
    ask("GET", "/api/drafts")
    ask("GET", made["href"])
    ask("PUT", made["href"], {"acts": [collected(facility=site, grams=5)]})
    ask("GET", f"{made['href']}/to-sign?key=x")
    assert ask("POST", f"{made['href']}/sign").status_code == 200
    ask("DELETE", made["href"])
    ask("DELETE", ask("POST", "/api/drafts", {"acts": [collected()]}).json()["href"])
    hook = ask("POST", "/api/webhooks", {"url": "http://127.0.0.1:65001/", "after": "0"}).json()["webhook"]
    ask("POST", "/api/webhooks", {"url": "x"})
    delivery.deliver()
    for method, rest, body in (
        ("GET", "", None), ("POST", "/off", None), ("POST", "/on", None), ("POST", "/replay", {"after": "1"}),
        ("DELETE", "", None), ("GET", "", None),
    ):  # fmt: skip
        ask(method, hook["href"] + rest, body)
    ask("GET", "/api/webhooks")
    row = ActRow.objects.order_by("number").first()
    signed = {"act": json.loads(bytes(row.canonical)), "signature": json.loads(bytes(row.signature))}
    assert ask("POST", "/api/acts", signed).status_code == 200
    ask("POST", "/api/acts", [signed])
    ask("POST", "/api/acts", {})

    importer = Contract(described, Caller("organisation:demo-seto-importer"))
    about = "about=licence:demo-importer-certificate&kind=licence&name=a.txt"
    paper = importer.ask("POST", f"/api/papers?{about}", {"text": "a licence"}).json()
    importer.ask("POST", f"/api/papers?{about}x", {})
    for address in ("/api/papers", f"/api/papers/{paper['id']}", paper["href"], "/api/papers/x", "/api/papers?limit=0"):
        importer.ask("GET", address)
    contract.judged |= importer.judged
    smelter = Contract(described, Caller("organisation:demo-seto-smelter"))
    claim_gold("organisation:demo-seto-smelter", "demo-seto-smelter-site")
    for name in ("samples", "accounts", "claims"):
        found = smelter.ask("GET", f"/api/{name}").json()["items"]
        assert found
        for line in found:
            smelter.ask("GET", line["href"])
    contract.judged |= smelter.judged

    every = {(method.upper(), path) for path, does in described["paths"].items() for method in does}
    assert every == set(contract.judged)
    # What only long work answers, or a key of one's own, is asked where that is tested.
    rarely = {
        "/api/plans/{key}",
        "/api/drafts/{id}/to-sign",
        "/api/law/diff",
        "/api/arisings/series",
    }
    never = {path for (_, path), statuses in contract.judged.items() if not {200, 201, 204} & statuses}
    assert never <= rarely


def test_a_draft_for_a_held_key_fits_too(described, house):
    from meguri.journal import services as journal
    from meguri.journal.signatures import signing

    private = signing.new_key()
    proof = signing.prove_key(private, house.NODE, YARD)
    key = journal.enrol(YARD, "held", public=signing.public_text(private), proof=proof)
    ask = Contract(described, Caller(YARD)).ask
    made = ask("POST", "/api/drafts", {"acts": [collected()]}).json()
    whole = ask("GET", f"{made['href']}/to-sign?key={key}").json()["acts"][0]
    jws = f"{whole['input']}.{signing.b64(private.sign(whole['input'].encode()))}"
    assert ask("POST", "/api/acts", {"act": whole["act"], "signature": {"jws": jws}}).status_code == 201


DRAWN = settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@DRAWN
@given(data=st.data())
def test_whatever_is_asked_the_answer_fits(described, house, data):
    """Arguments and bodies drawn from the description itself, right ones and wrong ones."""
    operations = [(m, p, one) for p, does in described["paths"].items() for m, one in does.items()]
    AccessToken.objects.all().delete()
    caller = Caller(YARD)
    contract = Contract(described, caller)
    for method, path, one in data.draw(st.lists(st.sampled_from(operations), min_size=6, max_size=6)):
        if path.startswith(("/api/arisings", "/api/plans", "/api/law")):
            continue
        query = []
        address = path
        for parameter in one["parameters"]:
            value = data.draw(st.one_of(st.just("1"), st.just(""), st.text("abc019.:-_@é%", max_size=12)))
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", re.sub(r"[/?#%. ]", "", value) or "x")
            elif data.draw(st.booleans()):
                query.append(f"{parameter['name']}={value}")
        body = None
        if "requestBody" in one:
            content = one["requestBody"]["content"].get("application/json", {})
            body = data.draw(st.one_of(JSONS, st.just(content["example"])) if "example" in content else JSONS)
        cache.clear()
        answer = contract.ask(method.upper(), address + ("?" + "&".join(query) if query else ""), body)
        assert answer.status_code < 500
    ActDraft.objects.all().delete()
    Webhook.objects.all().delete()
