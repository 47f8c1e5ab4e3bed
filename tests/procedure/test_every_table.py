"""Every state x transition x role of every table in the folder, against the text of its file; every guard both ways.

Whatever table lies in the folder is covered by lying there.
"""

from __future__ import annotations

import itertools
import tomllib
from datetime import timedelta

import msgspec
import pytest
from procedure_room import DAY, FULL, JAPAN, NOW, ROLES, facts

from meguri.kit.problems import Conflict, MeguriError, NotAllowed, Refused
from meguri.procedure import diagram, engine, guards, tables
from meguri.procedure.clocks import ClockRule, due
from meguri.procedure.facts import Seen
from meguri.procedure.model import TransitionRow
from meguri.procedure.states import LIVE, Course, CoursePoint, Days

RAW = {
    f"{doc['id']}@{doc['version']}/{table.get('name') or table.get('capacity') or table['subject']}": table
    for doc in (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(tables.FOLDER.glob("*.toml")))
    for table in doc["tracks"]
}
LONG_AGO = NOW - timedelta(days=400)


def subject(table_id):
    return RAW[table_id].get("subject", "track")


def course(table_id, state, **more):
    standing = tables.states(subject(table_id))[state].standing
    return Course(**{"table": table_id, "digest": "", "state": state, "standing": standing} | more)


class World:
    """A course and the facts beside it, made so that conditions of a row hold or fail."""

    def __init__(self, table_id, state):
        self.table, self.state = tables.tables()[table_id], state
        self.said, self.dues, self.round, self.seen = [], [], 0, []
        self.facts = {
            "given": dict(FULL), "form": "written", "in_force": {}, "paid": {}, "covered": {}, "held": False,
            "under_way": 0,
        }  # fmt: skip

    def make(self, condition, wanted):
        if "not" in condition:
            self.make(condition["not"], not wanted)
        elif "any" in condition:
            for way in condition["any"]:
                for one in way if isinstance(way, list) else [way]:
                    self.make(one, wanted)
        else:
            getattr(self, f"make_{condition['is']}")(condition, wanted)

    def make_given(self, condition, wanted):
        if not wanted:
            self.facts["given"].pop(condition["of"])

    def make_valid_within(self, condition, wanted):
        if not wanted:
            self.facts["given"].pop("valid_until")

    def make_granted(self, condition, wanted):
        for capacity in condition["capacity"]:
            self.seen.append(Seen(key=f"o/{capacity}", capacity=capacity, needed=True, granted=wanted))

    def make_refused(self, condition, wanted):
        standing = "refused" if wanted else "open"
        self.seen.append(Seen(key="o/r", capacity=condition["capacity"][0], standing=standing))

    def _said(self, where, wanted, at):
        capacity, _, transition = where.rpartition(".")
        if capacity:
            self.seen.append(Seen(key=f"o/{capacity}", capacity=capacity, said={transition: at} if wanted else {}))
        elif wanted:
            self.said.append(transition)

    def make_said(self, condition, wanted):
        self._said(condition["of"], wanted, NOW)

    def make_over(self, condition, wanted):
        if "since" in condition:
            self._said(condition["since"], True, LONG_AGO if wanted else NOW)
            return
        clock = self.table.clock(condition["of"])
        rule = ClockRule(
            clock=clock.id, from_event="x", days=10, day_kind="calendar", legal=True, then=clock.then, bars=clock.bars
        )
        self.dues.append(due(LONG_AGO if wanted else NOW, rule, JAPAN))

    def make_rounds_below(self, condition, wanted):
        self.round = 0 if wanted else condition["n"]

    def make_in_force(self, condition, wanted):
        self.facts["in_force"][condition["of"]] = wanted

    def make_paid(self, condition, wanted):
        self.facts["paid"][condition["of"]] = wanted

    def make_covered(self, condition, wanted):
        self.facts["covered"][condition["of"]] = wanted

    def make_none_left(self, condition, wanted):
        self.facts["under_way"] = 0 if wanted else 1

    def make_held(self, condition, wanted):
        self.facts["held"] = wanted

    def make_silence(self, condition, wanted):
        self.facts["form"] = "tacit" if wanted else "written"

    def course(self):
        if self.state is None:
            return None
        points = [CoursePoint(at=NOW, transition=one, to=self.state, actor="o", act="A") for one in self.said]
        return course(self.table.id, self.state, round=self.round, dues=tuple(self.dues), points=tuple(points))

    def known(self):
        return facts(tracks=tuple(self.seen), **self.facts)


def world(table_id, state, row, broken=None):
    """A world in which the guard of a row holds, except for the condition at that place."""
    made = World(table_id, state)
    for place, condition in enumerate(row.get("guard", ())):
        made.make(condition, place != broken)
    return made


def tried(made, transition, role):
    """The row by which a role takes a step, or the refusal."""
    try:
        return engine.choose(made.table, made.course(), transition, ROLES, ROLES[role], made.known())
    except MeguriError as refusal:
        return refusal


def places(row):
    return row["from"] or [None]


def every_state(table_id):
    return [None, *tables.tables()[table_id].states()]


def test_the_product_is_large_enough_to_mean_something():
    cells = [
        (table_id, state, transition, role)
        for table_id in RAW
        for state in every_state(table_id)
        for transition, role in itertools.product(tables.transitions(subject(table_id)), ROLES)
    ]
    assert set(RAW) == set(tables.OWN.tables)
    assert len(cells) > 15_000


@pytest.mark.parametrize("table_id", RAW)
def test_state_by_transition_by_role(table_id):
    """A step is open exactly where the text of the table has a row for it; to everybody else it is refused."""
    table, raw = tables.tables()[table_id], RAW[table_id]["transitions"]
    for state in every_state(table_id):
        for transition, role in itertools.product(tables.transitions(table.subject), ROLES):
            rows = [
                r for r in raw if (state in r["from"] if state else not r["from"]) and r["transition"] == transition
            ]
            mine = [r for r in rows if r["role"] == role]
            made = world(table_id, state, mine[0] if mine else {})
            place = (table_id, state, transition, role)
            found = tried(made, transition, role)
            if not rows:
                assert isinstance(found, Conflict), place
                assert found.problems[0].code == "not-open", place
            elif not mine:
                assert isinstance(found, NotAllowed), place
                assert found.problems[0].code == "role", place
            else:
                assert isinstance(found, TransitionRow), (place, found)
                assert found.to == mine[0]["to"], place
                change = engine.moved(table, made.course(), found, NOW, JAPAN, Days(form="written"))
                assert change.to == found.to
                assert change.standing == tables.states(table.subject)[found.to].standing
                assert change.round == made.round + ("round" in mine[0].get("effects", ()))
                started = {due.clock for due in change.dues if due.started_at == NOW}
                named = {c["id"] for c in RAW[table_id]["clocks"] if c.get("starts_on") == transition}
                assert started == named | set(mine[0].get("starts", ())), place


@pytest.mark.parametrize("table_id", RAW)
def test_offers_are_the_rows_of_a_role_each_once(table_id):
    table, raw = tables.tables()[table_id], RAW[table_id]["transitions"]
    for state, role in itertools.product(every_state(table_id), ROLES):
        mine = [r for r in raw if (state in r["from"] if state else not r["from"]) and r["role"] == role]
        made = World(table_id, state)
        found = engine.offers(table, made.course(), frozenset({role}), made.known())
        expected = dict.fromkeys((r["transition"], r.get("on", "")) for r in mine)
        assert [(offer.row.transition, offer.row.on) for offer in found] == list(expected), (table_id, state, role)
        assert all(offer.fields == tables.transitions(table.subject)[offer.row.transition].fields for offer in found)


@pytest.mark.parametrize("table_id", RAW)
def test_what_a_node_takes_in_is_what_the_rows_say(table_id):
    table, raw = tables.tables()[table_id], RAW[table_id]["transitions"]
    words = engine.listens(table) | {"notify", "export.transmit", "vary", "answer", "arrival.receive", "nobody.says"}
    opens_on = RAW[table_id].get("opens_on")
    for state, on in itertools.product(every_state(table_id), words):
        rows = [r for r in raw if state in r["from"] and r.get("on") == on]
        if state is None:
            found = engine.arrivals(table, None, on)
            assert (found.to if found else None) == (RAW[table_id]["opens_at"] if on == opens_on else None)
            continue
        for row in rows:
            made = world(table_id, state, row)
            assert engine.arrivals(table, made.course(), on).to == row["to"], (table_id, state, on)
            assert engine.arrivals(table, made.course(), on, made.known()).to == row["to"], (table_id, state, on)
        if not rows:
            assert engine.arrivals(table, course(table_id, state), on) is None


GUARDED = [
    (table_id, number, place)
    for table_id, table in RAW.items()
    for number, row in enumerate(table["transitions"])
    for place in range(len(row.get("guard", ())))
]


@pytest.mark.parametrize(("table_id", "number", "broken"), GUARDED)
def test_each_condition_of_a_guard_opens_and_closes_its_row(table_id, number, broken):
    table, row = tables.tables()[table_id], RAW[table_id]["transitions"][number]
    for state in places(row):
        good, bad = world(table_id, state, row), world(table_id, state, row, broken)
        assert tried(good, row["transition"], row["role"]).to == row["to"]
        twins = [
            r
            for r in RAW[table_id]["transitions"]
            if r is not row and r["transition"] == row["transition"] and r["role"] == row["role"]
            and (state in r["from"] if state else not r["from"])
        ]  # fmt: skip
        condition = table.transitions[number].guard[broken]
        field = guards.kind(next(condition.facts())) == "field"
        offered = engine.offers(table, bad.course(), frozenset({row["role"]}), bad.known())
        offer = next(one for one in offered if one.row.transition == row["transition"])
        found = tried(bad, row["transition"], row["role"])
        if isinstance(found, TransitionRow):
            assert found.to in {r["to"] for r in twins}, "another row of the same step is open"
            assert offer.closed is None
            continue
        (problem,) = found.problems
        assert problem.say("ja") != problem.say("en")
        assert isinstance(found, Refused if field else Conflict)
        assert (problem.pointer in guards.FIELDS) == field
        # What only the form lacks closes no button; what else is closed is shown with its reason.
        assert offer.closed == (None if field else problem)


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
    for one in tables.SUBJECTS:
        for word in (*tables.states(one).values(), *tables.transitions(one).values()):
            assert word.words.en
            assert word.words.say("ja") != word.words.en
    for procedure in tables.procedures():
        assert tables.title(procedure).say("ja") != procedure.title
    for table in tables.tables().values():
        for clock in table.clocks:
            assert tables.if_nothing(table.id, clock.id, False).say("ja") != clock.if_nothing
            silent = tables.if_nothing(table.id, clock.id, True)
            assert silent.say("en") == clock.if_silent
            assert not clock.if_silent or silent.say("ja") != clock.if_silent
    assert not tables.if_nothing("gone@1/x", "decide", False)


@pytest.mark.parametrize(
    ("asked", "table_id"),
    [
        (("BASEL/PIC", "export", "written"), "basel-pic@1/export"),
        (("BASEL/PIC", "import", "written"), "basel-pic@1/import"),
        (("BASEL/PIC", "transit", "notice"), "basel-pic@1/transit-notice"),
        (("JPN/IMPORT_APPROVAL", "approval", "written"), "jpn-import@1/approval"),
        (("JPN/IMPORT_CERTIFIED", "informed", "notice"), "jpn-import@1/informed"),
        (("JPN/EXPORT_APPROVAL", "approval", "written"), "jpn-export@1/approval"),
        (("USA/RCRA_EXPORT", "export", "acknowledgement"), "usa-rcra-export@1/export"),
        (("OECD/AMBER_CASE1", "import", "tacit"), "oecd-amber@1/import-case1"),
        (("OECD/AMBER_CASE2", "import", "tacit"), "oecd-amber@1/import-case2"),
        (("EU_WSR/PIC", "export", "written"), "basel-pic@1/export"),
    ],
)
def test_the_table_that_names_the_procedure_goes_before_the_general_one(asked, table_id):
    table = tables.find(*asked, DAY)
    assert table.id == table_id
    assert tables.general(table, asked[0]) == (asked[0] == "EU_WSR/PIC")


def test_a_capacity_without_any_table_is_refused():
    with pytest.raises(Refused, match="emperor"):
        tables.find("X/Y", "emperor", "written", DAY)


def test_standings_that_go_on_have_a_way_on_and_the_others_keep_no_clock():
    for table in tables.tables().values():
        for row in table.transitions:
            if tables.states(table.subject)[row.to].standing not in LIVE:
                assert not row.starts, table.id


def test_the_document_shows_the_tables_as_they_are():
    document = diagram.DOCUMENT.read_text(encoding="utf-8")
    assert diagram.written(document) == document
    with pytest.raises(ValueError, match="lost the marks"):
        diagram.written("nothing")


def test_a_course_is_the_same_after_it_was_written_down():
    made = world("oecd-amber@1/import-case1", "acknowledged", RAW["oecd-amber@1/import-case1"]["transitions"][2])
    assert msgspec.json.decode(msgspec.json.encode(made.course()), type=Course) == made.course()
