"""Every row of the law's tables is encoded as rules, or left out with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from meguri.law import Law, Question, authorities, groups, matrix, operations, procedures, verdict, waste_codes
from meguri.law.asking.engine import in_force
from meguri.law.body.answers import answers
from meguri.law.body.rulebook import Rule
from meguri.law.groups import stream_matches
from meguri.law.tables import changes, competent, parties, rows, streams


def left_out(table: str) -> dict[str, str]:
    """The rows of a table that are left out, each with its reason."""
    return {row["row"]: row["left_out"] for _, row in rows("coverage.csv") if row["table"] == table}


def meant(row: str, key: str) -> bool:
    """Whether a row of the table of what is left out means a key: itself, ``*`` at its end, or Annex I in one row."""
    if row == "basel:Y1..Y45":
        number = key.removeprefix("basel:Y")
        return key.startswith("basel:Y") and number.isdecimal() and 1 <= int(number) <= 45
    return key.startswith(row[:-1]) if row.endswith("*") and not row[-2:-1].isdigit() else key == row


def test_every_national_rule_is_encoded_or_left_out():
    law = Law.load()
    known = {item.id for item in (*law.rules, *law.entries)} | set(procedures())
    seen: dict[tuple[str, ...], str] = {}
    for place, row in rows("national_rules.csv"):
        named = [name for name in row["encoded_as"].split(";") if name]
        assert named or row["left_out"], place
        assert set(named) <= known, (place, set(named) - known)
        identity = tuple(row[part] for part in ("economy", "direction", "waste_scope", "effective_from", "instrument"))
        assert identity not in seen, (place, seen[identity])
        seen[identity] = place


def test_an_answer_of_a_country_is_never_milder_than_its_row():
    """What an economy bars or puts under consent is borne by answers (a) or (b), or by silence."""
    allowed = {"prohibited": {"a"}, "consent": {"a", "b"}, "info_only": {"a", "b", "c", "d"}, "unknown": set()}
    for place, row in rows("national_rules.csv"):
        if not row["waste_scope"].startswith("to "):
            continue
        for name in row["encoded_as"].split(";"):
            if name.startswith("answer."):
                _, economy, _, letter, *_ = name.split(".")
                assert row["waste_scope"].startswith(f"to {economy}:"), place
                both = {"d"} if "(b,d)" in row["instrument"] else set()
                assert letter[0] in allowed[row["rule"]] | both, (place, name)


def test_every_answer_of_a_country_turns_the_answer_of_the_union():
    """(a) bars, (b) asks for consent, (c) and (d) for none of the Union's own, for each stream of an entry."""
    law = Law.load()
    made = [entry for entry in law.entries if entry.id.startswith("answer.")]
    asks = {tuple(entry.id.split(".")[1:3]) for entry in made if entry.id.split(".")[3].startswith("b")}
    tried = set()
    for entry in made:
        _, economy, code, letter, *_ = entry.id.split(".")
        for stream in entry.streams:
            if streams()[stream].listed:
                continue
            answer = verdict(
                Question.parse(
                    on="2026-08-01", stream=stream, origin="DEU", destination=economy,
                    operation="R3" if code == "B3011" else "R4", codes=f"basel:{code}",
                    facts={"hazardous": False, **dict(entry.facts)},
                )
            )  # fmt: skip
            bore = {ground.rule for ground in answer.grounds}
            if letter[0] == "a":
                assert answer.verdict == "prohibited", (entry.id, stream)
                assert "eu.export.answer.a" in bore, (entry.id, stream)
            elif letter[0] == "b":
                assert answer.verdict in ("allowed_pic", "prohibited"), (entry.id, stream)
            elif (economy, code) not in asks:
                assert bore.isdisjoint({"eu.wsr.answer.b", "eu.wsr.answer.none"}), (entry.id, stream)
            tried.add(letter[0])
    assert tried == {"a", "b", "c", "d"}


def test_an_economy_without_its_law_on_file_says_what_is_missing():
    law = Law.load()
    alone = {
        rule.economies[0]
        for rule in law.rules
        if rule.stage != "route" and len(rule.economies) == 1 and rule.economies[0] in parties()
    }
    _check("economies", alone, alone & set(law.covered))


@pytest.mark.parametrize("economy", ["PHL", "MYS"])
def test_where_no_rule_on_used_goods_was_found_nobody_says_decided(economy):
    facts = "purpose=reuse;function_tested=true;test_record=true;packed=true;invoice=true;contract=true"
    for stream in ("computers", "mobile-phones", "cooling-appliances"):
        answer = verdict(
            Question.parse(
                on="2026-10-01", stream=stream, origin="JPN", destination=economy, operation=None, facts=facts
            )
        )
        assert (answer.verdict, answer.status) == ("allowed_not_waste", "needs_ruling"), stream
        assert economy in {one.economy for one in answer.unread}


def test_encoded_rules_begin_when_the_table_says():
    law = Law.load()
    rules = {item.id: item for item in (*law.rules, *law.entries)}
    late = []
    for place, row in rows("national_rules.csv"):
        named = [rules[name] for name in row["encoded_as"].split(";") if name in rules]
        begins = [rule.effective_from.isoformat() if rule.effective_from else "" for rule in named]
        if row["left_out"]:
            continue  # What of its time was not read is said there.
        if named and row["effective_from"] and all(begin > row["effective_from"] for begin in begins):
            late.append((place, row["effective_from"], begins))
    assert not late


def test_every_rule_on_used_goods_is_encoded_or_left_out():
    rules = {rule.id: rule for rule in Law.load().rules}
    for place, row in rows("used_goods.csv"):
        named = [name for name in row["encoded_as"].split(";") if name]
        assert bool(named) != bool(row["left_out"]), place
        assert all(name in rules for name in named), (place, named)
        begins = [rules[name].effective_from for name in named]
        if named and row["effective_from"]:
            assert any(begin is None or begin.isoformat() <= row["effective_from"] for begin in begins), place


def test_every_answer_of_a_country_is_made_a_class_or_left_out():
    made = {entry.id.split(".")[1] for entry in Law.load().entries if entry.id.startswith("answer.")}
    sure = {answer.economy for answer in answers() if answer.confidence != "low"}
    assert made == sure
    assert all(answer.caution.en and answer.source for answer in answers())
    held = {entry.code.removeprefix("basel:") for entry in Law.load().entries if entry.code.startswith("basel:B")}
    of_answers = {entry.id.split(".")[2] for entry in Law.load().entries if entry.id.startswith("answer.")}
    assert of_answers <= held


def test_every_procedure_is_used_or_left_out():
    law = Law.load()
    used = {name for rule in law.rules for name in rule.procedures} | set(law.procedures)
    left = set(left_out("procedures"))
    assert set(procedures()) == used | left
    assert not {name for rule in law.rules for name in rule.procedures} & left


def test_every_procedure_of_a_rule_is_described():
    law = Law.load()
    assert {name for rule in law.rules for name in rule.procedures} <= set(law.procedures)


def test_every_tag_that_is_read_is_given():
    rules = Law.load().rules
    given = {tag for rule in rules for tag in rule.gives}
    read = {tag for rule in rules for tag in (*rule.needs, *rule.lacks) if not tag.startswith("procedure:")}
    assert read <= given


def test_every_switch_is_relied_on_by_a_rule():
    law = Law.load()
    assert {rule.assumes[0] for rule in law.rules if rule.assumes} == set(law.switches)


def test_days_that_bite_are_days_of_rules():
    rules = Law.load().rules
    entries = Law.load().entries
    days = {item.effective_from for item in (*rules, *entries)} | {item.effective_to for item in (*rules, *entries)}
    # Steps of a procedure change on their own days.
    days |= {step.effective_from for steps in procedures().values() for step in steps}
    assert {change.on for change in changes()} <= days


def _check(table: str, keys: set[str], encoded: set[str]) -> None:
    left = left_out(table)
    assert all(left.values()), "each row left out has its reason"
    missing = {key for key in keys - encoded if not any(meant(row, key) for row in left)}
    assert not missing, f"neither encoded nor left out: {sorted(missing)}"
    both = {key for key in encoded if any(meant(row, key) for row in left)}
    assert not both, f"encoded, yet said to be left out: {sorted(both)}"
    idle = {row for row in left if not any(meant(row, key) for key in keys)}
    assert not idle, f"left out, yet in no table: {sorted(idle)}"


def test_every_code_is_an_entry_or_left_out():
    codes = {code for code in waste_codes() if not code.startswith("hs:")}
    _check("waste_codes", codes, {entry.code for entry in Law.load().entries if entry.code})


def test_every_customs_code_is_left_out_with_its_reason():
    codes = {row["hs"] for _, row in rows("hs_codes.csv")}
    _check("hs_codes", codes, set())


def test_every_authority_is_named_by_the_rules_or_left_out():
    named = {need.authority for rule in Law.load().rules for need in rule.consents}
    named |= {competent(authority.economy) for authority in authorities().values()}
    _check("authorities", set(authorities()), named & set(authorities()))


def test_every_duty_at_home_is_left_out_of_the_verdict():
    _check("epr", {f"{row['duty']}:{place}" for place, row in rows("epr.csv")}, set())


@pytest.mark.parametrize("code", list(operations()))
def test_every_operation_is_answered(code):
    question = Question.parse(
        on="2025-10-01",
        stream="circuit-boards",
        origin="PHL",
        destination="JPN",
        operation=code,
        facts="hazardous=true",
    )
    answer = verdict(question)
    assert answer.verdict == "allowed_pic"
    named = {paper.id for paper in answer.documents}
    assert ("later-sites" in named) == operations()[code].interim


def test_a_customs_code_decides_nothing():
    base = {"on": "2025-10-01", "stream": "circuit-boards", "origin": "PHL", "destination": "JPN", "operation": "R4"}
    plain = verdict(Question.parse(**base, facts="hazardous=false"))
    for _, row in rows("hs_codes.csv"):
        for code in row["hs"].split("/"):
            coded = verdict(Question.parse(**base, facts="hazardous=false", codes=f"hs:{code}"))
            assert (coded.verdict, coded.procedures) == (plain.verdict, plain.procedures)


def test_no_answer_without_a_ground_inside_the_union_and_out():
    for origin, destination in (("DEU", "FRA"), ("DEU", "CHE"), ("DEU", "IND"), ("PHL", "DEU"), ("GBR", "DEU")):
        for stream in ("slag", "copper-granules", "plastics-from-e-waste", "circuit-boards", "black-mass"):
            for operation in ("R4", "D1"):
                for day in ("2018-06-01", "2024-06-01", "2025-06-01", "2026-06-01", "2027-06-01"):
                    for assay in ("true", "false"):
                        answer = verdict(
                            Question.parse(
                                on=day, stream=stream, origin=origin, destination=destination, operation=operation,
                                facts=f"hazardous={assay}",
                            )
                        )  # fmt: skip
                        assert answer.grounds, (origin, destination, stream, operation, day, assay)


def replace_rules(law: Law, keep: Callable[[Rule], bool]) -> Law:
    """The law with some of its rules alone."""
    kept = tuple(rule for rule in law.rules if keep(rule))
    stages = {stage: tuple(rule for rule in rules if keep(rule)) for stage, rules in law.stages.items()}
    return replace(law, rules=kept, stages=stages, _near={}, _entries={})


def of_own_law(law: Law, economy: str, direction: str) -> list[Rule]:
    """Rules of the pack that covers an economy, on its side, in the stages in which law speaks to a movement."""
    held = {**law.covered, **law.covered_groups}
    return [
        rule
        for rule in law.rules
        if rule.pack == held[economy]
        and economy in rule.economies
        and (rule.direction == direction or (rule.direction == "pair" and set(rule.partners) >= {economy}))
        and (rule.stage in ("prohibit", "consequence", "control") or rule.effect == "read")
    ]


def test_what_each_law_on_file_says_of_harmless_waste_is_on_file_or_said_not_to_be():
    law = Law.load()
    silent = set()
    looked_at = {row["economy"] for _, row in rows("national_rules.csv")}
    for economy in [name for name in (*law.covered, *law.covered_groups) if name in looked_at or name[0] == "@"]:
        for direction in ("export", "import"):
            kinds = [set(rule.waste) for rule in of_own_law(law, economy, direction) if "R" in (rule.operations or "R")]
            if economy != "EUE" and not any(kind & {"annex-ix", "unlisted"} or "!hazardous" in kind for kind in kinds):
                silent.add(f"{economy}:{direction}")
    assert silent <= set(left_out("other_waste"))
    for row in left_out("other_waste"):
        assert row.partition(":")[0] in law.covered, row


@pytest.mark.parametrize("on", [date(2025, 10, 1), date(2026, 9, 1), date(2028, 1, 1)])
def test_harmless_waste_is_decided_only_where_the_law_of_both_ends_speaks_of_it(on):
    """Every economy, every stream: an allowance that is decided has a rule of either end's own law that reaches it."""
    law = Law.load()
    held = {**law.covered, **law.covered_groups}
    ends = [code for code in groups.states() if law.pack_of(code, on)]
    world = matrix(groups.states(), None, (on,), facts={"hazardous": False})
    decided = world.decided & np.char.startswith(np.array(world.verdicts), "allowed")[world.verdict]
    _, origins, destinations, columns = np.nonzero(decided)
    assert {world.economies[n] for n in (*origins, *destinations)} <= set(ends)
    asked = 0
    for o, d, s in list(zip(origins, destinations, columns, strict=True))[::7]:
        origin, destination, stream = world.economies[o], world.economies[d], world.streams[s]
        answer = verdict(
            Question.parse(
                on=on, stream=stream, origin=origin, destination=destination, operation="R4", facts={"hazardous": False}
            )
        )
        if answer.hazardous or any(code.scheme == "basel" and code.code in ("Y48", "Y49") for code in answer.codes):
            continue
        asked += 1
        for economy, direction in ((origin, "export"), (destination, "import")):
            name = next(one for one in held if groups.any_of((one,), economy, on))
            assert any(
                stream_matches(rule.streams, stream) and in_force(rule.effective_from, rule.effective_to, on)
                for rule in of_own_law(law, name, direction)
            ), (origin, destination, stream, direction)
    assert asked > 20


@pytest.mark.parametrize(("economy", "side"), [row.split(":") for row in left_out("other_waste")])
def test_whose_law_on_harmless_waste_is_unread_is_named_with_whom_to_ask(economy, side):
    """Clean copper with Japan, whose law on it is read: the headline names the other end and its authority."""
    ends = {"origin": economy, "destination": "JPN"} if side == "export" else {"origin": "JPN", "destination": economy}
    answer = verdict(Question.parse(on="2026-09-01", stream="copper-granules", operation="R4", **ends))
    if answer.verdict == "prohibited":
        assert answer.status == "decided"
        return
    assert answer.status == "needs_ruling"
    assert [(one.economy, one.what) for one in answer.unread] == [(economy, "other")]
    assert answer.headline.en.startswith("Not decided")
    for language in ("en", "ja"):
        assert answer.unread[0].name.say(language) in answer.headline.say(language)
        assert answer.unread[0].ask.say(language) in answer.headline.say(language)
    assert answer.consents == () or answer.verdict != "allowed_pic"


@pytest.mark.parametrize(("origin", "destination"), [("SGP", "JPN"), ("USA", "JPN"), ("JPN", "USA"), ("CAN", "JPN")])
def test_what_a_law_was_read_to_leave_free_is_decided(origin, destination):
    question = Question.parse(
        on="2026-09-01", stream="copper-granules", origin=origin, destination=destination, operation="R4"
    )
    answer = verdict(question)
    assert (answer.status, answer.unread) == ("decided", ())
    without = replace_rules(Law.load(), lambda rule: rule.effect != "read")
    assert verdict(question, without).status == "needs_ruling"
