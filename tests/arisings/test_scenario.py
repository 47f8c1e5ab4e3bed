"""Scenarios: the built-in ones are sound, files are laid over each other, and every slip is named with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.runs import collection
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.scenarios.scenario import ByYear, for_economy
from meguri.kit.problems import Refused
from meguri.reference import Confidence

BASE = 'name = "mine"\nbased_on = "baseline"\n'


def problems(text: str) -> dict[str, tuple[str, str]]:
    """Pointer to (code, sentence) of everything that is wrong with a text."""
    with pytest.raises(Refused) as caught:
        scenario_file.parse_text(text)
    return {problem.pointer: (problem.code, problem.say()) for problem in caught.value.problems}


def test_built_in_scenarios_read_and_say_what_they_are_in_every_language():
    found = scenario_file.built_in()
    assert found[0].name == "baseline"
    assert {"higher-collection", "epr-asean", "more-reuse", "fast-ev", "longer-lifetimes"} <= {
        one.name for one in found
    }
    for one in found:
        for words in (one.title, one.note):
            assert words.en
            assert words.say("ja") != words.en, one.name
    assert len({scenario_file.read(one.name).digest() for one in found}) == len(found)


def test_a_title_taken_over_from_a_built_in_scenario_is_said_as_there():
    mine = scenario_file.parse_text('name = "mine"\nbased_on = "baseline"\n')
    assert mine.title.say("ja") == scenario_file.built_in()[0].title.say("ja") == "基準シナリオ"


def test_a_title_of_ones_own_is_a_text_or_a_table_of_languages():
    plain = scenario_file.parse_text('name = "mine"\nbased_on = "baseline"\ntitle = "Vehicles"\n')
    assert plain.title.everywhere() == {"en": "Vehicles", "ja": "Vehicles"}, "no catalogue is asked"
    given = scenario_file.parse_text('name = "mine"\ntitle = { vi = "Cơ sở", ja = "独自" }\n')
    assert given.title.everywhere() == {"en": "Cơ sở", "ja": "独自"}
    assert given.to_json()["title"] == given.title.everywhere()
    found = problems('name = "mine"\ntitle = { japanese = "独自" }\n')
    assert found["/title/japanese"][0] == "language"


def test_baseline_follows_25_economies_and_vehicles_of_seven():
    baseline = scenario_file.read("baseline")
    assert len(baseline.economies) == 25
    assert set(baseline.vehicle_economies) == {"JPN", "IDN", "MYS", "PHL", "SGP", "THA", "VNM"}
    assert (baseline.first_year, baseline.last_year, baseline.convention) == (1980, 2050, "middle")


def test_a_file_is_laid_over_its_base_and_tables_of_years_are_replaced_whole(tmp_path):
    first = tmp_path / "first.toml"
    first.write_text(BASE + "[collection.JPN]\nshare_by_year = { 2025 = 0.3, 2030 = 0.4 }\n[model]\ndraws = 50\n")
    second = tmp_path / "second.toml"
    second.write_text('name = "second"\nbased_on = "first.toml"\n[collection.JPN]\nshare_by_year = { 2040 = 0.9 }\n')
    read = scenario_file.read(second)
    assert read.draws == 50
    assert for_economy(read.collection, "JPN") == ByYear(((2040, 0.9),))
    assert read.economies == scenario_file.read("baseline").economies


def test_scenarios_based_on_each_other_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a.toml").write_text('name = "a"\nbased_on = "b.toml"\n')
    (tmp_path / "b.toml").write_text('name = "b"\nbased_on = "a.toml"\n')
    with pytest.raises(Refused, match="circle"):
        scenario_file.read(tmp_path / "a.toml")


def test_names_and_texts_do_not_change_the_digest_and_assumptions_do():
    plain = scenario_file.parse_text(BASE)
    assert plain.digest() == scenario_file.read("baseline").digest()
    assert scenario_file.parse_text(BASE + "[model]\nseed = 1\n").digest() != plain.digest()


SLIPS = {
    "a typo in a key": ("economys = ['JPN']", "/economys", "key", "economies"),
    "a typo deeper down": ("[model]\ndrawz = 3", "/model/drawz", "key", "draws"),
    "a key with a slash": ("'a/b' = 3", "/a~1b", "key", "not a key"),
    "an unknown economy": ("economies = ['JPX']", "/economies/0", "economy", "JPN"),
    "an economy with nothing on file": ("economies = ['ALB']", "/economies/0", "economy", "Nothing is on file"),
    "an economy twice": ("economies = ['JPN', 'JPN']", "/economies/1", "twice", "twice"),
    "no economy": ("economies = []", "/economies", "empty", "at least one"),
    "an unknown product": ("products = ['0307', '9999']", "/products/1", "product", "UNU-KEY"),
    "a negative share": ("[collection.JPN]\nshare_by_year = { 2025 = -0.1 }", "/collection/JPN/share_by_year/2025",
                         "share", "-0.1"),
    "percent among fractions": ("[collection.JPN]\nshare_by_year = { 2025 = 0.2, 2030 = 45 }",
                                "/collection/JPN/share_by_year", "units", "percent"),
    "percent as text": ("[collection.JPN]\nshare_by_year = { 2025 = '20 %' }", "/collection/JPN/share_by_year/2025",
                        "share", "0.2 for 20 %"),
    "a truth value for a share": ("[collection.JPN]\nshare_by_year = { 2025 = true }",
                                  "/collection/JPN/share_by_year/2025", "share", "True"),
    "nan": ("[collection.JPN]\nshare_by_year = { 2025 = nan }", "/collection/JPN/share_by_year/2025", "share", "nan"),
    "inf": ("[lifetimes]\nmultiplier = inf", "/lifetimes/multiplier", "number", "inf"),
    "an endless number": (f"[model]\ndraws = {10**400}", "/model/draws", "number", "number"),
    "an absurd lifetime": ("[lifetimes]\nmultiplier = 40", "/lifetimes/multiplier", "range", "between 0.2 and 5"),
    "an absurd second life": ("[reuse]\nsecond_life_years = 400", "/reuse/second_life_years", "range", "years"),
    "a lifetime in words": ("[reuse]\nsecond_life_years = '4 months'", "/reuse/second_life_years", "number", "years"),
    "an unknown route": ("[routes.default]\nshare = { shreder = 1.0 }", "/routes/default/share/shreder", "route",
                         "shredder-smelter"),
    "routes that do not add up": ("[routes.default]\nshare = { formal-manual-smelter = 0.5, shredder-smelter = 0.2 }",
                                  "/routes/default/share", "sum", "0.7000"),
    "more leaves than there is": ("[reuse]\nshare_by_year = { 2030 = 0.6 }\n[used_exports.JPN]\n"
                                  "share_by_year = { 2030 = 0.7 }", "/used_exports/JPN", "sum", "1.30"),
    "years reversed": ("first_year = 2050\nlast_year = 1990", "/last_year", "reversed", "2050 to 1990"),
    "report years that fall": ("report_years = [2030, 2025]", "/report_years", "reversed", "rise"),
    "report years outside": ("report_years = [2030, 2060]", "/report_years", "range", "2060"),
    "a year that is none": ("[collection.JPN]\nshare_by_year = { 20x5 = 0.2 }", "/collection/JPN/share_by_year/20x5",
                            "year", "20x5"),
    "a year before all": ("[collection.JPN]\nshare_by_year = { 1800 = 0.2 }", "/collection/JPN/share_by_year/1800",
                          "year", "1980"),
    "a table where a list belongs": ("products = 3", "/products", "list", "list"),
    "a number where a table belongs": ("model = 3", "/model", "table", "[model]"),
    "a truth value for a number": ("[model]\nseed = true", "/model/seed", "number", "True"),
    "half a draw": ("[model]\ndraws = 300.5", "/model/draws", "number", "whole"),
    "too few draws": ("[model]\ndraws = 3", "/model/draws", "range", "20"),
    "an unknown convention": ("[model]\nconvention = 'mid'", "/model/convention", "choice", "middle"),
    "half a law": ("[epr.VNM]\nstart_year = 2024", "/epr/VNM/collection_share", "missing", "missing"),
    "an unknown base": ("", "/based_on", "missing", "baseline"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_named_with_its_place_and_what_would_be_right(slip):
    text, pointer, code, words = SLIPS[slip]
    base = BASE if slip != "an unknown base" else 'name = "mine"\nbased_on = "basline"\n'
    found = problems(base + text + "\n")
    assert found[pointer][0] == code
    assert words in found[pointer][1]


def test_all_slips_are_told_at_once():
    assert len(problems("first_year = 2050\nlast_year = 1990\n[model]\nconvention = 'x'\n[reuse]\nshares = 1\n")) >= 4


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"# nothing but a remark\n", "empty"), (b"name =", "not_toml"), (b"\xff\xfe\x00", "not_toml"),
     (b"a = " + b"[" * 5000, "not_toml"), (b"# " + b"x" * 300_000, "too_large")],
)  # fmt: skip
def test_what_is_no_scenario_file_is_refused(tmp_path, content, code):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(Refused) as caught:
        scenario_file.read(path)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_missing_file_and_a_missing_name_are_told_apart(tmp_path):
    with pytest.raises(Refused, match="no scenario file"):
        scenario_file.read(tmp_path / "none.toml")
    with pytest.raises(Refused, match="Did you mean baseline"):
        scenario_file.read("basline")


def test_a_name_cannot_lead_out_of_a_folder():
    assert problems('name = "../../x"\nbased_on = "baseline"\n')["/name"][0] == "name"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(scenario_file.TOP), VALUES, max_size=4))
def test_whatever_stands_under_the_keys_is_read_or_refused(raw):
    try:
        read = scenario_file.parse(raw)
    except Refused as error:
        told = [problem.say() for problem in error.problems]
    else:
        told = [read.name]
        assert read.economies
        assert read.last_year > read.first_year
    assert all(told)


# What is collected


def test_the_record_stands_until_the_scenario_begins_and_the_scenario_follows():
    scenario = scenario_file.parse_text(BASE + "[collection.JPN]\nshare_by_year = { 2030 = 0.5, 2040 = 0.6 }\n")
    rates = collection.rates(scenario, "JPN", "e-waste", range(2010, 2051))
    plain = collection.rates(scenario_file.read("baseline"), "JPN", "e-waste", range(2010, 2051))
    assert rates.share[:8] == pytest.approx(plain.share[:8])
    assert rates.share[20] == pytest.approx(0.5)
    assert rates.share[25] == pytest.approx(0.55)
    assert rates.share[-1] == pytest.approx(0.6)
    assert rates.basis[0] == "recorded"
    assert rates.confidence[0] == Confidence.DERIVED
    assert rates.basis[20] == "assumed"
    assert rates.confidence[20] == Confidence.MEMORY
    assert any("Assumed in the scenario" in source for source in rates.sources)


def test_japans_recorded_rate_is_collected_over_generated():
    rates = collection.rates(scenario_file.read("baseline"), "JPN", "e-waste", range(2010, 2012))
    assert rates.share[0] == pytest.approx(894 / 2285.3, abs=1e-3)


def test_producer_responsibility_rises_in_a_straight_line_and_never_lowers():
    text = "[collection.VNM]\nshare_by_year = { 2025 = 0.02 }\n[epr.VNM]\nstart_year = 2030\ncollection_share = 0.42\n"
    scenario = scenario_file.parse_text(BASE + text)
    rates = collection.rates(scenario, "VNM", "e-waste", range(2026, 2051))
    assert rates.share[3] == pytest.approx(0.02)
    assert rates.share[9] == pytest.approx(0.22)
    assert rates.share[-1] == pytest.approx(0.42)
    low = scenario_file.parse_text(BASE + text.replace("0.42", "0.01"))
    assert collection.rates(low, "VNM", "e-waste", range(2026, 2051)).share == pytest.approx(0.02)
