"""``meguri arisings``: what is printed for people and machines, and what is answered to slips."""

from __future__ import annotations

import json

import pytest

from meguri.portal import cli

SMALL = """
name = "small"
based_on = "baseline"
economies = ["JPN", "MYS"]
vehicle_economies = ["JPN"]
last_year = 2035
report_years = [2025, 2030, 2035]
[model]
draws = 20
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("runs")
        patch.setenv("MEGURI_HOME", str(folder))
        (folder / "small.toml").write_text(SMALL)
        more = SMALL.replace('"small"', '"more"') + "[collection.JPN]\nshare_by_year = { 2025 = 0.3, 2035 = 0.6 }\n"
        (folder / "more.toml").write_text(more)
        yield folder


@pytest.fixture
def meguri(home, capsys):
    def call(*words):
        code = cli.main(["arisings", *(str(word) for word in words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_run_in_words(meguri, home):
    code, out, _ = meguri("run", home / "small.toml")
    assert code == 0
    assert "Arisings, kt" in out or "Arisings, Mt" in out
    assert "JPN Japan" in out
    assert "All followed" in out
    assert "End-of-life vehicles, " in out
    assert "○p" in out
    assert "Metals in equipment" in out


def test_a_run_in_japanese(meguri, home):
    code, out, _ = meguri("run", home / "small.toml", "--lang", "ja", "--economy", "JPN")
    assert code == 0
    assert "発生量" in out
    assert "JPN 日本" in out
    assert "マレーシア" not in out
    assert "基準シナリオ(small): 2か国・地域、1980〜2035年" in out
    assert "電気電子機器中の金属、JPN 日本、" in out
    assert "発生量、百万t" in out or "発生量、千t" in out


def test_the_language_asked_for_is_spoken_and_no_further(meguri, home):
    code, out, _ = meguri("list", "--lang", "ja")
    assert (code, "基準シナリオ" in out) == (0, True)
    code, _, err = meguri("run", home / "small.toml", "--years", "soon", "--lang", "ja")
    assert (code, "年として読み取れません" in err) == (2, True)
    code, out, _ = meguri("list", "--json")
    assert json.loads(out)["scenarios"][0]["title"] == {"en": "Baseline", "ja": "基準シナリオ"}
    assert "are no years" in meguri("run", home / "small.toml", "--years", "soon")[2]


def test_a_run_as_json_has_everything_the_format_promises(meguri, home):
    code, out, _ = meguri("run", home / "small.toml", "--json")
    assert code == 0
    found = json.loads(out)
    assert set(found) == {
        "scenario", "digest", "figures", "variance", "repairs", "assumptions", "sources", "marks", "bases",
    }  # fmt: skip
    figures = {(f["variable"], f["economy"], f["product"], f["item"]): f for f in found["figures"]}
    one = figures["arisings", "JPN", "e-waste", "all"]
    assert set(one) == {
        "variable", "economy", "product", "item", "unit", "years", "value", "q05", "q25", "q50", "q75", "q95",
        "confidence", "basis", "sources",
    }  # fmt: skip
    assert one["years"] == [2025, 2030, 2035]
    assert one["q05"][1] < one["value"][1] < one["q95"][1]
    assert all(key in found["sources"] for key in one["sources"])
    assert ("arisings", "JPN", "0306", "all") in figures
    assert ("contained", "MYS", "e-waste", "Cu") in figures
    assert ("end-of-life-vehicles", "JPN", "vehicle-battery", "all") in figures
    assert found["scenario"]["draws"] == 20
    assert {row["variable"] for row in found["variance"]} == {"arisings", "contained", "recovered-value-usd"}
    assert found["assumptions"]


def test_filters_and_years(meguri, home):
    words = (
        "--json",
        "--variable",
        "contained",
        "--item",
        "Au",
        "--product",
        "eu6-6",
        "--economy",
        "MYS",
        "--years",
        "2020-2022",
    )
    code, out, _ = meguri("run", home / "small.toml", *words)
    assert code == 0
    (figure,) = json.loads(out)["figures"]
    assert (figure["product"], figure["item"], figure["years"]) == ("eu6-6", "Au", [2020, 2021, 2022])


def test_files_beside_the_words(meguri, home, tmp_path):
    code, out, _ = meguri("run", home / "small.toml", "--out", tmp_path / "files", "--variance", "JPN")
    assert code == 0
    assert (tmp_path / "files" / "figures.parquet").is_file()
    assert "measure the first next" in out


def test_an_export(meguri, home, tmp_path):
    path = tmp_path / "iamc.csv"
    words = ("export", home / "small.toml", "--form", "iamc", "--out", path)
    code, out, _ = meguri(*words, "--years", "all", "--variable", "arisings", "--json")
    assert code == 0
    assert json.loads(out)["bytes"] == path.stat().st_size
    head = path.read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("Model,Scenario,Region,Variable,Unit,1980,1981")


def test_two_scenarios_side_by_side(meguri, home):
    code, out, _ = meguri("compare", home / "small.toml", home / "more.toml", "--json", "--variable", "collected")
    assert code == 0
    found = json.loads(out)
    assert found["assumptions"][0]["key"] == "/collection/JPN"
    assert found["figures"][0]["relative"][-1] > 0
    code, out, _ = meguri("compare", home / "small.toml", home / "more.toml")
    assert code == 0
    assert "Assumed otherwise" in out


def test_lists_and_shows_built_in_scenarios(meguri):
    code, out, _ = meguri("list", "--json")
    assert code == 0
    assert json.loads(out)["scenarios"][0]["name"] == "baseline"
    code, out, _ = meguri("show", "more-reuse")
    assert code == 0
    assert 'based_on = "baseline"' in out
    code, out, _ = meguri("show", "more-reuse", "--json")
    assert json.loads(out)["reuse"]["second_life_years"] == 4.0


@pytest.mark.parametrize(
    ("words", "pointer", "said"),
    [
        (("run", "basline"), "", "Did you mean baseline"),
        (("run", "SMALL", "--economy", "JPX"), "/economy", "Did you mean JPN"),
        (("run", "SMALL", "--variable", "arising"), "/variable", "Nearest: arisings"),
        (("run", "SMALL", "--product", "9999"), "/product", "9999"),
        (("run", "SMALL", "--years", "2030-2020"), "/years", "backwards"),
        (("run", "SMALL", "--years", "soon"), "/years", "no years"),
        (("run", "SMALL", "--years", "2090"), "/years", "2090"),
        (("run", "SMALL", "--variance", "ASEAN"), "/variance", "ASEAN"),
        (("export", "SMALL", "--form", "parket", "--out", "x"), "/form", "parquet"),
        (("compare", "SMALL", "none.toml"), "", "no scenario file"),
        (("compare", "SMALL", "SMALL", "--variable", "contained:Xx"), "/item", "Xx"),
    ],
)
def test_slips_are_answered_with_their_place(meguri, home, words, pointer, said):
    given = [str(home / "small.toml") if word == "SMALL" else word for word in words]
    code, out, err = meguri(*given, "--json")
    assert code == 2
    error = json.loads(out)
    assert error["errors"][0]["pointer"] == pointer
    assert said in error["errors"][0]["detail"]
    assert said in err


def test_help_needs_no_numpy():
    import subprocess
    import sys

    code = (
        "import sys; from meguri.portal import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(int(any(name in sys.modules for name in ('scipy', 'xarray', 'pandas', 'pyarrow'))))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
