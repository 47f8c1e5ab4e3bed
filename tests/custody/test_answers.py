"""Five answers: what stands against the balance is kept act by act, named, and changes the sentence and the status."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from meguri.custody import services
from meguri.custody.balance import accounts, ledger, totals
from meguri.custody.balance.published import published
from meguri.custody.balance.wording import SAID, sentence
from meguri.custody.models import Lot
from meguri.custody.states import EventState, Finding, LotState
from meguri.custody.vocabulary import ANSWERS, findings
from meguri.journal.projections.sums import Additions
from meguri.journal.services import as_writer
from meguri.movement.states import LotMass
from meguri.portal.cli import main
from meguri.registry import services as registry
from tests_support import use_clock

AT = datetime(2026, 11, 1, tzinfo=UTC)
LOT = LotState(
    stream="circuit-boards",
    mass_g=1000,
    made_g=1000,
    holder="organisation:yard",
    origin="MYS",
    economy="MYS",
    made_by="E1",
    made_at=AT,
    facility="yard",
)
EVENT = EventState(
    type="object",
    step="collecting",
    actor="organisation:yard",
    at=AT,
    act="a",
    number=1,
    outputs=(LotMass("L1", 1000),),
    facility="yard",
    economy="MYS",
)


def read(*changes):
    """The balance as kept, after changes of a lot and its event, each a pair of states by subject before and after."""
    sums = Additions()
    now = {}
    for after in changes:
        for account, amount in accounts.added(after.keys(), dict(now), {**now, **after}):
            sums.put(account, amount)
        now |= after
    found = accounts.balance_of({account: amount for account, amount in sums.amounts.items() if amount}, {})
    lots = {"L1": now["lot:L1"]}
    events = {"E1": now["event:E1"]}
    assert found == ledger.balance(events.values(), lots, {}, ledger.found_of(events, lots))
    return found


@pytest.mark.parametrize("why", [why for why, kind in findings().items() if kind.answer != "grams"])
@pytest.mark.parametrize("where", ["lot", "event"])
def test_a_finding_stands_against_its_answer_until_it_is_settled(why, where):
    finding = (Finding(why, element="Au"),)
    begun = {"lot:L1": LOT, "event:E1": EVENT}
    wrong = (
        {"lot:L1": replace(LOT, findings=finding)} if where == "lot" else {"event:E1": replace(EVENT, findings=finding)}
    )
    found = read(begun, wrong)
    against = {line.answer: line for line in found.answers}
    answer = findings()[why].answer
    assert found.closed
    assert found.adds_up is False
    assert {name for name, line in against.items() if not line.ok} == {answer}
    failing = ledger.Failing(answer, why, "L1" if where == "lot" else "", "E1", "Au")
    assert against[answer].failing == (failing,)
    assert "that it is true is not shown" in str(sentence(found))
    settled = read(begun, wrong, begun)
    assert settled.adds_up is True
    assert str(sentence(settled)) == "It adds up."


def test_every_answer_has_words_and_the_public_sees_no_lots():
    assert set(SAID) == set(ANSWERS)
    found = read({"lot:L1": replace(LOT, findings=(Finding("difference"),)), "event:E1": EVENT})
    public = published(found, {})
    assert [(line.ok, line.failing, line.more) for line in public.answers] == [
        (True, (), 0),
        (False, (), 1),
        (True, (), 0),
        (True, (), 0),
    ]


def test_what_is_seen_is_a_share_of_what_is_there():
    assert read({"lot:L1": LOT, "event:E1": EVENT}).seen_share == 0
    assert read({"lot:L1": replace(LOT, seen_g=250), "event:E1": EVENT}).seen_share == 0.25


@pytest.fixture
def yard():
    use_clock(lambda: AT)
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5.4, 100.4, facility="yard")
    yield "organisation:yard"
    use_clock(None)


def told(capsys):
    status = main(["balance", "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.django_db
def test_the_command_says_which_answer_fails_and_ends_with_it(yard, capsys, client):
    status, found = told(capsys)
    assert (status, found["empty"], found["adds_up"]) == (1, True, None)
    lot = services.collect(yard, "yard", "circuit-boards", 1000)
    status, found = told(capsys)
    assert (status, found["empty"], found["adds_up"]) == (0, False, True)
    assert found["answers"]["seen"] == {"share": 0.0}
    row = Lot.objects.get(id=lot)
    with as_writer():
        Lot.objects.filter(id=lot).update(state={**row.state, "findings": [["more-metal", "", "Au"]]})
    status, found = told(capsys)
    assert (status, found["closed"], found["adds_up"]) == (1, True, False)
    assert found["answers"]["metal"] == {
        "ok": False,
        "failing": [{"lot": lot, "event": row.value.made_by, "element": "Au", "why": "more-metal"}],
        "more": 0,
    }
    assert main(["balance"]) == 1
    assert "More of an element came out than went in" in capsys.readouterr().out
    assert totals.balance().adds_up is False
    assert "It adds up." in client.get("/balance").content.decode()
