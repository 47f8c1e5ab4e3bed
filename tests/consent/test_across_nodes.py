"""A case that another node keeps: what its authorities say here, and what of the other side counts here."""

from __future__ import annotations

from datetime import date

import consent_acts
import pytest
from consent_acts import DOSSIER, JP, MY, SILENT
from consent_cast import (
    CASE,
    CERTIFIED,
    DOE,
    DOE_EXPORT,
    EXPORTER,
    IMPORTER,
    METI,
    METI_APPROVAL,
    MOEJ,
    MOEJ_IMPORT,
    NODE,
    NOW,
    ROOMS,
    SMELTER,
    STRANGER,
    notify,
    on,
    step,
)
from msgspec.structs import replace

from meguri import law
from meguri.consent import acts
from meguri.consent.guards.case import in_force, told, tracks_in
from meguri.consent.states import GuaranteeState, node_of, rests_on, track_name, tracks_of
from meguri.consent.tracks import taken_in
from meguri.journal.act import Instants
from meguri.journal.world import World
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.procedure import engine
from memory_record import Told

HERE, HOME = "test", "meguri.mys"
SOURCE = f"track:{CASE}/{MY}@{HOME}"
AT = on("2025-10-20")


def carry(record, *needs):
    """Malaysia's authority sent the case on; here, in Japan, its parts are known as copies."""
    notify(record, *needs, licences=("L14",))
    step(record, DOE, MY, "check", on("2025-10-06"))
    entry = step(record, DOE, MY, "transmit", on("2025-10-08"), take=False)
    for name in (DOSSIER, f"account:{CASE}", f"track:{CASE}/{MY}"):
        record.states[f"{name}@{HOME}"] = record.states.pop(name)
    dossier = record.states[f"{DOSSIER}@{HOME}"]
    asked = tuple(replace(one, node=HERE if one.economy == "JPN" else "") for one in dossier.asked)
    record.states[f"{DOSSIER}@{HOME}"] = replace(dossier, asked=asked, guarantees=("G1",))
    record.states[f"guarantee:G1@{HOME}"] = None
    record.sent = entry.id
    return record


@pytest.fixture
def carried(record):
    return carry(record, *CERTIFIED)


def take_in(record, track=JP, **changed):
    dossier = record.states[f"{DOSSIER}@{HOME}"]
    change, opening = taken_in.reckoned(dossier, dossier.ask(track), None, "export.transmit", AT, HOME, HERE)
    fields = {"of": record.sent, "on": "export.transmit", "source": SOURCE, "change": change, "opening": opening}
    body = acts.TakeInNotice(case=CASE, track=track, home=HOME, **fields | changed)
    name = f"track:{CASE}/{track}"
    return record.say(NODE, "consent.take_in", body, AT, ROOMS, nonce=acts.taking(record.sent, name))


def asked_here(record):
    take_in(record)


def ask(record):
    """Japan's ministry asks, as its own node lets it."""
    dossier, track = record.states[f"{DOSSIER}@{HOME}"], record.states[f"track:{CASE}/{JP}"]
    table = taken_in.table_of(track.asked)
    row = next(row for row in table.transitions if row.transition == "ask" and track.state in row.from_)
    change = engine.moved(table, track.course, row, on("2025-10-21"), law.office("jpn-moej", "JPN"), track.asked.clock)
    listed = rests_on(CASE, dossier, home=HOME, here=HERE)
    body = acts.TrackStep(
        case=CASE, track=JP, transition="ask", change=change, rests_on=listed, text="Which?", home=HOME
    )
    return record.say(MOEJ, "consent.step", body, on("2025-10-21"), ROOMS)


def apply(record):
    """The importer applies for an approval to an authority here."""
    body = acts.ReplyToAuthority(
        case=CASE, track="jpn-meti.approval", transition="apply", position=1, text="Please", home=HOME
    )
    return record.say(IMPORTER, "consent.reply", body, on("2025-10-22"), ROOMS)


def hold(record):
    body = acts.PutHold(case=CASE, track=JP, hold="H1", reason="A ban", home=HOME)
    return record.say(MOEJ, "consent.hold", body, on("2025-10-22"), ROOMS)


def held(record):
    take_in(record)
    hold(record)


def release(record):
    body = acts.ReleaseHold(case=CASE, track=JP, hold="H1", home=HOME)
    return record.say(MOEJ, "consent.release", body, on("2025-10-23"), ROOMS)


SAID_HERE = {
    "step": (asked_here, ask),
    "hold": (asked_here, hold),
    "release": (held, release),
}


def test_what_was_sent_there_is_taken_in_here_from_its_copy(carried):
    take_in(carried)
    track = carried.states[f"track:{CASE}/{JP}"]
    assert (track.state, track.opened_at) == ("received", AT)
    assert f"track:{CASE}/{JP}@{HOME}" not in carried.states


def test_a_track_listens_by_the_node_that_keeps_the_other(carried):
    dossier = carried.states[f"{DOSSIER}@{HOME}"]
    first = dossier.asked[0]
    _, opening = taken_in.reckoned(dossier, first, None, "notify", AT, "", HOME)
    assert {(one.transition, one.track, one.node) for one in opening.listeners} == {
        ("transmit", JP, HERE),
        ("transmit", "jpn-meti.informed", HERE),
    }
    _, opening = taken_in.reckoned(dossier, first, None, "notify", AT, HOME, HERE)
    assert {one.node for one in opening.listeners} == {""}


def test_all_that_a_case_rests_on_is_named_by_the_node_that_keeps_it(carried):
    dossier = carried.states[f"{DOSSIER}@{HOME}"]
    meti = f"track:{CASE}/jpn-meti.informed"
    assert rests_on(CASE, dossier, home=HOME, here=HERE) == (
        "facility:plant", f"guarantee:G1@{HOME}", "licence:L14",
        EXPORTER, IMPORTER, SMELTER, meti, f"track:{CASE}/{JP}", SOURCE,
    )  # fmt: skip
    assert rests_on(CASE, dossier, here=HOME) == (
        "facility:plant", "guarantee:G1", "licence:L14",
        EXPORTER, IMPORTER, SMELTER, f"{meti}@{HERE}", f"track:{CASE}/{JP}@{HERE}", f"track:{CASE}/{MY}",
    )  # fmt: skip


def test_tracks_that_open_with_each_movement_belong_to_the_movement(carried):
    dossier = carried.states[f"{DOSSIER}@{HOME}"]
    first, second, third = dossier.asked
    dossier = replace(dossier, asked=(first, second, replace(third, per_movement=True)), licences=(), guarantees=())
    parties = ("facility:plant", EXPORTER, IMPORTER, SMELTER)
    assert rests_on(CASE, dossier, here=HOME) == (*parties, f"track:{CASE}/{JP}@{HERE}", f"track:{CASE}/{MY}")
    assert f"track:M1/jpn-meti.informed@{HERE}" in rests_on(CASE, dossier, "M1", here=HOME)


@pytest.mark.parametrize("name", SAID_HERE)
def test_an_authority_says_of_a_copied_case_what_it_says_of_its_own(carried, name):
    one = Told(carried, *SAID_HERE[name], ROOMS)
    assert one.refused(NotFound, home="") == [("/body/case", "no-case")]
    assert one.refused(NotFound, actor=STRANGER) == [("/body/case", "no-case")]
    one.say()


def test_a_step_here_lists_the_other_nodes_parts_by_their_node(carried):
    one = Told(carried, asked_here, ask, ROOMS)
    bare = tuple(sorted(name.partition("@")[0] for name in one.body.rests_on))
    for name in bare:
        carried.states.setdefault(name, None)
    assert one.refused(Conflict, rests_on=bare) == [("/body/rests_on", "rests-on")]


def test_a_reply_to_an_authority_here_is_of_the_other_side(record):
    carry(record, DOE_EXPORT, MOEJ_IMPORT, METI_APPROVAL)
    one = Told(record, lambda record: take_in(record, "jpn-meti.approval"), apply, ROOMS)
    assert one.refused(NotAllowed, actor=EXPORTER) == [("/body/home", "vouched")]
    assert one.refused(NotAllowed, actor=SMELTER) == [("/actor", "role")]
    assert one.refused(NotFound, home="") == [("/body/case", "no-case")]
    assert one.refused(Refused, node=HOME) == [("/body/node", "node")]
    one.alter(f"{DOSSIER}@{HOME}", notified_at=on("2026-01-01"))
    entry, found = one.written()
    (reply,) = found.values()
    assert (reply.track, reply.by, reply.act) == (f"track:{CASE}/jpn-meti.approval", IMPORTER, entry.id)


def test_what_is_told_of_a_case_is_told_to_the_authorities_on_its_list(carried):
    take_in(carried)
    names = ["licence:L14", f"track:{CASE}/{JP}", f"track:{CASE}/jpn-meti.informed", SOURCE]
    world = World({name: carried.states.get(name) for name in names})
    assert told(world, names) == (MOEJ, DOE)
    hidden = replace(carried.states[f"track:{CASE}/{JP}"], visible=False)
    world = World({name: carried.states.get(name) for name in names} | {names[1]: hidden})
    assert told(world, names) == (DOE,)
    assert METI not in told(world, names)


def silent(record):
    """Korea's time to object is over, in the middle of the night of its office."""
    consent_acts.silent(record)
    dossier = record.states[DOSSIER]
    track = record.states[f"track:{CASE}/{SILENT}"]
    return dossier, track, track.due().due_at


def test_silence_on_another_node_is_no_consent_here(record):
    dossier, track, end = silent(record)
    known = {f"track:{CASE}/{SILENT}": track, f"track:{CASE}/{SILENT}@kor": track}
    own = tracks_of(CASE, dossier, known, here=HERE)
    assert [engine.is_granted(one.course, end) for one in own] == [False, True]
    asked = tuple(replace(one, node="kor" if one.economy == "KOR" else "") for one in dossier.asked)
    away = replace(dossier, asked=asked)
    assert [engine.is_granted(one.course, end) for one in tracks_of(CASE, away, known, here=HERE)] == [False, False]
    assert [engine.is_granted(one.course, end) for one in tracks_of(CASE, away, known, here="kor")] == [False, True]
    # What was said by its node counts everywhere.
    decided = replace(track, course=replace(track.course, standing="granted", dues=()))
    known[f"track:{CASE}/{SILENT}@kor"] = decided
    assert tracks_of(CASE, away, known, here=HERE)[1] == decided


def test_the_tracks_of_a_case_are_read_under_the_names_of_their_nodes(record):
    dossier, track, _ = silent(record)
    asked = tuple(replace(one, node="kor" if one.economy == "KOR" else "") for one in dossier.asked)
    away = replace(dossier, asked=asked)
    names = {f"track:{CASE}/{MY}@{HOME}": None, f"track:{CASE}/{SILENT}": track}
    mine, theirs = tracks_in(World(names), CASE, away, home=HOME, here="kor")
    assert (mine.state, theirs) == ("waiting", track)
    with pytest.raises(KeyError):
        tracks_in(World(names), CASE, away, home=HOME, here=HERE)


def test_which_node_keeps_a_track(carried):
    doe, moej, _ = carried.states[f"{DOSSIER}@{HOME}"].asked
    assert [node_of(doe, HOME, HERE), node_of(doe, HOME, HOME), node_of(doe, "", HOME)] == [HOME, "", ""]
    assert [node_of(moej, HOME, HERE), node_of(moej, HOME, HOME), node_of(moej, "", HOME)] == ["", HERE, HERE]
    assert track_name(moej, "M1", HOME, HOME) == f"track:M1/{JP}@{HERE}"


def guarantee(**changes):
    fields = {
        "case": CASE, "by": EXPORTER, "issuer": "A bank", "amount": "MYR 1", "valid_from": date(2025, 10, 1),
        "valid_until": date(2026, 9, 30),
    }  # fmt: skip
    return GuaranteeState(**fields | changes)


def test_what_is_in_force_is_every_licence_and_one_guarantee(carried):
    dossier = replace(carried.states[f"{DOSSIER}@{HOME}"], licences=("L14", "L15"), guarantees=("G1", "G2"))
    first = carried.states["licence:L14"]
    world = {
        "licence:L14": first, "licence:L15": first, f"guarantee:G1@{HOME}": guarantee(),
        f"guarantee:G2@{HOME}": guarantee(valid_until=date(2025, 9, 30)),
        **{name: carried.states[name] for name in ("facility:plant", EXPORTER, IMPORTER, SMELTER)},
    }  # fmt: skip

    def found(**changes):
        return in_force(World(world | changes), dossier, Instants(NOW, NOW), HOME)

    assert found() == {"licences": True, "guarantee": True}
    for lapsed in (None, replace(first, suspended=True), replace(first, until=NOW)):
        assert found(**{"licence:L15": lapsed}) == {"licences": False, "guarantee": True}
    for ended in (None, guarantee(valid_from=date(2025, 10, 2)), guarantee(withdrawn_on=NOW.date())):
        assert found(**{f"guarantee:G1@{HOME}": ended}) == {"licences": True, "guarantee": False}
