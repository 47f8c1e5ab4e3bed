"""How offices count days is read from its table column by column; an office's own rule goes before its economy's."""

from __future__ import annotations

from meguri.kit.files import reading
from meguri.procedure import offices, tables
from meguri.procedure.offices import OfficeKnown
from meguri.procedure.states import Office


def test_end_rules_are_what_their_table_says():
    found = [
        {
            "office": one.office, "calendar": one.calendar, "rolls": str(one.rolls).lower(),
            "silence": str(one.silence).lower(), "closures": " ".join(one.closures), "rule": one.rule.en,
            "source": one.source, "confidence": one.confidence,
        }
        for one in offices.end_rules().values()
    ]  # fmt: skip
    assert found == [row.cells for row in reading.lines(tables.FOLDER / "offices.csv")]


def test_an_offices_own_rule_goes_before_its_economys_and_that_before_the_general_one():
    asked = (("MYS", "JPN"), ("nobody", "JPN"), ("nobody", "XXX"))
    assert [offices.end_rule(*one).office for one in asked] == ["MYS", "JPN", "*"]


def test_an_office_counts_on_its_own_calendar_or_that_of_where_it_sits():
    japan, malaysia = offices.end_rules()["JPN"], offices.end_rules()["MYS"]
    known = OfficeKnown(calendar="MY-10", zone="Asia/Kuala_Lumpur")
    counts = {"rolls": True, "closures": malaysia.closures, "zone": "Asia/Kuala_Lumpur"}
    assert offices.office("MYS", "MYS", known) == Office(calendar=malaysia.calendar, **counts)
    assert offices.office("nobody", "MYS", known) == Office(calendar="MY-10", **counts)
    whole = OfficeKnown(calendar="MY", zone="Asia/Kuala_Lumpur")
    assert offices.office("nobody", "MYS", whole) == Office(calendar=malaysia.calendar, **counts)
    assert offices.office("nobody", "JPN", None) == Office(
        calendar=japan.calendar, zone="UTC", rolls=True, closures=japan.closures
    )


def test_silence_is_no_consent_where_an_office_answers_in_writing():
    answers = [offices.form("x", economy, "tacit") for economy in ("JPN", "MYS")]
    assert answers == ["written", "tacit"]
    assert [offices.form("x", "JPN", form) for form in ("notice", "acknowledgement")] == ["notice", "acknowledgement"]
