"""Tables that Meguri does not have yet: rounds, clocks on another's act, bars across tracks, movements, versions."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from procedure_room import JAPAN, NOW, ROLES, facts, followed, open_track, step, take_in

from meguri.kit.problems import Conflict, Refused
from meguri.procedure import diagram, engine, tables
from meguri.procedure.facts import seen
from meguri.procedure.states import Days, Office

ATLANTIS = Path(__file__).with_name("atlantis")
ATL = (ATLANTIS / "atl-wsr@1.toml").read_text(encoding="utf-8")


def write(folder, version=1, more="", text=ATL, name="atl-wsr"):
    """The made-up table, or a changed one, under a name and version, with more in its head."""
    text = text.replace('id = "atl-wsr"\nversion = 1\n', f'id = "{name}"\nversion = {version}\n{more}')
    (folder / f"{name}@{version}.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def made_up(tmp_path):
    shutil.copytree(ATLANTIS, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def atlantis(made_up):
    with tables.reading(tables.folder(tables.FOLDER, made_up)) as shelf:
        yield shelf


def track(name, **more):
    return open_track(f"atl-wsr@1/{name}", JAPAN, **more)


def test_tables_that_are_being_written_stand_beside_the_houses_own_while_they_are_read(made_up):
    assert "atl-wsr@1/export" not in tables.tables()
    with tables.reading(tables.folder(tables.FOLDER, made_up)):
        assert {"atl-wsr@1/export", "basel-pic@1/export"} <= set(tables.tables())
        assert tables.find("ATL/PIC", "export", "written", date(2025, 1, 1)).id == "atl-wsr@1/export"
        assert tables.states()["not_valid"].standing == "refused"
    assert "not_valid" not in tables.states()
    assert set(tables.folder(made_up).digests) == {"atl-wsr@1"}


@pytest.mark.usefixtures("atlantis")
def test_three_rounds_and_no_fourth():
    course = track("export")
    for done in (1, 2, 3):
        course = step(course, "ask", "authority")
        assert course.round == done
        (due,) = course.dues
        assert (due.then, due.days, due.day_kind) == ("expire", 10, "working")
        course = take_in(course, "answer")
    (ask,) = (o for o in engine.offers(tables.of(course), course, frozenset({"authority"}), facts())
              if o.row.transition == "ask")  # fmt: skip
    assert ask.closed.say("en") == "There have been 3 rounds; the law allows 3."
    with pytest.raises(Conflict, match="the law allows 3"):
        step(course, "ask", "authority")


@pytest.mark.usefixtures("atlantis")
def test_an_unanswered_question_ends_the_notification_whatever_the_form_of_the_answer():
    course = step(track("export"), "ask", "authority")
    (due,) = engine.lapses(course, course.dues[0].due_at)
    assert not engine.is_granted(course, due.due_at)
    with pytest.raises(Conflict, match="The time for this ended"):
        step(course, "answer", "exporter", at=due.due_at)
    table = tables.of(course)
    assert engine.arrivals(table, course, "answer", facts(at=due.due_at)) is None
    assert engine.arrivals(table, course, "answer", facts(at=due.due_at - timedelta(seconds=1))).to == "filed"
    ended = step(course, "expire", "clock", at=due.due_at)
    assert (ended.state, ended.standing, ended.dues) == ("not_valid", "refused", ())


@pytest.mark.usefixtures("atlantis")
def test_the_fee_is_a_gate():
    with pytest.raises(Conflict, match="fee is not paid"):
        step(track("export"), "transmit", "authority")
    assert step(track("export"), "transmit", "authority", paid={"fee": True}).state == "transmitted"


@pytest.mark.usefixtures("atlantis")
def test_a_clock_starts_when_anothers_act_is_taken_in_and_not_before():
    transit = track("transit", days=Days(form="tacit"))
    assert transit.dues == ()
    said = step(track("import"), "acknowledge", "authority").points[-1].at
    late = said + timedelta(days=4)
    running = take_in(transit, "import.acknowledge", at=late)
    (due,) = running.dues
    assert (running.state, due.from_event, due.started_at) == ("received", "import.acknowledge", late)
    again = take_in(running, "import.acknowledge", at=late + timedelta(days=1))
    assert [due.started_at for due in again.dues] == [late + timedelta(days=1)], "a clock that starts anew runs once"
    known = step(running, "acknowledge", "authority", form="tacit", at=late)
    assert known.dues == running.dues
    assert engine.is_granted(known, due.due_at)
    assert not engine.is_granted(known, due.due_at - timedelta(seconds=1))
    assert step(known, "lapse", "clock", at=due.due_at, form="tacit").standing == "granted"
    assert "import.acknowledge" in engine.listens(tables.of(known))


@pytest.mark.usefixtures("atlantis")
def test_dispatch_decides_on_the_61st_day_after_transit_acknowledged():
    course = step(track("export"), "transmit", "authority", paid={"fee": True})
    silent = track("transit")
    acknowledged = step(silent, "acknowledge", "authority")
    home = Office(calendar="DE", zone="Europe/Berlin")
    valid = {"valid_from": date(2025, 12, 1), "valid_until": date(2026, 6, 1)}

    def consent(transit, at, granted=False):
        others = (seen("t/transit", "transit", transit, granted, authority="t", needed=True),)
        return step(course, "consent", "authority", at=at, office=home, tracks=others, given=valid)

    sixtieth = datetime(2025, 11, 30, 22, 59, tzinfo=UTC)
    with pytest.raises(Conflict, match="2025-11-30"):
        consent(acknowledged, sixtieth)
    with pytest.raises(Conflict, match="after t has done its part"):
        consent(silent, sixtieth + timedelta(days=100))
    assert consent(acknowledged, sixtieth + timedelta(minutes=1)).standing == "granted"
    assert consent(silent, NOW, granted=True).standing == "granted"


@pytest.mark.usefixtures("atlantis")
def test_a_clearance_opens_with_each_movement():
    (table,) = tables.for_movements("ATL/PIC", date(2025, 10, 1))
    assert table.id == "atl-wsr@1/each-movement"
    with pytest.raises(Refused):
        tables.find("ATL/PIC", "clearance", "written", date(2025, 10, 1))
    assert engine.arrivals(table, None, "export.transmit") is None
    opening = engine.arrivals(table, None, "movement.plan")
    assert (opening.role, opening.to) == ("node", "received")
    of_case = [tables.tables()[f"atl-wsr@1/{name}"] for name in ("import", "transit", "each-movement")]
    assert tables.openings(of_case)[table.id] == "movement.plan"
    assert tables.openings(of_case)["atl-wsr@1/import"] == "notify"
    course = track("each-movement")
    short = {"valid_from": date(2025, 10, 1), "valid_until": date(2025, 10, 31)}
    with pytest.raises(Conflict, match="guarantee is not in force"):
        step(course, "approve", "authority", given=short)
    assert step(course, "approve", "authority", given=short, in_force={"guarantee": True}).standing == "granted"
    with pytest.raises(Refused, match="1 months"):
        step(course, "approve", "authority", in_force={"guarantee": True})


@pytest.mark.usefixtures("atlantis")
def test_a_table_that_waits_for_an_act_which_nobody_in_the_case_has_opens_on_the_notification():
    """The office that applies in Japan has nothing to send on; who waits for that would wait for ever."""
    asked = [tables.tables()[name] for name in ("atl-wsr@1/import", "usa-rcra-export@1/export", "movement@1/movement")]
    assert tables.openings(asked) == {
        "atl-wsr@1/import": "export.transmit",
        "usa-rcra-export@1/export": "notify",
    }
    silent = msgspec.structs.replace(
        asked[1], transitions=tuple(row for row in asked[1].transitions if row.transition != "transmit")
    )
    assert set(tables.openings([asked[0], silent]).values()) == {"notify"}


@pytest.mark.usefixtures("atlantis")
def test_the_made_up_tables_are_drawn_too():
    drawn = diagram.text()
    for part in (
        "[*] --> received: movement.plan (taken in)",
        "received --> received: import.acknowledge (taken in)",
        "(granted transit or over 60 calendar days since transit.acknowledge); valid within",
        "rounds below 3",
        "valid within 1 months",
        "opens with each movement. Nothing moves without it. A consent holds 12 months at most.",
        "clock `answer`: 10 working days from `ask`, by law; then `expire`.",
        "clock `decide`: 30 calendar days from `import.acknowledge`, by law; then `lapse` where silence consents.",
        "it waits for the exporter. Act of Atlantis, section 1 (memory)",
    ):
        assert part in drawn, part


def test_a_case_keeps_the_table_of_its_day_and_the_next_version_serves_later_days(made_up):
    write(made_up, 2, "effective_from = 2026-05-21\n", ATL.replace("n = 3", "n = 1"))
    with tables.reading(tables.folder(made_up)):
        asked = ("ATL/PIC", "export", "written")
        assert tables.find(*asked, date(2026, 5, 20)).id == "atl-wsr@1/export"
        assert tables.find(*asked, date(2026, 5, 21)).id == "atl-wsr@2/export"
        old = take_in(step(track("export"), "ask", "authority"), "answer")
        assert step(old, "ask", "authority", at=NOW + timedelta(days=300)).round == 2
        new = take_in(step(open_track("atl-wsr@2/export", JAPAN), "ask", "authority"), "answer")
        with pytest.raises(Conflict, match="the law allows 1"):
            step(new, "ask", "authority")
        assert tables.digest("atl-wsr@1") != tables.digest("atl-wsr@2")


def test_a_written_end_stays_and_the_general_table_serves_after_it(made_up):
    write(made_up, 1, "effective_to = 2026-05-20\n")
    with tables.reading(tables.folder(tables.FOLDER, made_up)):
        assert tables.find("ATL/PIC", "export", "written", date(2026, 5, 20)).id == "atl-wsr@1/export"
        after = tables.find("ATL/PIC", "export", "written", date(2026, 5, 21))
        assert after.id == "basel-pic@1/export"
        assert tables.general(after, "ATL/PIC")


def test_two_offices_of_one_country_get_different_days_for_one_row(atlantis):
    table = atlantis.tables["atl-wsr@1/export"]
    row = next(row for row in table.transitions if row.transition == "ask")
    start = datetime(2025, 6, 16, 9, tzinfo=UTC)
    ends = {
        calendar: followed(
            None, table, row, start, Office(calendar=calendar, zone="Europe/Berlin"), Days(form="written"), "o"
        ).dues[0].due_on
        for calendar in ("DE-BY", "DE-HH")
    }  # fmt: skip
    assert ends == {"DE-BY": date(2025, 7, 1), "DE-HH": date(2025, 6, 30)}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('to = "not_valid"', 'to = "invalid"', "no state “invalid” of track"),
        ('transition = "expire"', 'transition = "perish"', "no transition “perish” of track"),
        ('role = "authority"', 'role = "king"', "king"),
        ("needed = true", 'needed = "perhaps"', "bool"),
        ("[[tracks]]", "[[tracks]]\ncolour = 1", "colour"),
        ('section 1", confidence = "memory" },\n  { from = ["asked"], transition = "answer"',
         'section 1", confidence = "" },\n  { from = ["asked"], transition = "answer"', "citation and confidence"),
        ('confidence = "memory"', 'confidence = ""', "source and confidence"),
        ('starts_on = "ask"', 'starts_on = "refuse"', "no such transition: refuse"),
        ('starts_on = "ask"', 'starts_on = "import.acknowledge"', "no such transition: import.acknowledge"),
        ('starts_on = "ask", ', "", "nothing starts it"),
        ('ends_on = ["answer"]', 'ends_on = ["silence"]', "no such transition: silence"),
        ('then = "expire"', 'then = "transmit"', "no row of the clock says “transmit”"),
        ("days = 10", "days = -1", "a period of -1 working days"),
        ('day_kind = "working"', 'day_kind = "none"', "none days"),
        ('id = "decide"', 'id = "decade"', "starts a clock that the table does not have"),
        ('effects = ["round"]', 'effects = ["reveal"]', "no such effect: reveal"),
        ('from = ["asked"], transition = "answer"', 'from = ["noted"], transition = "answer"', "no way leads to noted"),
        ('is = "paid"', 'is = "bribed"', "no fact “bribed”; the facts are granted, refused"),
        ('of = "fee"', 'of = "piper"', "“paid” is of fee, not of “piper”"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "paid" }', "“paid” is not told with nothing"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "held", n = 3 }', "“held” is not told with n"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "held", not = { is = "held" } }', "one of is, not, any"),
        ("{ is = \"paid\", of = \"fee\" }", "{ any = [{ not = {} }] }", "one of is, not, any"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "held" , colour = 1}', "colour"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "given", of = "text" }', "has no field text"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "valid_within" }', "no days between which it holds"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "said", of = "sing" }', "nobody says “sing” on this track"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "said", of = "import.sing" }', "nobody says “import.sing”"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "over", of = "sundial" }', "no clock “sundial”"),
        ("{ is = \"paid\", of = \"fee\" }", '{ is = "over", days = 3, since = "import.consent" }', "so many days of a"),
        ('since = "transit.acknowledge"', 'since = "transit.sing"', "nobody says “transit.sing”"),
        ("days = 60, ", "days = 0, ", "a period of 0 calendar days"),
        ('on = "import.acknowledge"', 'on = "import.sing"', "nobody says “import.sing”"),
        ('on = "import.acknowledge"', 'on = "sing"', "on names a statement or an act"),
        ('role = "node", on = "import.acknowledge"', 'role = "node"', "what a node does is take_in"),
        ('transition = "take_in"', 'transition = "acknowledge"', "what a node does is take_in"),
        (', on = "answer"', ', on = "export.transmit"', "no statement that exporter says"),
        ('opens_on = "export.transmit"', 'opens_on = "export.sing"', "nobody says “export.sing”"),
        ('opens_on = "export.transmit"', 'opens_on = "telegram"', "opens_on names"),
        ('opens_on = "export.transmit"', 'opens_on = "movement.plan"', "per_movement"),
        ('opens_at = "filed"', 'opens_at = ""', "opens_at is needed"),
        ('capacity = "export"', 'capacity = "movement"', "a capacity is a word"),
        ('procedures = ["ATL/PIC"]', 'procedures = ["ATL/PIC", "*"]', "general = true"),
        ('procedures = ["ATL/PIC"]', "procedures = []", "which procedures and forms"),
        ('from = ["filed"], transition = "transmit"', 'from = [], transition = "transmit"', "opens by opens_on"),
        ('capacity = "export"', 'subject = "movement"', "belong to tracks"),
        ('version = 1', 'version = 2', "called atl-wsr@2.toml"),
        ('version = 1', 'version = 0', "a number from 1"),
        ('id = "atl-wsr"', "id = atl-wsr", "atl-wsr@1.toml"),
        ("version = 1", "version = 1\neffective_from = 2026-01-02\neffective_to = 2026-01-01", "before 2026-01-02"),
        ('capacity = "transit"', 'capacity = "import"', "two tables have one name"),
    ],
)  # fmt: skip
def test_mistakes_in_a_table_are_refused_with_their_place(made_up, old, new, says):
    changed = ATL.replace(old, new, 1)
    assert changed != ATL
    (made_up / "atl-wsr@1.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(tables.TableError, match=says) as caught:
        _ = tables.folder(made_up).tables
    assert "atl-wsr@" in str(caught.value)


MOVEMENT = (tables.FOLDER / "movement@1.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("clocks = []", 'clocks = []\ncapacity = "export"', "belong to tracks"),
        ("clocks = []", 'clocks = []\nopens_on = "notify"', "belong to tracks"),
        ("clocks = []", 'clocks = []\nforms = ["*"]', "belong to tracks"),
        ('from = [], transition = "plan"', 'from = ["planned"], transition = "plan"', "no row opens it"),
        ('of = "text" }]', 'of = "text" }, { any = [[{ is = "held" }, { is = "bribed" }]] }]', "no fact “bribed”"),
        ('of = "text" }]', 'of = "text" }, { any = [[{ is = "held" }, {}]] }]', "one of is, not, any"),
        ('on = "arrival.receive"', 'on = "arrival.sing"', "nobody says “arrival.sing”"),
    ],
)
def test_mistakes_in_a_table_of_movements_are_refused_too(tmp_path, old, new, says):
    changed = MOVEMENT.replace(old, new, 1)
    (tmp_path / "movement@1.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(tables.TableError, match=says):
        _ = tables.folder(tmp_path).tables


def test_there_is_one_table_of_movements_on_a_day(tmp_path):
    (tmp_path / "voyage@1.toml").write_text(MOVEMENT.replace('id = "movement"', 'id = "voyage"', 1), encoding="utf-8")
    with pytest.raises(tables.TableError, match="both serve movement"):
        _ = tables.folder(tables.FOLDER, tmp_path).tables


def test_a_clock_that_is_a_service_target_has_no_end_to_wait_for(made_up):
    row = '{ is = "paid", of = "fee" }'
    changed = ATL.replace(row, '{ is = "over", of = "answer" }').replace("legal = true", "legal = false", 1)
    (made_up / "atl-wsr@1.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(tables.TableError, match="service target"):
        _ = tables.folder(made_up).tables


def test_an_open_state_without_a_way_out_is_refused(made_up):
    head, mark, rest = ATL.partition('capacity = "import"')
    cut = "\n".join(line for line in rest.splitlines() if 'from = ["acknowledged"], transition = "consent"' not in line)
    changed = head + mark + cut.replace('"acknowledged", "consented"]', '"acknowledged"]', 1)
    (made_up / "atl-wsr@1.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(tables.TableError, match="no way leads out of acknowledged"):
        _ = tables.folder(made_up).tables


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("", "", "its days overlap those of atl-wsr@1"),
        ("effective_from = 2026-01-01\n", "effective_from = 2026-01-01\n", "begins after 2026-01-01"),
        ("effective_from = 2026-01-01\n", "effective_from = 2025-01-01\n", "overlap"),
        ("effective_to = 2026-01-01\n", "effective_from = 2026-01-01\n", "begins after 2026-01-01"),
        ("effective_to = 2026-01-01\n", "effective_from = 2026-01-02\n", None),
        ("", "effective_from = 2026-01-02\n", None),
    ],
)
def test_versions_whose_days_overlap_are_refused(made_up, first, second, says):
    write(made_up, 1, first)
    write(made_up, 2, second)
    if says is None:
        assert len(tables.folder(made_up).procedures) == 2
        return
    with pytest.raises(tables.TableError, match=says):
        _ = tables.folder(made_up).procedures


def test_two_tables_for_one_procedure_and_form_are_refused_unless_their_days_part_them(made_up):
    write(made_up, 1, name="lemuria")
    with pytest.raises(tables.TableError, match="both serve ATL/PIC"):
        _ = tables.folder(made_up).tables
    write(made_up, 1, "effective_from = 2026-05-21\n", name="lemuria")
    write(made_up, 1, "effective_to = 2026-05-20\n")
    assert tables.folder(made_up).find("ATL/PIC", "export", "tacit", date(2027, 1, 1)).id == "lemuria@1/export"


def test_a_file_that_stands_in_two_folders_is_refused(made_up, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write(other)
    with pytest.raises(tables.TableError, match="two folders"):
        _ = tables.folder(made_up, other).tables


def test_an_unknown_standing_is_refused_with_its_line(made_up):
    words = made_up / "states.csv"
    words.write_text(words.read_text().replace("refused", "cross"))
    with pytest.raises(tables.TableError, match=r"states\.csv, line 2"):
        _ = tables.folder(made_up).tables


def test_a_folder_without_movements_says_so(made_up):
    with tables.reading(tables.folder(made_up)), pytest.raises(Refused, match="movement"):
        tables.of_subject("movement", date(2025, 1, 1))


def test_roles_that_nobody_holds_are_named_as_roles():
    course = open_track("basel-pic@1/export", JAPAN)
    roles = {"exporter": ROLES["exporter"]}
    with pytest.raises(Exception, match="belongs to authority"):
        engine.choose(tables.of(course), course, "check", roles, ROLES["exporter"], facts())
