"""What the parts of a case declare: where each lies, who reads it, whom it asks, what waits to be taken in."""

from __future__ import annotations

from datetime import date

import consent_acts
import pytest
from consent_acts import ACCOUNT, DOSSIER, JP, MY, SILENT
from consent_cast import CASE, DOE, EXPORTER, IMPORTER, METI, MOEJ, NOW, SMELTER, on, step
from msgspec.structs import replace

from meguri.consent.models import Account, Case, Guarantee, Reply, Track
from meguri.consent.states import AccountState, GuaranteeState, Listener, ReplyState
from meguri.journal.projections.relations import Edge, Lies, Reads
from meguri.procedure.states import CoursePoint

SCOPE, AWAY = f"case:{CASE}", f"{CASE}@meguri.mys"


@pytest.fixture
def notified(record):
    consent_acts.notified(record)
    return record


def declared(book, id, state):
    """What a state declares, each once."""
    found = list(book.relations(id, state))
    assert len(found) == len(set(found))
    return set(found)


def rests(id):
    """The edges by which a case that is not over is found by what it rests on."""
    names = ("facility:plant", "licence:L14", EXPORTER, IMPORTER, SMELTER)
    return {Edge("rests", f"case:{id}", name) for name in names}


def test_a_dossier_lies_in_its_case_and_its_parties_read_that(notified):
    state = notified.states[DOSSIER]
    readers = {Reads(SCOPE, party) for party in (EXPORTER, IMPORTER, SMELTER)}
    awaited = {Edge("awaits", state.notified_by, f"track:{CASE}/{MY}")}
    assert declared(Case, CASE, state) == {Lies(DOSSIER, SCOPE), *readers, *awaited, *rests(CASE)}
    over = {one.kind for one in declared(Case, CASE, replace(state, completed_at=NOW)) if isinstance(one, Edge)}
    assert over == {"awaits"}, "a case that is over is asked by no licence any more"


def test_what_is_taken_back_waits_for_every_track_of_the_case(notified):
    state = replace(notified.states[DOSSIER], retracted_by="r" * 64, retracted_at=NOW)
    first, *rest = state.asked
    state = replace(state, asked=(replace(first, per_movement=True, opens_on="movement.plan"), *rest))
    edges = {one for one in declared(Case, CASE, state) if isinstance(one, Edge)}
    assert edges == {
        Edge("awaits", "r" * 64, f"track:{CASE}/{JP}"),
        Edge("awaits", "r" * 64, f"track:{CASE}/jpn-meti.informed"),
    }


def test_a_copy_lies_in_its_bare_case_and_sends_what_others_keep(notified, settings):
    """This node keeps Japan's tracks of a case that Malaysia's keeps."""
    settings.NODE = "meguri.jpn"
    state = notified.states[DOSSIER]
    asked = tuple(
        replace(one, node="meguri.jpn" if one.economy == "JPN" else "", opens_on="notify") for one in state.asked
    )
    found = declared(Case, AWAY, replace(state, asked=asked))
    assert {one for one in found if isinstance(one, Lies)} == {Lies(f"case:{AWAY}", SCOPE)}
    assert {one for one in found if isinstance(one, Edge)} == {
        Edge("sent", state.notified_by, f"track:{CASE}/{MY}@meguri.mys"),
        Edge("awaits", state.notified_by, f"track:{CASE}/{JP}"),
        Edge("awaits", state.notified_by, f"track:{CASE}/jpn-meti.informed"),
        *rests(AWAY),
    }


@pytest.mark.parametrize(
    ("changes", "over"),
    [({}, False), ({"completed_at": NOW}, True), ({"retracted_at": NOW}, True)],
)
def test_cases_are_found_by_number_parties_route_and_whether_they_are_over(notified, changes, over):
    assert Case.columns(CASE, replace(notified.states[DOSSIER], **changes)) == {
        "number": "MY-2025-C1234-56789",
        "exporter": EXPORTER,
        "origin": "MYS",
        "destination": "JPN",
        "stream": "circuit-boards",
        "notified_at": NOW,
        "over": over,
    }


PLANS, CLOSES = (
    {Edge("plans", ACCOUNT, EXPORTER)},
    {Edge("closes", ACCOUNT, EXPORTER), Edge("closes", ACCOUNT, SMELTER)},
)


@pytest.mark.parametrize(
    ("account", "asks"),
    [
        ({}, PLANS),
        ({"shipments": 1}, PLANS),
        ({"shipments": 2}, set()),
        ({"open": 1, "shipments": 1}, set()),
        ({"left": 1, "shipments": 1}, PLANS | CLOSES),
        ({"left": 1, "shipments": 2}, CLOSES),
        ({"left": 1, "shipments": 2, "open": 1}, set()),
    ],
)
def test_an_account_asks_for_the_next_movement_and_for_the_end(account, asks):
    state = AccountState(exporter=EXPORTER, operator=SMELTER, most=2, **account)
    assert declared(Account, CASE, state) == {Lies(ACCOUNT, SCOPE), *asks}
    assert declared(Account, AWAY, state) == {Lies(f"account:{AWAY}", SCOPE)}


def test_who_exports_and_recovers_is_asked_once(record):
    state = AccountState(exporter=EXPORTER, operator=EXPORTER, most=1, left=1, shipments=1)
    found = list(Account.relations(CASE, state))
    assert found == [Lies(ACCOUNT, SCOPE), Edge("closes", ACCOUNT, EXPORTER)]


def test_a_track_lies_in_its_case_its_authority_reads_that_and_is_asked(notified):
    name = f"track:{CASE}/{MY}"
    state = notified.states[name]
    own = {Lies(name, SCOPE), Reads(SCOPE, DOE), Edge("taken", state.points[0].of, name)}
    assert declared(Track, f"{CASE}/{MY}", state) == own | {Edge("asks", name, DOE)}
    step(notified, DOE, MY, "ask", on("2025-10-06"))
    assert declared(Track, f"{CASE}/{MY}", notified.states[name]) == own | {Edge("asks", name, EXPORTER)}


def test_an_authority_that_was_not_told_reads_nothing(notified):
    state = replace(notified.states[f"track:{CASE}/{MY}"], visible=False)
    kinds = {type(one) for one in declared(Track, f"{CASE}/{MY}", state)}
    assert Reads not in kinds
    assert not [one for one in declared(Track, f"{CASE}/{MY}", state) if getattr(one, "kind", "") == "asks"]


def test_what_others_listen_to_waits_for_each_of_them(notified):
    step(notified, DOE, MY, "check", on("2025-10-06"))
    sent = step(notified, DOE, MY, "transmit", on("2025-10-08"), take=False)
    state = notified.states[f"track:{CASE}/{MY}"]
    edges = {one for one in declared(Track, f"{CASE}/{MY}", state) if getattr(one, "kind", "") == "awaits"}
    assert edges == {
        Edge("awaits", sent.id, f"track:{CASE}/{JP}"),
        Edge("awaits", sent.id, f"track:{CASE}/jpn-meti.informed"),
    }


def test_a_listener_on_another_node_is_sent_what_it_listens_to(notified, settings):
    settings.NODE = "meguri.mys"
    state = notified.states[f"track:{CASE}/{MY}"]
    point = CoursePoint(at=NOW, transition="transmit", to="transmitted", actor=DOE, act="a" * 64)
    state = replace(
        state,
        listeners=(Listener("transmit", JP, "meguri.jpn"), Listener("ask", "x.y", "meguri.jpn")),
        course=replace(state.course, points=(point,)),
    )
    kinds = ("awaits", "sent")
    # At home, and seen from the node to which it is sent.
    found = {one for one in declared(Track, f"{CASE}/{MY}", state) if getattr(one, "kind", "") in kinds}
    assert found == {Edge("sent", "a" * 64, f"track:{CASE}/{JP}@meguri.jpn")}
    settings.NODE = "meguri.jpn"
    found = {one for one in declared(Track, f"{CASE}/{MY}@meguri.mys", state) if getattr(one, "kind", "") in kinds}
    assert found == {Edge("awaits", "a" * 64, f"track:{CASE}/{JP}")}


def test_tracks_are_found_by_case_authority_standing_and_what_silence_brings(record):
    consent_acts.silent(record)
    name = f"{CASE}/{SILENT}"
    state = record.states[f"track:{name}"]
    (due,) = state.dues
    columns = {
        "case": CASE, "movement": "", "authority": "organisation:kor-me", "standing": "open",
        "next_effect": due.due_at, "due": due.due_at, "missing": True,
    }  # fmt: skip
    assert Track.columns(name, state) == columns
    barred = replace(state, course=replace(state.course, dues=(replace(due, bars=True),)))
    assert Track.columns(name, barred)["due"] is None
    earlier = replace(due, due_at=on("2025-11-01"))
    nothing = replace(due, due_at=on("2025-10-31"), then="")
    more = replace(state, movement="M1", course=replace(state.course, dues=(due, earlier, nothing)))
    assert Track.columns(name, more) == columns | {
        "movement": "M1", "next_effect": on("2025-11-01"), "due": on("2025-10-31")
    }  # fmt: skip
    # Another node's silence is said there; a track that is decided has none to come.
    assert Track.columns(f"{name}@meguri.kor", state)["next_effect"] is None
    decided = replace(state, course=replace(state.course, standing="granted"))
    assert Track.columns(name, decided) == columns | {"standing": "granted", "next_effect": None, "missing": False}


def test_a_reply_waits_for_the_track_that_it_answers(settings):
    settings.NODE = "meguri.mys"
    state = ReplyState(case=CASE, track=f"track:{CASE}/{JP}", transition="answer", by=EXPORTER, at=NOW, act="a" * 64)
    name = f"{CASE}/{JP}.3"
    assert declared(Reply, name, state) == {
        Lies(f"reply:{name}", SCOPE),
        Edge("awaits", "a" * 64, f"track:{CASE}/{JP}"),
    }
    there = replace(state, track=f"track:{CASE}/{JP}@meguri.jpn")
    assert Edge("sent", "a" * 64, f"track:{CASE}/{JP}@meguri.jpn") in declared(Reply, name, there)
    copy = f"{name}@meguri.jpn"
    assert declared(Reply, copy, state) == {
        Lies(f"reply:{copy}", SCOPE),
        Edge("sent", "a" * 64, f"track:{CASE}/{JP}@meguri.jpn"),
    }


def test_a_guarantee_lies_in_its_case():
    state = GuaranteeState(
        case=CASE, by=EXPORTER, issuer="A bank", amount="MYR 1", valid_from=date(2025, 10, 1),
        valid_until=date(2026, 9, 30),
    )  # fmt: skip
    assert declared(Guarantee, "G1", state) == {Lies("guarantee:G1", SCOPE)}


@pytest.mark.parametrize(
    ("day", "withdrawn", "covers"),
    [
        (date(2025, 9, 30), None, False),
        (date(2025, 10, 1), None, True),
        (date(2026, 9, 30), None, True),
        (date(2026, 10, 1), None, False),
        (date(2025, 12, 1), date(2025, 12, 1), False),
        (date(2025, 11, 30), date(2025, 12, 1), True),
    ],
)
def test_a_guarantee_covers_its_days_until_it_is_withdrawn(day, withdrawn, covers):
    state = GuaranteeState(
        case=CASE, by=EXPORTER, issuer="A bank", amount="MYR 1", valid_from=date(2025, 10, 1),
        valid_until=date(2026, 9, 30), withdrawn_on=withdrawn,
    )  # fmt: skip
    assert state.covers(day) is covers


def test_authorities_read_a_case_once_they_were_told(record):
    consent_acts.to_consent(record)
    readers = {
        one.organisation
        for name, state in record.states.items()
        if name.startswith("track:")
        for one in Track.relations(name.partition(":")[2], state)
        if isinstance(one, Reads)
    }
    assert readers == {DOE, MOEJ, METI}
