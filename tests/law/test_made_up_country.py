"""A country with its own list, group of States, arrangement, procedures and offices comes by files alone.

`lemuria` holds what an author would write: whole files, and rows for the tables that are there. A copy of the tree with
these files in it answers for the country, and no test of the law or the procedures turns red for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import meguri

ROOT = Path(__file__).resolve().parents[2]
LEMURIA = Path(__file__).with_name("lemuria")
LEFT = (
    "test_every_figure_is_there",
    "test_the_map_says_what_the_single_verdict_says",
    "test_laboratory_page",
    "test_a_wrong_draft_is_refused_with_file_and_line",
    "test_refused_with_file_and_line",
    "test_a_consent_is_whole",
    "test_other_items_are_whole",
    "test_a_doubled_law",
    "test_an_unknown_assay_never_opens",
    "test_the_answer_is_the_same_each_time",
    "test_a_walk_through_a_table",
    "test_each_alternative_is_one_click",
    "test_before_the_draft_begins_nothing_changes",
    "test_only_what_a_change_can_reach_is_left_out_of_asking",
    "test_a_changed_law_answers_as_one_that_was_read_so",
    "test_processes_side_by_side_find_the_same",
    "test_what_is_suggested_holds_and_sees_what_was_not_seen",
    "test_what_a_draft_reaches",
    "test_an_example_is_a_lane_whose_answer_changes",
    "test_the_paper_has_four_pages_and_the_same_bytes_each_time",
    "test_making.py and (test_the_commands or test_the_pages)",
    "test_commands_of_law_speak_the_language_of_the_terminal",
)
"""What takes long and looks at no table that the country brings, such as mistakes in drafts, changes of other packs,
and what is said in words of others."""


def add(tree: Path) -> None:
    """Lay the country's files over a tree: a file that is there gets further rows under the same head."""
    for file in sorted(path for path in LEMURIA.rglob("*") if path.suffix in (".csv", ".toml")):
        there = tree / "src" / "meguri" / file.relative_to(LEMURIA)
        if not there.exists():
            shutil.copy(file, there)
            continue
        head, _, rows = file.read_text(encoding="utf-8").partition("\n")
        with there.open("r+", encoding="utf-8") as open_file:
            assert open_file.readline().rstrip("\n") == head, file
            open_file.seek(0, os.SEEK_END)
            open_file.write(rows)


def run(tree: Path, *arguments: str) -> str:
    """A Python program on that tree; what it said where it failed."""
    home = tree / "home"
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "LC_ALL": "C.UTF-8", "MEGURI_HOME": str(home)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    done = subprocess.run([sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    made = tmp_path_factory.mktemp("tree")
    shutil.copytree(Path(meguri.__file__).parent, made / "src" / "meguri")
    for room in ("law", "procedure"):
        shutil.copytree(ROOT / "tests" / room, made / "tests" / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs", made / "docs", ignore=shutil.ignore_patterns("img"))
    for name in ("conftest.py", "dealing.py", "parts_plugin.py", "postgresql_plugin.py", "tests_support.py"):
        shutil.copy(ROOT / "tests" / name, made / "tests" / name)
    shutil.copy(ROOT / "pyproject.toml", made)
    (made / "tests" / "law" / Path(__file__).name).unlink()
    add(made)
    assert not run(made, str(LEMURIA / "as_an_author.py"))
    return made


def test_it_is_on_file_and_no_test_turns_red_for_it(tree):
    shutil.copy(LEMURIA / "lemuria_is_on_file.py", tree / "tests" / "law" / "test_lemuria.py")
    chosen = " and ".join(f"not ({one})" for one in LEFT)
    told = run(tree, "-m", "pytest", "--database=sqlite", "-q", "-p", "no:cacheprovider", "-k", chosen, "tests")
    assert not told, told
