"""Every state x transition x role of every table, against the tables' own text; and what the reader refuses."""

from __future__ import annotations

import itertools
import tomllib
from datetime import timedelta

import pytest
from consent_cast import CARRIER, EXPORTER, IMPORTER, NOW, SMELTER, need, verdict
from msgspec.structs import replace

from meguri.consent import procedure, row_guards, tables
from meguri.consent.acts import Step
from meguri.consent.row_guards import months_later
from meguri.consent.states import CaseState, Due, Track
from meguri.kit.problems import Conflict, NotAllowed, Refused

RAW = {
    f"{doc['id']}/{track.get('name') or track['capacity']}": track
    for doc in (tomllib.loads(path.read_text()) for path in sorted(tables.FOLDER.glob("*.toml")))
    for track in doc["tracks"]
}
ROLES = {
    "exporter": EXPORTER,
    "importer": IMPORTER,
    "operator": SMELTER,
    "authority": "organisation:own",
    "clock": procedure.CLOCK,
    "another authority": "organisation:other",
    "carrier": CARRIER,
}
OVER = Due(
    clock="decide",
    from_event="seen",
    started_at=NOW - timedelta(days=40),
    due_at=NOW - timedelta(days=10),
    due_on=(NOW - timedelta(days=11)).date(),
    counted_on=(NOW - timedelta(days=11)).date(),
    days=30,
    day_kind="calendar",
    zone="UTC",
    calendar="JP",
    legal=True,
    then="lapse",
)


def track(table_id, state, **more):
    table = tables.tables()[table_id]
    fields = {
        "key": "own/x",
        "authority": "own",
        "economy": "JPN",
        "capacity": table.capacity,
        "procedure": "X/Y",
        "form": "tacit",
        "table": table_id,
        "state": state,
        "standing": tables.states()[state].standing,
        "needed": table.needed,
        "visible_since": None if state == "waiting" else NOW - timedelta(days=50),
    }
    return Track(**fields | more)


def case(*tracks):
    return CaseState(
        number="X", exporter=EXPORTER, importer=IMPORTER, operator=SMELTER, facility="f", origin="MYS",
        destination="JPN", stream="circuit-boards", description="", operation="R4", codes=(), total_g=1, shipments=1,
        period_from=NOW.date(), period_to=NOW.date(), multiple=False, verdict=verdict(),
        notified_at=NOW - timedelta(days=60), tracks=tracks,
    )  # fmt: skip


def full_step(transition):
    day = NOW.date()
    return Step(
        case="C", track="own/x", transition=transition, changes=(), text="t", conditions=("c",),
        valid_from=day, valid_until=months_later(day, 12),
    )  # fmt: skip


EVERY = [
    (table_id, state, transition, role)
    for table_id in RAW
    for state in tables.tables()[table_id].states()
    for transition, role in itertools.product(tables.transitions(), ROLES)
]


def test_the_product_is_large_enough_to_mean_something():
    assert len(RAW) == len(tables.tables()) >= 11
    assert len(EVERY) > 5000


@pytest.mark.parametrize("table_id", RAW)
@pytest.mark.parametrize("silent", [True, False])
def test_state_by_transition_by_role(table_id, silent):
    """A step is taken exactly where the table's text has a row for it whose guards let it pass."""
    other = track("basel-pic/import", "received", key="other/import", authority="other")
    for _, state, transition, role in (cell for cell in EVERY if cell[0] == table_id):
        own = track(table_id, state, dues=(OVER,) if silent else ())
        whole = case(own, other)
        rows = [r for r in RAW[table_id]["transitions"] if state in r["from"] and r["transition"] == transition]
        mine = [r for r in rows if r["role"] == role]
        place = (table_id, state, transition, role)
        try:
            chosen = procedure.choose(whole, own, full_step(transition), ROLES[role], NOW)
        except NotAllowed:
            assert rows, place
            assert not mine, place
        except Conflict as refusal:
            if refusal.problems[0].code == "not-open":
                assert not rows, place
            else:
                assert mine, place
                assert all(r.get("guard") for r in mine), place
        else:
            assert chosen.to in {r["to"] for r in mine}, place
            moved = procedure.changes(whole, own, chosen, NOW)
            assert moved[0].to == chosen.to
            assert moved[0].standing == tables.states()[chosen.to].standing
            assert (len(moved) > 1) == ("end" in chosen.effects), place
            open_now = {o.row.transition for o in procedure.offers(whole, ROLES[role], NOW)}
            assert transition in open_now or own.visible_since is None, place


@pytest.mark.parametrize("table_id", RAW)
def test_an_authority_that_does_not_see_the_case_can_do_nothing(table_id):
    own = track(table_id, "waiting")
    assert procedure.offers(case(own), "organisation:own", NOW) == ()


def test_every_guard_that_a_table_names_exists_and_every_guard_is_named():
    named = {name for table in RAW.values() for row in table["transitions"] for name in row.get("guard", ())}
    assert named == set(row_guards.GUARDS)


def test_every_row_and_clock_carries_citation_and_confidence():
    for table in tables.tables().values():
        for item in (*table.transitions, *table.clocks):
            assert item.citation, table.id
            assert item.confidence, table.id


def test_service_targets_are_marked_as_assumed():
    for table in tables.tables().values():
        for clock in table.clocks:
            assert clock.legal or (clock.confidence == "memory" and "assumed" in clock.citation.lower()), clock.id


def test_words_are_there_in_both_languages():
    for word in (*tables.states().values(), *tables.transitions().values()):
        assert word.words.en
        assert word.words.say("ja") != word.words.en


@pytest.mark.parametrize(
    ("asked", "table_id"),
    [
        (("BASEL/PIC", "export", "written"), "basel-pic/export"),
        (("BASEL/PIC", "import", "written"), "basel-pic/import"),
        (("BASEL/PIC", "transit", "notice"), "basel-pic/transit-notice"),
        (("JPN/IMPORT_APPROVAL", "approval", "written"), "jpn-import/approval"),
        (("JPN/IMPORT_CERTIFIED", "informed", "notice"), "jpn-import/informed"),
        (("USA/RCRA_EXPORT", "export", "acknowledgement"), "usa-rcra-export/export"),
        (("OECD/AMBER_CASE1", "import", "tacit"), "oecd-amber/import-case1"),
        (("OECD/AMBER_CASE2", "import", "tacit"), "oecd-amber/import-case2"),
        (("EU_WSR/PIC", "export", "written"), "basel-pic/export"),
    ],
)
def test_the_table_that_names_the_procedure_goes_before_the_general_one(asked, table_id):
    assert tables.find(*asked).id == table_id


def test_a_table_alone_adds_a_procedure(monkeypatch):
    text = """
id = "atl-notice"
title = "Notice"
source = "An act"
confidence = "memory"

[[tracks]]
capacity = "import"
procedures = ["ATL/NOTICE"]
forms = ["*"]
enters = "notification"
initial = "received"
seen = "received"
needed = true
clocks = []
[[tracks.transitions]]
from = ["received"]
transition = "approve"
to = "approved"
role = "authority"
citation = "An act, section 1"
confidence = "memory"
"""
    added = tables.read(text, "atl.toml")
    monkeypatch.setattr(tables, "tables", lambda: {**BEFORE, "atl-notice/import": added.tracks[0]})
    asked = [need("own", "JPN", "import", "written", "ATL/NOTICE")]
    (found,) = procedure.tracks(asked, NOW)
    assert (found.table, found.state, found.visible_since) == ("atl-notice/import", "received", NOW)
    (offer,) = procedure.offers(case(found), "organisation:own", NOW)
    assert offer.row.to == "approved"


BEFORE = dict(tables.tables())
GOOD = (tables.FOLDER / "jpn-import.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('to = "applied"', 'to = "aplied"', "no state “aplied”"),
        ('transition = "apply"', 'transition = "aply"', "no transition “aply”"),
        ('role = "importer"', 'role = "king"', "king"),
        ("needed = true", 'needed = "perhaps"', "bool"),
        ("[[tracks]]", "[[tracks]]\ncolour = 1", "colour"),
        ('citation = "Basel Act Art. 8(1); FEFA Art. 52"', 'citation = ""', "citation"),
        ('starts_on = "apply"', 'starts_on = "refuse_it"', "no such transition"),
        ('starts = ["decide"]', 'starts = ["sundial"]', "a clock that the table does not have"),
        ('from = ["applied"], transition = "ask"', 'from = ["received"], transition = "ask"', None),
        ('from = ["asked"]', 'from = ["noted"]', "no way leads"),
        ('id = "jpn-import"', "id = jpn-import", "jpn.toml"),
    ],
)
def test_mistakes_in_a_table_are_refused_with_their_place(old, new, says):
    changed = GOOD.replace(old, new, 1)
    assert changed != GOOD
    if says is None:
        tables.read(changed, "jpn.toml")
        return
    with pytest.raises(tables.TableError, match=says) as caught:
        tables.read(changed, "jpn.toml")
    assert "jpn.toml" in str(caught.value)


def test_a_state_without_a_way_out_is_refused():
    cut = "\n".join(line for line in GOOD.splitlines() if 'from = ["asked"]' not in line)
    with pytest.raises(tables.TableError, match="no way leads out of asked"):
        tables.read(cut, "jpn.toml")


def test_a_capacity_without_any_table_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "tables", dict)
    with pytest.raises(Refused, match="ATL/NEW"):
        tables.find("ATL/NEW", "import", "written")


def test_unreadable_consents_of_a_verdict_are_refused():
    with pytest.raises(Refused, match="emperor"):
        procedure.tracks([need("own", "JPN", "emperor", "written", "X/Y")], NOW)


def test_a_track_whose_table_is_gone_says_so():
    with pytest.raises(Conflict, match="not on file"):
        procedure.table_of(replace(track("basel-pic/import", "received"), table="gone/import"))


def test_the_document_shows_the_tables_as_they_are():
    from meguri.consent import diagram

    document = diagram.DOCUMENT.read_text(encoding="utf-8")
    assert diagram.written(document) == document
    with pytest.raises(ValueError, match="lost the marks"):
        diagram.written("nothing")
