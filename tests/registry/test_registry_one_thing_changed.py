"""Every act of the registry with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

import altered
from meguri.registry import acts, folds, guards  # noqa: F401
from meguri.registry.rights import NODE
from meguri.registry.states import OrganisationState, RoleSpan
from memory_record import Record, Told
from tests_support import use_clock

KEPT = Path(__file__).with_name("one_thing_changed.json")
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
SINCE = NOW - timedelta(days=400)
YARD, OPERATOR, SMELTER, MOEJ, METI = (
    f"organisation:{name}" for name in ("yard", "operator", "smelter", "jpn-moej", "jpn-meti")
)


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def cast():
    record = Record(NOW)
    for who, economy, role, authority in (
        (YARD, "MYS", "dismantler", ""),
        (OPERATOR, "MYS", "operator", ""),
        (SMELTER, "JPN", "smelter", ""),
        (MOEJ, "JPN", "authority", "jpn-moej"),
        (METI, "JPN", "authority", "jpn-meti"),
    ):
        record.states[who] = OrganisationState(
            names={"en": who}, economy=economy, admitted_on=SINCE, roles=(RoleSpan(role, SINCE),), authority=authority
        )
    return record


def site(organisation=SMELTER, economy="JPN"):
    return acts.Site(
        facility="works", organisation=organisation, names={"en": "Works"}, economy=economy, lat=90, lon=-180,
        port="JPTAK", operations=("R4",),
    )  # fmt: skip


def grant(holder=SMELTER):
    return acts.Grant(
        licence="L1", holder=holder, kind="jpn-art15-recycler", number="1", since=NOW, issued_by="jpn-moej",
        until=NOW + timedelta(seconds=1),
    )  # fmt: skip


def suspend(suspended):
    return acts.Suspend(licence="L1", suspended=suspended, reason="Inspection")


ADMIT = acts.Admit(organisation="organisation:new", names={"en": "New"}, economy="MYS", roles=("exporter", "collector"))
FACILITY = (SMELTER, "site", site())
LICENCE = (MOEJ, "grant", grant())
SAID = {
    "admit": ([], (NODE, "admit", ADMIT)),
    "admit by an operator": ([], (OPERATOR, "admit", ADMIT)),
    "give a role for a time": (
        [],
        (NODE, "assign", acts.Assign(organisation=YARD, role="exporter", since=NOW, until=NOW + timedelta(seconds=1))),
    ),
    "end a role": ([], (OPERATOR, "assign", acts.Assign(organisation=YARD, role="dismantler", until=NOW))),
    "site of one's own": ([], FACILITY),
    "site by the operator": ([], (OPERATOR, "site", site(YARD, "MYS"))),
    "grant": ([], LICENCE),
    "grant by the operator": ([], (OPERATOR, "grant", grant())),
    "grant to a facility": ([FACILITY], (NODE, "grant", grant("facility:works"))),
    "suspend": ([LICENCE], (MOEJ, "suspend", suspend(True))),
    "suspend by the operator": ([LICENCE], (OPERATOR, "suspend", suspend(True))),
    "free again": ([LICENCE, (MOEJ, "suspend", suspend(True))], (NODE, "suspend", suspend(False))),
    "close oneself": ([], (YARD, "close", acts.Close(organisation=YARD, reason="Sold"))),
    "close by the operator": ([], (OPERATOR, "close", acts.Close(organisation=YARD))),
}


def say(record, who, what, body):
    return record.say(who, f"registry.{what}", body)


def made(name):
    before, act = SAID[name]
    return Told(cast(), lambda record: [say(record, *one) for one in before], lambda record: say(record, *act))


TOLD = {name: partial(made, name) for name in SAID}


@pytest.mark.parametrize("name", TOLD)
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}
