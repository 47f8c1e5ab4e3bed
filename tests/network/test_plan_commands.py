"""The commands of plans on a plan of two economies: text for readers, JSON whole, files written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meguri.kit.words import speaking
from meguri.portal.cli import main

SMALL = """
name = "tiny"
title = { en = "Tiny", ja = "小規模" }
economies = ["VNM", "JPN"]
[periods]
starts = [2028, 2034]
last_year = 2040
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "tiny.toml").write_text(SMALL, encoding="utf-8")
    (folder / "dear.toml").write_text(
        'name = "dear"\ntitle = { en = "Dear", ja = "高炭素価格" }\nbased_on = "tiny.toml"\n[objective]\ncarbon_usd_t = 200\n',  # noqa: E501
        encoding="utf-8",
    )
    return folder


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.MonkeyPatch.context() as patch, speaking("en"):
        patch.setenv("MEGURI_HOME", str(home))
        capsys.readouterr()
        assert main(["plan", *words]) == 0
    return capsys.readouterr().out


def test_run_says_assumptions_first_and_writes_all(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = str(home / "tiny.toml")
    text = run(home, capsys, "run", scenario, "--out", str(home / "out"), "--quiet")
    assert text.index("assumptions") < text.index("Costs, million USD")
    assert "they count different things" in text
    assert (home / "out" / "summary.json").is_file()
    assert (home / "out" / "recovered.parquet").is_file()
    japanese = run(home, capsys, "run", scenario, "--lang", "ja", "--quiet")
    assert "仮定に基づく" in japanese
    assert japanese.startswith("小規模")
    assert "1t当たり米ドル: 銅屑（ナゲット）、販売（品目の価格）" in japanese
    told = json.loads(run(home, capsys, "run", scenario, "--json", "--quiet"))
    assert told["unaccounted_t_y"] < 1e-3
    assert told["size"]["columns"] > 1000
    assert told["disruptions"]


def test_compare_front_worth_disrupt_regret_export(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny, dear = str(home / "tiny.toml"), str(home / "dear.toml")
    rows = json.loads(run(home, capsys, "compare", tiny, dear, "--json", "--quiet"))["rows"]
    assert {row["what"]: row["change"] for row in rows}["carbon"] <= 0
    points = json.loads(run(home, capsys, "front", tiny, "--points", "3", "--json", "--quiet"))["points"]
    assert len(points) == 3
    assert points[0]["second"] >= points[-1]["second"]
    assert "capacity" in run(home, capsys, "worth", tiny, "--quiet")
    assert json.loads(run(home, capsys, "disrupt", tiny, "--json", "--quiet"))["disruptions"]
    told = json.loads(run(home, capsys, "regret", tiny, dear, "--json", "--quiet"))
    assert told["regret_usd"][0][0] == pytest.approx(0.0, abs=1.0)
    mps, instance = home / "tiny.mps", home / "tiny.json"
    run(home, capsys, "export", tiny, "--mps", str(mps), "--instance", str(instance), "--quiet")
    assert mps.read_text(encoding="utf-8").startswith("NAME")
    again = json.loads(run(home, capsys, "run", str(instance), "--no-answers", "--json", "--quiet"))
    whole = json.loads(run(home, capsys, "run", tiny, "--no-answers", "--json", "--quiet"))
    assert again["objective_usd"] == pytest.approx(whole["objective_usd"], rel=2e-3)


def test_lists_and_figures(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "reference" in run(home, capsys, "list")
    assert "基準計画" in run(home, capsys, "list", "--lang", "ja")
    first = json.loads(run(home, capsys, "list", "--json"))["scenarios"][0]
    assert first["name"] == "reference"
    assert first["title"] == {"en": "Reference plan", "ja": "基準計画"}
    assert "last_year = 2040" in run(home, capsys, "show", "reference")
    assert "labour/DEU/usd_h" in run(home, capsys, "figures", "labour")


def test_mistakes_are_said_and_not_zero(home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SMALL + "[objektive]\n", encoding="utf-8")
    assert main(["plan", "run", str(wrong)]) != 0
    assert "objective" in capsys.readouterr().err
    assert main(["plan", "run", "referense"]) != 0
    assert "reference" in capsys.readouterr().err
    with speaking("en"):
        assert main(["plan", "run", str(wrong), "--lang", "ja"]) != 0
    assert "というキーはありません" in capsys.readouterr().err
