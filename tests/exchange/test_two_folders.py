"""Two data folders, one case: carried over and back as files of signed acts, by no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
NODES = {"mys": "meguri.mys", "jpn": "meguri.jpn"}
DOE, MOEJ, KG = "organisation:mys-doe", "organisation:jpn-moej", 1000


class Refused(Exception):
    pass


class Node:
    """One node in a process of its own, with a data folder of its own."""

    def __init__(self, name, folder):
        self.name = NODES[name]
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MEGURI_")},
            "MEGURI_HOME": str(folder / name),
            "MEGURI_MODE": "local",
            "MEGURI_NODE": self.name,
            "MEGURI_PEERS": "MYS=meguri.mys,JPN=meguri.jpn",
            "PYTHONPATH": str(REPOSITORY / "src"),
            "LC_ALL": "C.UTF-8",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("one_node.py"))],
            env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.at = datetime(2025, 1, 1, 3, tzinfo=UTC)

    def ask(self, do, **given):
        self.process.stdin.write(json.dumps({"do": do, "at": self.at.isoformat(), **given}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, "the node has ended"
        answer = json.loads(line)
        if "problems" in answer:
            raise Refused(answer["problems"])
        return answer["ok"]

    def __call__(self, do, **given):
        self.ask(do, **given)
        return self.answer()


class Pair:
    """Both nodes, the day that both have, and the files that are carried."""

    def __init__(self, folder):
        self.folder = folder
        self.mys, self.jpn = Node("mys", folder), Node("jpn", folder)
        self.files = 0
        self.case = ""

    def day(self, text):
        for node in (self.mys, self.jpn):
            node.at = datetime.fromisoformat(text).replace(hour=3, tzinfo=UTC)

    def both(self, do, **given):
        for node in (self.mys, self.jpn):
            node.ask(do, **given)
        return [node.answer() for node in (self.mys, self.jpn)]

    def written(self, by, to):
        self.files += 1
        path = self.folder / f"{self.files}-{by.name}.json"
        status, said, wrong = by("send", case=self.case, to=to.name, out=str(path))
        assert status == 0, wrong
        assert said["to"] == to.name
        return path

    def carry(self, by, to):
        """A file from one node to the other; what was taken in of it."""
        for node in (self.mys, self.jpn):
            node.at += timedelta(hours=1)
        status, taken, wrong = to("take", file=str(self.written(by, to)))
        assert status == 0, (taken, wrong)
        return taken


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp("nodes"))
    made.both("cast")
    yield made
    for node in (made.mys, made.jpn):
        node.process.stdin.close()
        node.process.wait(30)


def test_a_case_is_carried_over_and_back_until_nothing_is_on_the_way(pair):
    mys, jpn = pair.mys, pair.jpn
    pair.day("2025-09-01")
    lots = [mys("collect", facility="yard", kg=kg) for kg in (1500, 500)]
    pair.day("2025-10-01")
    case = pair.case = mys("notify")
    pair.day("2025-10-08")
    mys("step", actor=DOE, case=case, track="mys-doe.export", transition="check")
    mys("step", actor=DOE, case=case, track="mys-doe.export", transition="transmit")
    assert jpn("waiting", who=MOEJ) == []
    assert mys("case", case=case)["tracks"]["jpn-moej.import"] == ["waiting", False]

    # Over: Japan's clocks run from here.
    taken = pair.carry(mys, jpn)
    assert (taken["taken"], taken["known"], taken["unread"]) == (4, 0, 0)
    assert jpn("case", case=case)["tracks"]["jpn-moej.import"] == ["received", True]
    assert jpn("case", case=case)["home"] == "meguri.mys"
    assert "ask" in jpn("waiting", who=MOEJ)
    jpn("step", actor=MOEJ, case=case, track="jpn-moej.import", transition="ask", text="Which mill?")

    # Back, the answer, over again, consents.
    pair.carry(jpn, mys)
    assert mys("waiting", who="organisation:seller") == ["answer", "movement.open_movement"]
    mys("step", actor="seller", case=case, track="jpn-moej.import", transition="answer", text="A shredder")
    pair.day("2025-10-20")
    mys("step", actor=DOE, case=case, track="mys-doe.export", transition="consent")
    pair.carry(mys, jpn)
    pair.day("2025-11-10")
    jpn("step", actor=MOEJ, case=case, track="jpn-moej.import", transition="consent")
    with pytest.raises(Refused, match="consent-missing"):
        mys("plan", case=case, lots=lots, day="2025-11-19")
    pair.carry(jpn, mys)
    assert mys("case", case=case)["word"] == jpn("case", case=case)["word"] == "clear"

    # It leaves.
    pair.day("2025-11-19")
    movement = mys("plan", case=case, lots=lots, day="2025-11-19")
    left = mys("depart", movement=movement)
    assert mys("balance")["transit"] == 2000 * KG
    pair.carry(mys, jpn)
    assert jpn("waiting", who="organisation:smelter") == ["movement.receive"]
    assert "movement.receive" not in mys("waiting", who="organisation:smelter")

    # It arrives lighter, is smelted and certified.
    pair.day("2025-12-03")
    weighed = {lots[0]: [1496 * KG, ""], lots[1]: [499 * KG, ""]}
    with pytest.raises(Refused):
        mys("receive", movement=movement, bags=weighed)
    got = jpn("receive", movement=movement, bags=weighed)
    assert jpn("waiting", who="organisation:smelter") == ["movement.recover"]
    said = jpn("lot", lot=got[0])
    assert (said["came_from"], said["label"], said["origin"]) == (f"{lots[0]}@meguri.mys", "From the yard", "MYS")
    assert jpn("balance") | {"loss": 0} == {
        "closed": True, "closure": 0, "collected": 0, "came": 2000 * KG, "went": 0, "difference": -5 * KG, "loss": 0,
        "stock": 1995 * KG, "transit": 0,
    }  # fmt: skip
    pair.day("2025-12-20")
    made = jpn("smelt", lots=got)
    jpn("certify", movement=movement, event=made["event"], metals=made["metals"], day="2025-12-20")
    with pytest.raises(Refused, match="under-way"):
        mys("complete", case=case)
    assert mys("balance")["transit"] == 2000 * KG
    pair.carry(jpn, mys)
    assert mys("movement", movement=movement) == {"status": "recovered", "arrival": "recovered"}
    mys("complete", case=case)
    pair.carry(mys, jpn)
    assert jpn("case", case=case)["completed"]
    assert jpn("movement", movement=movement)["status"] == "recovered"

    # Nothing is on the way, and both nodes together have neither more nor less than was collected.
    here, there = pair.both("balance")
    assert here["transit"] == there["transit"] == 0
    assert (here["closed"], there["closed"]) == (True, True)
    assert here["went"] == there["came"] == 2000 * KG
    total = {name: here[name] + there[name] for name in here}
    assert total["collected"] + total["difference"] - total["loss"] - total["stock"] == 0
    assert mys("trace", lot=lots[0], down=True) == [["handed-over", "", 1500 * KG]]
    assert {share[1] for share in jpn("trace", lot=made["metals"]["Au"])} == set(got)
    for whole in pair.both("whole"):
        assert whole[:4] == [0, 0, True, True]
    pages(pair, movement, lots[0], got[0])
    # The movement document says the same on both sides, and whose acts stand for its signatures.
    documents = [node("page", who="organisation:smelter", path=f"/movements/{movement}")[1] for node in (mys, jpn)]
    assert [left[:16] in text for text in documents] == [True, True]


def pages(pair, movement, sent, taken):
    """What each side sees in its browser, by the same addresses."""
    number = f"MY-2025-{pair.case[:5]}-{pair.case[5:10]}"
    shared = [f"/cases/{pair.case}", f"/movements/{movement}", "/cases/", "/movements/", "/", "/balance"]
    shared += [f"/movements/{movement}/document.pdf", f"/movements/?case={pair.case}", f"/api/cases/{pair.case}"]
    shared += [f"/api/movements/{movement}", "/cases/?format=csv", "/movements/?format=csv"]
    for node, own in ((pair.mys, ("seller", DOE, sent)), (pair.jpn, ("smelter", MOEJ, taken))):
        party, authority, lot = own
        asked = [(f"organisation:{party}", path) for path in [*shared, f"/lots/{lot}", f"/lots/{lot}/trace"]]
        asked += [(authority, path) for path in shared[:4]]
        for who, path in asked:
            status, text = node("page", who=who, path=path)
            assert status == 200, (node.name, who, path, text[-2000:])
            assert "@meguri" not in text.replace(f"{sent}@meguri.mys", "").replace(f"{taken}@meguri.jpn", ""), path
        status, text = node("page", who=authority, path=f"/cases/{pair.case}")
        assert number in text


def test_a_file_that_comes_again_changes_nothing(pair):
    before = pair.both("whole")
    path = pair.written(pair.mys, pair.jpn)
    status, taken, _ = pair.jpn("take", file=str(path))
    assert (status, taken["taken"], taken["unread"], taken["act"]) == (0, 0, 0, None)
    assert taken["known"] == len(json.loads(path.read_text())["acts"])
    assert pair.both("whole") == before


def sent_on(pair):
    """A further case, as far as its notification was sent on in Malaysia; the file that says so."""
    pair.day("2025-12-22")
    pair.case = pair.mys("notify")
    for transition in ("check", "transmit"):
        pair.mys("step", actor=DOE, case=pair.case, track="mys-doe.export", transition=transition)
    return pair.written(pair.mys, pair.jpn)


def refused(pair, path, change, code, at=None):
    """A file of which something was changed is refused as a whole, and nothing is on record of it."""
    file = json.loads(path.read_text())
    change(file)
    changed = path.with_name(f"changed-{path.name}")
    changed.write_text(json.dumps(file, ensure_ascii=False))
    before = (at or pair.jpn)("whole")
    status, said, wrong = (at or pair.jpn)("take", file=str(changed))
    assert status == 1, (said, wrong)
    assert {problem["code"] for problem in said["errors"]} == {code}, said
    assert wrong.startswith("meguri: ")
    assert (at or pair.jpn)("whole") == before


def said_by(key, line, file, **changed):
    """An act of a file said otherwise, and signed by another key, whose public half the file then names."""
    from meguri.journal.act import Act
    from meguri.journal.signatures import signing

    act = json.loads(line["act"])
    kind = changed.pop("body", {})
    act["body"] |= kind
    act |= changed
    public = signing.public_text(key)
    act["key"] = signing.key_id(public)
    canonical = Act(**{name: tuple(value) if name == "subjects" else value for name, value in act.items()}).canonical()
    line["act"] = canonical.decode()
    line["signature"] = {"jws": signing.sign(key, signing.ONE, bytes.fromhex(Act.digest(canonical)))}
    file["keys"][act["key"]] = public


def test_what_was_changed_on_the_way_is_refused(pair):
    from meguri.journal.signatures import signing

    path, key = sent_on(pair), signing.new_key()

    def text(file):
        file["acts"][0]["act"] = file["acts"][0]["act"].replace("Circuit boards", "Circuit boardz")

    def number(file):
        file["acts"][1]["number"] = file["acts"][2]["number"]

    def signature(file):
        file["acts"][1]["signature"] = file["acts"][2]["signature"]

    def no_key(file):
        file["keys"] = {}

    def other_key(file):
        name = next(iter(file["keys"]))
        file["keys"][name] = signing.public_text(key)

    def of_another(file):
        said_by(key, file["acts"][0], file, node="meguri.idn")

    def of_our_own(file):
        file["from"] = "meguri.jpn"

    def of_nobody(file):
        file["from"] = ""

    def of_a_place_within(file):
        file["from"] = "meguri.jpn@meguri.mys"

    def subjects(file):
        said_by(key, file["acts"][0], file, subjects=["account:X", f"case:{pair.case}"])

    def our_track(file):
        del file["acts"][2:]
        track = {"case": pair.case, "track": "jpn-moej.import"}
        body = json.loads(file["acts"][1]["act"])["body"]
        asked = next(one for one in json.loads(file["acts"][0]["act"])["body"]["asked"] if one["key"] == track["track"])
        track["opening"] = body["opening"] | {"asked": asked}
        said_by(key, file["acts"][1], file, body=track, subjects=[f"track:{pair.case}/jpn-moej.import"])

    def another_case(file):
        file["case"] = "0123456789ABCDEF"

    def not_the_first(file):
        del file["acts"][1]

    def without_a_case(file):
        del file["acts"][0]

    def for_another(file):
        file["to"] = "meguri.idn"

    def newer(file):
        file["v"] = 2

    cases = {
        text: "signature", signature: "signature-key", no_key: "signature", other_key: "signature", number: "order",
        of_another: "node", of_our_own: "home", of_nobody: "home", of_a_place_within: "node", subjects: "subjects",
        our_track: "foreign", another_case: "no-case", not_the_first: "unknown-subject", without_a_case: "no-case",
        for_another: "to", newer: "format",
    }  # fmt: skip
    for change, code in cases.items():
        refused(pair, path, change, code)
    assert pair.jpn("take", file=str(path))[1]["taken"] == 4


def test_an_act_left_out_is_missed_where_it_matters_and_not_taken_in_late(pair):
    path = sent_on(pair)
    file = json.loads(path.read_text())
    checked = file["acts"].pop(2)
    assert json.loads(checked["act"])["body"]["transition"] == "check"
    sent = file["acts"].pop(2)
    short = path.with_name("short.json")
    short.write_text(json.dumps(file))
    assert pair.jpn("take", file=str(short))[1]["taken"] == 2
    assert pair.jpn("case", case=pair.case)["tracks"]["jpn-moej.import"] == ["waiting", False]
    file["acts"].append(sent)
    short.write_text(json.dumps(file))
    assert pair.jpn("take", file=str(short))[1]["taken"] == 1
    assert pair.jpn("case", case=pair.case)["tracks"]["jpn-moej.import"] == ["received", True]
    refused(pair, path, lambda file: None, "order")


def test_what_cannot_be_read_is_kept_and_moves_nothing(pair, tmp_path):
    from meguri.journal.signatures import signing

    path = sent_on(pair)
    file = json.loads(path.read_text())
    said_by(signing.new_key(), file["acts"][3], file, kind="consent.bless", subjects=[f"blessing:{pair.case}"])
    path.write_text(json.dumps(file))
    status, taken, _ = pair.jpn("take", file=str(path))
    assert (status, taken["taken"], taken["unread"]) == (0, 4, 1)
    assert pair.jpn("case", case=pair.case)["tracks"]["jpn-moej.import"] == ["waiting", False]
    assert pair.jpn("whole")[:4] == [0, 0, True, True]
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}")
    for unreadable in (nothing, tmp_path / "absent.json"):
        assert pair.jpn("take", file=str(unreadable))[0] == 2
    assert pair.mys("send", case=pair.case, to="meguri.idn", out=str(nothing))[0] == 2


def test_what_is_refused_over_there_comes_back(pair):
    mys, jpn = pair.mys, pair.jpn
    sent_on(pair)
    case = pair.case
    lots = [mys("collect", facility="yard", kg=kg) for kg in (300, 200)]
    for track, by in (("mys-doe.export", mys), ("jpn-moej.import", jpn)):
        if by is jpn:
            pair.carry(mys, jpn)
        actor = "organisation:" + track.partition(".")[0]
        by("step", actor=actor, case=case, track=track, transition="consent")
    pair.carry(jpn, mys)
    movement = mys("plan", case=case, lots=lots, day=mys.at.date().isoformat())
    mys("depart", movement=movement)
    pair.carry(mys, jpn)
    pair.day("2026-01-10")
    before = pair.both("balance")
    bags = {lots[0]: [299 * KG, ""], lots[1]: [199 * KG, "Wet"]}
    assert len(jpn("receive", movement=movement, bags=bags)) == 1
    after = jpn("balance")
    assert (after["closed"], after["stock"] - before[1]["stock"]) == (True, 299 * KG)
    pair.carry(jpn, mys)
    assert mys("movement", movement=movement) == {"status": "received", "arrival": "received"}
    assert (mys("lot", lot=lots[1])["status"], mys("lot", lot=lots[1])["mass_g"]) == ("refused", 199 * KG)
    here, there = pair.both("balance")
    assert (here["closed"], there["closed"], here["transit"]) == (True, True, 0)
    assert here["went"] == there["came"]
    mys("take_back", lot=lots[1], grams=199 * KG)
    assert mys("balance")["closed"]
    for whole in pair.both("whole"):
        assert whole[:4] == [0, 0, True, True]


def test_a_case_taken_back_ends_on_both_sides(pair):
    path = sent_on(pair)
    assert pair.jpn("take", file=str(path))[0] == 0
    pair.mys("step", actor="seller", case=pair.case, track="mys-doe.export", transition="retract", text="Sold")
    pair.carry(pair.mys, pair.jpn)
    assert pair.jpn("case", case=pair.case)["tracks"]["jpn-moej.import"] == ["retracted", True]
    assert pair.jpn("case", case=pair.case)["word"] == "retracted"
    with pytest.raises(Refused, match="not-open"):
        pair.jpn("step", actor=MOEJ, case=pair.case, track="jpn-moej.import", transition="acknowledge")


def test_a_hold_over_there_stops_what_has_not_left(pair):
    sent_on(pair)
    pair.carry(pair.mys, pair.jpn)
    hold = pair.jpn("hold", actor=MOEJ, case=pair.case, reason="A question of the Diet")
    assert pair.mys("case", case=pair.case)["word"] == "waiting"
    pair.carry(pair.jpn, pair.mys)
    assert pair.mys("case", case=pair.case)["word"] == "held"
    pair.jpn("release", actor=MOEJ, case=pair.case, hold=hold)
    pair.carry(pair.jpn, pair.mys)
    assert pair.mys("case", case=pair.case)["word"] == "waiting"


def test_each_node_speaks_for_its_own(pair):
    """Neither the exporter nor the export authority says anything on the other node, nor the facility here."""
    sent_on(pair)
    pair.carry(pair.mys, pair.jpn)
    case = pair.case
    with pytest.raises(Refused, match="no-case"):
        pair.jpn("step", actor=DOE, case=case, track="mys-doe.export", transition="consent")
    pair.jpn("step", actor=MOEJ, case=case, track="jpn-moej.import", transition="ask", text="Which mill?")
    with pytest.raises(Refused, match="vouched"):
        pair.jpn("step", actor="seller", case=case, track="jpn-moej.import", transition="answer", text="None")
    with pytest.raises(Refused, match="no-case"):
        pair.jpn("complete", case=case, actor="smelter")
    pair.carry(pair.jpn, pair.mys)
    with pytest.raises(Refused, match="no-case"):
        pair.mys("hold", actor=MOEJ, case=case, reason="A question")
