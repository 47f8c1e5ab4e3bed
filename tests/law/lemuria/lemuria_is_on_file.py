"""Lemuria and Mu, made up, are on file like any other: run on a tree that holds their files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from meguri.kit.problems import Refused
from meguri.law import Law, Question, groups, if_instead, matrix, office, parties, remedies, tables, timeline, verdict
from meguri.law.offices import end_rule
from meguri.portal import cli
from meguri.procedure import engine, offices
from meguri.procedure import tables as procedures
from meguri.procedure.states import Days

ON = "2025-10-01"


def answer(origin, destination, stream="circuit-boards", on=ON, operation="R4", **more):
    facts = {"facility_authorised": True, **more.pop("facts", {})}
    return verdict(
        Question.parse(
            on=on, stream=stream, origin=origin, destination=destination, operation=operation, facts=facts, **more
        )
    )


def asked(found):
    return {(need.authority, need.capacity): (need.form, need.days, need.day_kind) for need in found.consents}


def test_import_by_the_own_list_and_the_own_procedure_with_its_clock():
    found = answer("PHL", "XLM", facts={"hazardous": True})
    assert found.verdict == "allowed_pic"
    assert set(found.procedures) == {"BASEL/PIC", "XLM/REGISTER"}
    assert asked(found)["xlm-registry", "import"] == ("tacit", 20, "working")
    assert "lm:LM100" in {f"{code.scheme}:{code.code}" for code in found.codes}
    assert {"Waste Act of Lemuria s 4"} <= {ground.citation for ground in found.grounds}
    # Steps of the family stand beside those of the procedure.
    clocks = {(clock.procedure, clock.step) for clock in found.deadlines}
    assert {("XLM/REGISTER", "decide"), ("XLM/MOVEMENT", "announce")} <= clocks
    assert not [words for words in found.unsure if "Lemuria" in words.en]


def test_what_only_the_own_list_makes_waste():
    found = answer("PHL", "XLM", "slag", facts={"hazardous": False})
    assert (found.verdict, set(found.procedures)) == ("allowed_pic", {"BASEL/PIC", "XLM/REGISTER"})
    before = answer("PHL", "XLM", "slag", on="2022-12-31", facts={"hazardous": False})
    assert before.verdict != "allowed_pic"
    assert "XLM_SLAG" not in {one.switch for one in before.assumptions}


def test_the_open_point_is_named_with_what_the_other_setting_gives():
    found = answer("PHL", "XLM", "slag", facts={"hazardous": False})
    (open_point,) = (one for one in found.assumptions if one.switch == "XLM_SLAG")
    assert open_point.otherwise_procedures == ("BASEL/PIC",)


def test_export():
    found = answer("XLM", "JPN", "slag", facts={"hazardous": False})
    assert (found.verdict, found.procedures) == ("allowed_pic", ("XLM/REGISTER",))
    assert asked(found)["xlm-registry", "export"] == ("written", None, None)


def test_transit():
    found = answer("PHL", "JPN", via=["XLM"], facts={"hazardous": True})
    assert asked(found)["xlm-registry", "transit"] == ("written", 60, "calendar")
    assert "xlm.transit" in {ground.rule for ground in found.grounds}


def test_disposal_is_prohibited():
    found = answer("PHL", "XLM", operation="D10", facts={"hazardous": True})
    assert found.verdict == "prohibited"
    assert {"xlm.import.disposal", "basel.import-ban"} <= {ground.rule for ground in found.grounds}


def test_a_fact_that_its_law_turns_on():
    facts = {"facility_authorised": True, "hazardous": True, "lemurian_carrier": False}
    question = Question.parse(
        on=ON, stream="circuit-boards", origin="PHL", destination="XLM", operation="R4", facts=facts
    )
    assert verdict(question).verdict == "prohibited"
    assert "let a carrier of Lemuria bring it" in {words.en for one in remedies(question) for words in one.changes}
    assert "by a carrier of Lemuria" in {one.change.en for one in if_instead(question)}


def test_the_compact_bridges_what_the_convention_closes_while_both_are_in_it():
    found = answer("XLM", "XMU", facts={"hazardous": True})
    assert (found.verdict, found.route) == ("allowed_pic", "lost-lands.route")
    assert found.procedures[0] == "LOST/COMPACT"
    assert found.notifier.en == "exporter of the Lost Lands"
    assert asked(found)["xmu-elders", "import"] == ("tacit", 15, "calendar")
    for on, operation in (("2021-06-01", "R4"), ("2028-01-01", "R4"), (ON, "D10")):
        closed = answer("XLM", "XMU", on=on, operation=operation, facts={"hazardous": True})
        assert "basel.nonparty" in {ground.rule for ground in closed.grounds}, (on, operation)
    assert answer("XMU", "JPN", facts={"hazardous": True}).verdict == "prohibited"


def test_a_declared_code_of_the_own_list_counts_where_stricter():
    facts = {"facility_authorised": True}
    found = answer("PHL", "XLM", "copper-granules", codes=["lm:LM100"], facts=facts)
    assert found.verdict == "allowed_pic"
    assert {problem.code for problem in found.problems} == {"not_confirmed"}
    assert answer("PHL", "XLM", "copper-granules", facts={**facts, "hazardous": False}).verdict != "allowed_pic"
    with pytest.raises(Refused, match="lm:LM101"):
        answer("PHL", "XLM", codes=["lm:LM101"])


def test_the_group_and_its_days():
    assert groups.matches("@lost-lands", "XMU", date(2027, 12, 31))
    assert not groups.matches("@lost-lands", "XMU", date(2028, 1, 1))
    said = [(change.on, change.words.en) for change in timeline("XMU") if change.kind == "joins"]
    assert said == [
        (date(2022, 3, 1), "Mu joins the Compact of the Lost Lands"),
        (date(2028, 1, 1), "Mu leaves the Compact of the Lost Lands"),
    ]
    turns = [change.on for change in timeline(lane=("XLM", "XMU", "circuit-boards", "R4"), facts={"hazardous": True})]
    assert {date(2022, 3, 1), date(2028, 1, 1)} <= set(turns)


def test_the_matrix_says_the_same():
    world = matrix(
        ("XLM", "XMU", "JPN", "PHL"), ("circuit-boards", "slag"), (date(2021, 6, 1), date(2025, 10, 1)),
        operation="R4", facts={"hazardous": True},
    )  # fmt: skip
    for day in (date(2021, 6, 1), date(2025, 10, 1)):
        for origin, destination in (("XLM", "XMU"), ("XMU", "XLM"), ("PHL", "XLM"), ("XLM", "JPN")):
            for stream in ("circuit-boards", "slag"):
                cell = world.cell(origin, destination, stream, day)
                single = verdict(
                    Question.parse(
                        on=day, stream=stream, origin=origin, destination=destination, operation="R4",
                        facts={"hazardous": True},
                    )
                )  # fmt: skip
                assert (cell.verdict, cell.procedures) == (single.verdict, single.procedures)
                assert cell.covered == all(Law.load().pack_of(end, day) for end in (origin, destination))


def test_the_procedure_is_found_and_its_clock_runs_on_the_offices_own_calendar():
    day = date(2025, 6, 1)
    table = procedures.find("XLM/REGISTER", "import", "tacit", day)
    assert table.id == "xlm-register@1/import"
    assert table.procedure in procedures.OWN.released
    assert procedures.find("LOST/COMPACT", "import", "tacit", day).id.startswith("basel-pic@1/")
    registry = office("xlm-registry", "XLM")
    assert (registry.calendar, registry.zone, registry.rolls) == ("DE-BY", "Indian/Mauritius", True)
    start = datetime(2025, 6, 16, 9, tzinfo=UTC)
    course = engine.opening(table, start, registry, Days(form="tacit"))
    assert (course.to, course.dues) == ("received", ())
    row = next(row for row in table.transitions if row.transition == "register")
    (due,) = engine.moved(
        table, None, row, start, registry, Days(form="tacit", days=20, day_kind="working", rule="xlm.import.register")
    ).dues
    # Twenty working days, without Corpus Christi (19 June) and Midsummer.
    assert (due.due_on, due.then, due.rule) == (date(2025, 7, 16), "lapse", "xlm.import.register")
    assert {(one.day, one.why) for one in due.moved_by} >= {
        (date(2025, 6, 19), "holiday"),
        (date(2025, 6, 24), "closure"),
    }
    assert offices.form("xmu-elders", "XMU", "tacit") == "written"
    assert end_rule("xmu-elders", "XMU").rule.en.startswith("Periods end on the day counted")


def test_the_command(capsys):
    argv = "verdict --from PHL --to XLM --stream circuit-boards --operation R4 --on 2025-10-01 --fact hazardous=true"
    assert cli.main([*argv.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["procedures"] == ["BASEL/PIC", "XLM/REGISTER"]
    assert cli.main([*argv.split(), "--lang", "ja"]) == 0
    assert "ja: Lemuria" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/law/", "Lemuria"),
        ("/law/XLM", "Member of the Compact of the Lost Lands"),
        ("/law/XLM", "lamps of whale oil"),
        ("/law/XLM", "a fee is no part of the verdict"),
        ("/law/instruments/waste-act-of-lemuria", "No waste comes in for disposal"),
        ("/law/instruments/compact-of-the-lost-lands", "members of the Compact of the Lost Lands"),
        ("/law/gaps?economies=XLM,JPN", "LM200"),
        ("/law/timeline?economy=XMU", "Mu leaves the Compact of the Lost Lands"),
        ("/law/map?to=XLM&stream=slag&on=2025-10-01&hazardous=false", "Lemuria"),
        ("/may-it-move?from=PHL&to=XLM&stream=circuit-boards&on=2025-10-01", "Entry in the Register of Wastes"),
    ],
)
def test_the_pages(client, path, said):
    page = client.get(path + ("&" if "?" in path else "?") + "lang=en")
    assert page.status_code == 200
    assert said in page.content.decode()


def test_they_are_economies_like_others():
    assert {"XLM", "XMU"} <= set(parties()) & set(groups.states())
    assert tables.competent("XMU") == "xmu-elders"
    assert tables.common_procedure("LOST/COMPACT")
    assert not tables.common_procedure("XLM/REGISTER")
