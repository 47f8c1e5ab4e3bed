"""Making a law: clauses beside laws, drafts of them, what they reach, the paper, and who was asked about a gap."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from meguri.kit.files.reading import TableError
from meguri.kit.problems import NotFound, Refused
from meguri.law import Law, tables
from meguri.law.body.packfile import Draft
from meguri.law.laboratory import drafted
from meguri.law.making import clauses
from meguri.law.making.effects import DraftEffects, effects
from meguri.law.making.paper import pdf
from meguri.law.web import gaps
from meguri.portal import cli

DAY = date(2027, 7, 1)


def draft_of(name: str, economy: str = "MYS") -> Draft:
    return Draft("draft.toml", clauses.drafted_text(clauses.clause(name), economy, DAY))


@pytest.fixture(scope="module")
def reached() -> dict[str, DraftEffects]:
    return {name: effects(draft_of(name)) for name in ("permits", "producer", "annex-entry", "common-data")}


def test_there_is_a_clause_for_each_duty_and_three_proposals_among_states():
    found = clauses.clauses().values()
    assert {one.duty for one in found if not one.international} == set(clauses.DUTY_KINDS)
    assert len([one for one in found if one.international]) == 3
    assert all(clauses.side_by_side(one) for one in found)


@pytest.mark.parametrize("name", list(clauses.clauses()))
def test_each_clause_becomes_a_draft_for_every_economy(name):
    for economy in tables.usual("compared"):
        draft = draft_of(name, economy)
        law = drafted(draft)
        assert [one.id for one in clauses.meant_by(draft)] == [name]
        assert clauses.says(draft)
        assert clauses.duties_in(draft) or law.digest != Law.load().digest
        assert "%" not in re.sub(r"#.*", "", draft.text)


def test_a_clause_that_is_wrongly_asked_for_is_refused():
    with pytest.raises(NotFound) as missing:
        clauses.clause("permit")
    assert missing.value.problems[0].params["close"] == "permits"
    with pytest.raises(Refused):
        clauses.drafted_text(clauses.clause("permits"), "XXX", DAY)
    with pytest.raises(Refused):
        clauses.drafted_text(clauses.clause("permits"), "MYS", "next year")
    with pytest.raises(Refused):
        clauses.drafted_text(clauses.clause("permits"), "MYS", "2099-01-01")


@pytest.mark.parametrize(
    ("was", "instead"),
    [
        ('duty = "permits"', 'duty = "taxes"'),
        ('economy = "MYS"', 'economy = "XXX"'),
        ("from = 2027-07-01\ncitation", 'from = "soon"\ncitation'),
        ('citation = "Draft law, Article 5"\nwords', "words"),
        ("[[duty]]\n", "[[duty]]\nfine = 5\n"),
    ],
)
def test_a_duty_that_is_not_as_it_must_be_is_refused_with_its_line(was, instead):
    text = draft_of("permits").text
    assert was in text
    with pytest.raises(TableError, match=r"draft.toml, line \d+"):
        clauses.duties_in(Draft("draft.toml", text.replace(was, instead, 1)))


def test_what_a_draft_reaches(reached):
    permits, producer, annex, data = reached.values()
    assert permits.changed > 0
    assert all(flow.all > 0 for flow in permits.flows)
    assert [duty.economy for duty in permits.duties] == ["MYS"]
    assert [one.economy for one in permits.tonnes] == ["MYS"]
    assert (producer.changed, len(producer.duties)) == (0, 1)
    assert producer.tonnes[0].generated_t > 0
    assert {flow.stream for flow in annex.flows} >= {"circuit-boards"}
    assert sum(flow.opened for flow in annex.flows) > 0
    assert sum(flow.closed for flow in annex.flows) == 0
    assert annex.sites
    assert (data.changed, data.duties[0].economy) == (0, "")
    assert all(sum(flow.all for flow in told.flows) == told.changed for told in reached.values())


def test_an_example_is_a_lane_whose_answer_changes(reached):
    from meguri.law import Question, verdict

    law, draft = Law.load(), drafted(draft_of("annex-entry"))
    for one in reached["annex-entry"].examples[:3]:
        question = Question.parse(
            on=DAY, stream=one.stream, origin=one.origin, destination=one.destination, operation="R4",
            via=(), codes=(), facts={"hazardous": one.hazardous}, case_id="",
        )  # fmt: skip
        answers = {verdict(question, law).verdict, verdict(question, draft).verdict}
        assert one.before != one.after
        assert answers == {one.before, one.after}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_paper_has_four_pages_and_the_same_bytes_each_time(reached, language):
    for name, told in reached.items():
        made = pdf(draft_of(name), language, told)
        assert made.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", made)) == 4, name
    assert pdf(draft_of("permits"), language, reached["permits"]) == pdf(
        draft_of("permits"), language, reached["permits"]
    )


@pytest.mark.django_db
def test_the_pages(client):
    page = client.get("/law/clauses")
    assert page.status_code == 200
    assert page.content.count(b'name="clause"') == len(clauses.clauses())
    japanese = client.get("/law/clauses", HTTP_ACCEPT_LANGUAGE="ja").content.decode()
    assert "モデル条項" in japanese
    assert client.get("/law/laboratory", {"clause": "permits", "economy": "MYS"}).status_code == 200
    assert client.get("/law/laboratory", {"clause": "permits", "economy": "nowhere"}).status_code == 422
    assert client.get("/law/laboratory", {"clause": "fines"}).status_code == 404
    sent = {"draft": draft_of("permits").text, "do": "reach"}
    assert b'id="reach-title"' in client.post("/law/laboratory", sent).content
    paper = client.post("/law/laboratory", {**sent, "do": "paper-ja"})
    assert paper["Content-Type"] == "application/pdf"
    wrong = client.post("/law/laboratory", {"draft": "[[duty]]\nid = 5", "do": "paper-ja"})
    assert wrong.status_code == 422


def test_an_empty_cell_says_who_was_asked_or_that_nobody_was():
    seen = set()
    for part in gaps.table(tables.usual("compared"), date(2026, 12, 1)):
        for line in part.lines:
            for cell in line.cells:
                if cell.findings:
                    assert not cell.asked
                    assert cell.to_ask is None
                else:
                    seen.add(bool(cell.asked))
                    assert cell.to_ask or any(one.kind == "asked" for one in cell.asked)
    assert seen == {True, False}


@pytest.mark.django_db
def test_the_file_of_gaps_says_it_too(client):
    text = client.get("/law/gaps.csv", {"economies": "THA,PHL"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    empty = [row for row in rows if row["finding"] == "not found"]
    assert empty
    assert all("nobody was asked yet" in row["asked"] for row in empty)


def test_the_commands(tmp_path, capsys):
    assert cli.main(["law", "clauses", "--lang", "ja"]) == 0
    assert "許可" in capsys.readouterr().out
    assert cli.main(["law", "clause", "permits", "--economy", "マレーシア", "--from", "2027年7月1日"]) == 0
    text = capsys.readouterr().out
    assert text == draft_of("permits").text
    assert cli.main(["law", "clause", "permits", "--economy", "MYZ", "--from", "2027-07-01"]) == 2
    assert cli.main(["law", "effects", "--with", str(tmp_path / "none.toml")]) == 2
    (tmp_path / "draft.toml").write_text(text)
    out = tmp_path / "paper.pdf"
    assert cli.main(["law", "paper", "--with", str(tmp_path / "draft.toml"), "--lang", "ja", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    (tmp_path / "bad.toml").write_text("[[duty]]\n")
    assert cli.main(["law", "effects", "--with", str(tmp_path / "bad.toml")]) == 2
