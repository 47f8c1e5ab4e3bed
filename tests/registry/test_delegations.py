"""An organisation lets another act for it: in named things, until a day; both names stand on the act."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from django.test import Client

from meguri.buying.board import PricePaid
from meguri.journal import kinds, wording
from meguri.journal import services as journal
from meguri.journal.act import Act, SaidFor
from meguri.journal.delegating import held
from meguri.journal.entry import terms
from meguri.journal.log import verification
from meguri.journal.models import ActRow
from meguri.journal.signatures import keyring, signing
from meguri.kit import clock
from meguri.kit.models import SecondPerson
from meguri.kit.people import accounts
from meguri.kit.problems import Conflict, MeguriError, NotAllowed
from meguri.registry import services
from meguri.registry.states import CheckAnswer
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
KEPT = Path(__file__).parent.parent / "kept"
NOW = datetime(2026, 5, 1, 3, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)
GIVER, AGENT, STRANGER = "organisation:giver", "organisation:agent", "organisation:stranger"
ITS = ("custody.collect", "registry.describe")


@pytest.fixture
def now():
    """The present, which tests move."""
    at = [NOW]
    use_clock(lambda: at[0])
    yield at
    use_clock(None)


@pytest.fixture
def cast(now, settings):
    """A company, whoever acts for it, and a stranger."""
    settings.DEMONSTRATION = False
    for who in (GIVER, AGENT, STRANGER):
        services.admit(who, {"en": who.partition(":")[2].title()}, "MYS", ("dismantler", "exporter"))
    return now


def describe(name="New name", actor=GIVER):
    return services.describe(actor, {"en": name})


def told(receipt):
    return journal.entry(receipt.id).act


def code(error):
    return error.value.problems[0].code


def forged(kind, body, by, delegation, key_of, claimed=None, actor=GIVER):
    """An act signed with the service's key of `key_of` that says whatever it likes of who lets whom."""
    key = journal.attested_key(key_of)
    act = journal.act_of(actor, key, journal.Utterance(kind, body, claimed))
    act = msgspec.structs.replace(act, by=SaidFor(by, delegation)) if by else act
    return signing.Signed(act, signing.sign_acts(keyring.private(key), [act.id])[0])


def test_an_act_for_another_is_signed_by_who_says_it_and_names_both(cast, client):
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL, text="Paperwork")
    with journal.spoken_by(AGENT):
        act = told(describe())
    assert (act.actor, act.speaker, act.by) == (GIVER, AGENT, SaidFor(AGENT, given))
    assert act.key == journal.attested_key(AGENT)
    assert services.organisation(GIVER).names == {"en": "New name"}
    for page in (client.get(f"/journal/acts/{act.id}?lang=en"), client.get("/journal/?lang=en")):
        assert "Agent for New name" in page.content.decode()
    line = client.get(f"/api/acts?subject={GIVER}").json()["items"][0]
    assert (line["actor"], line["by"]) == (GIVER, AGENT)
    assert client.get(f"/api/acts/{act.id}").json()["act"]["by"] == {"organisation": AGENT, "delegation": given}
    own = client.get("/organisations/giver?lang=en").content.decode()
    held_page = client.get("/organisations/agent?lang=en").content.decode()
    for page in (own, held_page):
        assert f"/registry/delegations/{given}" in page
    assert "Paperwork" in client.get(f"/registry/delegations/{given}?lang=en").content.decode()
    (line,) = client.get(f"/api/delegations?giver={GIVER}").json()["items"]
    assert (line["id"], line["to"], line["kinds"]) == (given, AGENT, list(ITS))
    journal.seal()
    assert not verification.verify().findings
    assert journal.rebuild(check=True).identical


def test_nothing_is_said_for_another_without_its_delegation(cast):
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed) as refused:
        describe()
    assert code(refused) == "delegation"
    journal.delegate(GIVER, AGENT, ("custody.collect",), UNTIL)
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed) as refused:
        describe()
    assert "lets organisation:agent not say" in str(refused.value)
    with journal.spoken_by(STRANGER), pytest.raises(NotAllowed):
        describe()


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.every() if kind.body.__module__.startswith("meguri.")])
def test_no_kind_is_taken_of_who_is_not_let(cast, kind):
    """Whatever it says and whoever signs it: an act for another falls at its key or its delegation, before all else."""
    every = journal.delegate(GIVER, AGENT, wording.delegable(), UNTIL)
    lines = json.loads((KEPT / f"{kind}.{kinds.find(kind).version}.json").read_text())["acts"]
    for line in lines:
        kept = msgspec.convert(line["act"], Act)
        body = kinds.find(kind).decode(kept)

        def answer(by, delegation, key_of, actor=GIVER, body=body):
            with pytest.raises(MeguriError) as error:
                journal.record([forged(kind, body, by, delegation, key_of, actor=actor)])
            return code(error)

        ours = terms.of(kind).for_others
        early = {"subject", "home", "subjects"}
        assert answer("", "", AGENT) in {"key-owner", *early}
        assert answer(AGENT, "", AGENT) in {"subject", *early}
        assert answer(AGENT, "none", AGENT) in {"delegation", *early}
        assert answer(AGENT, every, GIVER) in {"key-owner", *early}
        assert answer(STRANGER, every, STRANGER) in {"delegation", *early}
        assert answer(AGENT, every, AGENT, STRANGER) in {"delegation", *early}
        if not ours:
            assert answer(AGENT, every, AGENT) in {"delegation", *early}


def test_what_is_let_is_a_column_of_every_table_of_kinds():
    every = {kind.name for kind in kinds.every() if kind.body.__module__.startswith("meguri.")}
    able = set(wording.delegable())
    assert able < every
    assert all(terms.of(kind).for_others == (kind in able) for kind in every)
    never = {kind for kind in every if {"authority", "operator", "owner", "node", "clock"} == set(terms.of(kind).who)}
    assert not able & never
    assert not {one for one in able if one.startswith(("journal.", "exchange."))}
    assert not able & {"consent.step", "consent.hold", "consent.release", "registry.grant", "registry.decide"}


def played_through(door):
    """The story of every kind, with a company of its own that says for each company what it can."""
    tables = tomllib.loads((KEPT / "every_kind.toml").read_text())
    public = {
        name for name, one in tables["organisation"].items() if "authority" in one or "auditor" in one.get("roles", ())
    }
    tables["organisation"]["go-between"] = {"economy": "MYS", "roles": []}
    companies = [name for name in tables["organisation"] if name not in public and name != "go-between"]
    first = [
        {"do": "delegate", "by": name, "to": "go-between", "at": datetime(2025, 8, 20, tzinfo=UTC).isoformat(),
         "until": "2026-12-31"}
        for name in companies
    ]  # fmt: skip
    tables["organisation"]["yard"]["roles"] = ["dismantler", "collector"]
    # What it closed itself nobody says for it, and what an organisation lets another do, it lets itself.
    itself = {"admit", "close", "delegate", "end-delegation"}
    for step in tables["step"]:
        step.pop("through", None)
        if step.get("by") in companies and step["do"] not in itself:
            step["through"] = "go-between"
            step["door"] = door
    tables["step"] = [step for step in tables["step"] if step["do"] not in ("delegate", "end-delegation")]
    tables["step"][:0] = first
    return json.loads(json.dumps(tables, default=str)), companies


def tell_what_no_verb_tells(stage):
    """Every kind that may be said for others and that no verb of a story tells, of companies of the story."""
    from meguri.buying import services as buying
    from meguri.papers import services as papers
    from test_kept import _tell_of_cases

    yard = stage.who("yard")
    _tell_of_cases(stage)
    papers.attach(stage.who("swan"), f"case:{stage.things['silent']['case']}", "contract", b"A.\n", "a.txt")
    services.describe(yard, services.organisation(yard).names)
    site = services.site(yard, {"en": "Hall"}, "MYS", 1, 2, facility="new-hall", actor=yard)
    services.alter(site, operations=["R12"])
    services.check(yard, site, "iso-59014", (CheckAnswer("iso-59014.1", "yes", "Chain"),), date(2026, 12, 1))
    licence = services.apply_for(yard, "mys-scheduled-waste-recovery", "mys-doe")
    services.step(licence, "withdraw", "Not now", actor=yard)
    buying.buy(yard, buying.register(yard, number="12340"), "new-hall", "cables", 2500, PricePaid("4", "MYR", "10"))


@pytest.mark.parametrize("door", ["service", "api"])
def test_every_kind_that_is_let_is_taken_and_names_both(door, settings):
    from meguri.play import performance, story

    settings.DEMONSTRATION = False
    tables, companies = played_through(door)
    stage, steps = performance.play(story.parse(tables), lambda played, step: None)
    wrong = [one for one in steps if one.expected is False or (one.refused and one.expected is None)]
    assert not wrong, wrong[0]
    with clock.running(lambda: stage.at), journal.spoken_by(stage.who("go-between")):
        tell_what_no_verb_tells(stage)
    said = {}
    for entry in journal.entries(ActRow.objects.order_by("number")):
        name = stage.named(entry.act.actor)
        if name in companies and entry.act.kind in wording.delegable():
            said.setdefault(entry.act.kind, set()).add(stage.named(entry.act.speaker))
    assert set(said) == set(wording.delegable())
    assert all(who == {"go-between"} for who in said.values()), said
    journal.seal()
    assert not verification.verify().findings
    assert journal.rebuild(check=True).identical


def test_it_is_let_from_its_day_until_its_day_and_no_longer_once_it_is_withdrawn(cast):
    start = NOW + timedelta(days=2)
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL, since=start)

    def tried(at):
        cast[0] = at
        with journal.spoken_by(AGENT):
            describe(str(at))

    for outside in (start - timedelta(milliseconds=1), UNTIL):
        with pytest.raises(NotAllowed) as refused:
            tried(outside)
        assert code(refused) == "delegation"
    tried(start)
    tried(UNTIL - timedelta(milliseconds=1))
    journal.end_delegation(GIVER, given, "Enough")
    with pytest.raises(NotAllowed):
        tried(cast[0])
    with pytest.raises(Conflict) as refused:
        journal.end_delegation(GIVER, given)
    assert code(refused) == "ended"


def test_both_instants_count(cast):
    """What was let when it is said to have happened is refused once it is not; and the other way round."""
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    key = journal.attested_key(AGENT)
    with journal.spoken_by(AGENT):
        body = services.acts.Describe(organisation=GIVER, names={"en": "Late"})
        act = journal.act_of(GIVER, key, journal.Utterance("registry.describe", body))
    signed = signing.Signed(act, signing.sign_acts(keyring.private(key), [act.id])[0])
    cast[0] = NOW + timedelta(minutes=3)
    journal.end_delegation(AGENT, given, "No time")
    cast[0] = NOW + timedelta(minutes=4)
    with pytest.raises(NotAllowed) as refused:
        journal.record([signed])
    assert code(refused) == "delegation"
    again = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    with pytest.raises(NotAllowed) as refused:
        journal.record([forged("registry.describe", body, AGENT, again, AGENT, claimed=NOW)])
    assert code(refused) == "delegation"


def test_neither_may_have_closed(cast):
    journal.delegate(GIVER, AGENT, ITS, UNTIL)
    other = journal.delegate(STRANGER, AGENT, ITS, UNTIL)
    services.close(STRANGER)
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed) as refused:
        describe(actor=STRANGER)
    assert code(refused) == "closed"
    journal.end_delegation(STRANGER, other)
    services.close(AGENT)
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed) as refused:
        describe()
    assert "Agent closed" in str(refused.value)


def test_who_decides_for_the_public_lets_nobody(cast):
    services.admit_authorities(["mys-doe"])
    doe = "organisation:mys-doe"
    with pytest.raises(NotAllowed) as refused:
        journal.delegate(doe, AGENT, ITS, UNTIL)
    assert code(refused) == "public-role"
    journal.delegate(GIVER, AGENT, ITS, UNTIL)
    services.assign(GIVER, "auditor", since=NOW)
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed) as refused:
        describe()
    assert code(refused) == "public-role"
    # An authority may be let by a company: it is the company that speaks then.
    journal.delegate(STRANGER, doe, ITS, UNTIL)
    with journal.spoken_by(doe):
        assert told(describe(actor=STRANGER)).speaker == doe


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"to": GIVER}, "self"),
        ({"to": "organisation:nobody"}, "unknown"),
        ({"to": "facility:x"}, "subject"),
        ({"kinds": ()}, "required"),
        ({"kinds": ("journal.delegate",)}, "not-delegable"),
        ({"kinds": ("registry.grant",)}, "not-delegable"),
        ({"kinds": ("custody.colect",)}, "not-delegable"),
        ({"until": NOW}, "span"),
        ({"until": NOW - timedelta(days=1)}, "span"),
        ({"until": NOW + timedelta(days=1099)}, "span"),
        ({"since": NOW - timedelta(seconds=1)}, "past"),
        ({"since": UNTIL}, "span"),
    ],
)
def test_what_cannot_be_let_says_so(cast, change, expected):
    fields = {"to": AGENT, "kinds": ITS, "until": UNTIL, **change}
    with pytest.raises(MeguriError) as refused:
        journal.delegate(GIVER, **fields)
    assert code(refused) == expected


def test_nobody_passes_on_what_was_let_and_nobody_else_ends_it(cast):
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    with journal.spoken_by(AGENT), pytest.raises(NotAllowed):
        journal.delegate(GIVER, STRANGER, ITS, UNTIL)
    journal.delegate(AGENT, STRANGER, ITS, UNTIL)
    with journal.spoken_by(STRANGER), pytest.raises(NotAllowed):
        describe()
    with pytest.raises(NotAllowed) as refused:
        journal.end_delegation(STRANGER, given)
    assert code(refused) == "owner"
    assert held.find(given).stands(NOW)


# -- the three doors ----------------------------------------------------------------------------------------------


def person(organisation, *duties):
    user = accounts.create_person(f"{organisation.partition(':')[2]}-{'-'.join(duties)}", "correct horse battery", "")
    accounts.join(user, organisation, duties or ("sign",))
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_person_gives_one_acts_by_it_and_ends_it_at_pages(cast):
    own, agent = person(GIVER, "sign"), person(AGENT, "sign")
    refused = own.post("/registry/delegations/new", {"to": AGENT, "until": "2026-05-30"})
    assert (refused.status_code, b"Choose at least one thing" in refused.content) == (422, True)
    answer = own.post("/registry/delegations/new", {"to": AGENT, "kinds": ITS, "until": "2026-05-30", "text": "Books"})
    page = answer.headers["Location"]
    assert held.find(page.rpartition("/")[2]).until == datetime(2026, 5, 30, 16, tzinfo=UTC)
    assert "Giver" in agent.get("/?lang=en").content.decode()
    assert agent.post("/act-for", {"organisation": f"{GIVER} {AGENT}"}).status_code == 302
    assert "Agent for Giver" in agent.get("/?lang=en").content.decode()
    form = {"name_en": "Renamed"}
    assert agent.post("/registry/organisations/giver/describe", form).status_code == 302
    act = journal.history(GIVER)[-1].act
    assert (act.actor, act.speaker) == (GIVER, AGENT)
    # What it does not name, what is for its own people, and what only its own person gives on.
    site = {"name_en": "Hall", "economy": "MYS", "lat": "3", "lon": "101"}
    lacking = agent.post("/registry/facilities/new?lang=en", site)
    assert (lacking.status_code, b"not say" in lacking.content) == (403, True)
    for closed in ("/organisation/people", "/systems/", "/drafts/", "/mail", "/calendar", "/registry/delegations/new"):
        assert agent.get(closed).status_code == 403, closed
    assert own.post(f"{page}/end", {"reason": "Done"}).status_code == 302
    assert agent.post("/registry/organisations/giver/describe", form).status_code == 404
    assert "Agent for" not in agent.get("/?lang=en").content.decode()


def test_only_who_signs_for_the_delegate_acts_and_four_eyes_are_not_gone_round(cast):
    journal.delegate(GIVER, AGENT, ITS, UNTIL)
    form, address = {"name_en": "Renamed"}, "/registry/organisations/giver/describe"
    prepares = person(AGENT, "prepare")
    prepares.post("/act-for", {"organisation": f"{GIVER} {AGENT}"})
    assert prepares.post(address, form).status_code == 403
    signs = person(AGENT, "sign")
    signs.post("/act-for", {"organisation": f"{GIVER} {AGENT}"})
    for whose in (GIVER, AGENT):
        SecondPerson.objects.create(organisation=whose, kind="registry.describe")
        answer = signs.post(f"{address}?lang=en", form)
        assert (answer.status_code, b"two people" in answer.content) == (403, True)
        SecondPerson.objects.all().delete()
    assert signs.post(address, form).status_code == 302


def test_nobody_chooses_to_act_for_who_has_not_let_them(cast):
    journal.delegate(STRANGER, AGENT, ITS, UNTIL)
    agent = person(AGENT, "sign")
    assert agent.post("/act-for", {"organisation": f"{GIVER} {AGENT}"}).status_code == 403
    assert agent.post("/act-for", {"organisation": f"{GIVER} {STRANGER}"}).status_code == 404
    assert agent.post("/act-for", {"organisation": GIVER}).status_code == 404
    assert agent.post("/act-for", {"organisation": f"{STRANGER} {AGENT}"}).status_code == 302
    # Who gets to decide for the public is seen and spoken for by its own people alone from then on.
    services.assign(STRANGER, "operator", since=NOW)
    assert agent.get("/registry/").status_code in (403, 404)
    assert agent.post("/act-for", {"organisation": f"{STRANGER} {AGENT}"}).status_code == 403


def test_a_system_acts_by_it_and_no_longer_once_it_is_withdrawn(cast):
    from meguri.systems import tokens

    given = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    text = tokens.make(AGENT, "books", ("read", "draft", "sign", "hooks"))[1]
    client = Client(raise_request_exception=False, headers={"authorization": f"Bearer {text}"})
    whom = {"meguri-for": "giver"}

    def draft(kind="registry.describe", body=None):
        body = {"organisation": GIVER, "names": {"en": "By a system"}} if body is None else body
        sent = {"acts": [{"kind": kind, "body": body}]}
        return client.post("/api/drafts", sent, content_type="application/json", headers=whom)

    made = draft().json()
    assert client.get("/api/drafts").json()["items"] == []
    assert [one["id"] for one in client.get("/api/drafts", headers=whom).json()["items"]] == [made["id"]]
    assert client.post(f"{made['href']}/sign").status_code == 404
    answer = client.post(f"{made['href']}/sign", headers=whom)
    assert answer.status_code == 200, answer.content
    act = journal.entry(answer.json()["receipts"][0]["id"]).act
    assert (act.actor, act.speaker) == (GIVER, AGENT)
    assert client.get(made["href"], headers=whom).json()["state"] == "recorded"
    # A kind that it does not name; webhooks, which are for its own; whom nobody let it act for.
    site = {"facility": "f1", "organisation": GIVER, "names": {"en": "F"}, "economy": "MYS", "lat": 1.0, "lon": 2.0}
    refused = client.post(f"{draft('registry.site', site).json()['href']}/sign", headers=whom)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "delegation")
    assert client.get("/api/webhooks", headers=whom).status_code == 403
    assert client.get("/api/cases", headers={"meguri-for": "stranger"}).status_code == 403
    waiting = draft().json()
    journal.end_delegation(GIVER, given)
    assert client.post(f"{waiting['href']}/sign", headers=whom).status_code == 403


def test_a_key_of_ones_own_acts_by_it_and_no_longer_once_it_is_withdrawn(cast, tmp_path, capsys, settings):
    from meguri.portal.cli import main

    settings.DEMONSTRATION = True
    own = signing.new_key()
    offered, offer = journal.offer_of("letter")
    public = signing.public_text(own)
    proof = signing.prove_key(own, settings.NODE, AGENT)
    journal.enrol(AGENT, "held", public=public, proof=proof, since=journal.EVER, offer=offer)
    journal.record([journal.acceptance(own, AGENT, offered, settings.NODE)])
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    key = tmp_path / "agent.key"
    key.write_text(json.dumps({"kty": "OKP", "crv": "Ed25519", "d": signing.b64(own.private_bytes_raw())}))

    def send(delegation=given):
        act = {
            "kind": "registry.describe", "actor": GIVER, "by": {"organisation": AGENT, "delegation": delegation},
            "claimed": clock.stamp(clock.now()), "body": {"organisation": GIVER, "names": {"en": "By a key"}},
        }  # fmt: skip
        (tmp_path / "act.json").write_text(json.dumps(act))
        assert main(["act", "sign", "--key", str(key), "--in", str(tmp_path / "act.json")]) == 0
        signed = capsys.readouterr().out
        return Client().post("/api/acts", signed, content_type="application/json")

    answer = send()
    assert answer.status_code == 201, answer.content
    act = journal.entry(answer.json()["id"]).act
    assert (act.speaker, journal.modes(journal.history(GIVER))[act.id]) == (AGENT, "held")
    assert send("none").status_code == 403
    journal.end_delegation(GIVER, given)
    refused = send()
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "delegation")
    assert main(["delegation", "list", "--organisation", "giver", "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["id"], line["state"], line["to"]) == (given, "withdrawn", AGENT)


def test_a_delegate_is_told_what_it_may_and_reads_what_it_said(cast, monkeypatch):
    from django.db.models import Q

    from meguri.journal.listing import acts

    monkeypatch.setattr(acts, "settled", lambda: Q())
    given = journal.delegate(GIVER, AGENT, ITS, UNTIL)
    with journal.spoken_by(AGENT):
        said = told(describe()).id
    for who in (GIVER, AGENT):
        feed = {one.id: one for one in acts.feed(who, "", 100).items}
        assert feed[said].by == AGENT
        assert [one.subjects for one in feed.values() if one.kind == "journal.delegate"] == [[f"delegation:{given}"]]
    assert not [one for one in acts.feed(STRANGER, "", 100).items if one.kind == "journal.delegate"]
