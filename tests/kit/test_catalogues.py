"""Whatever a room says in English, in code, templates and tables, it also says in Japanese."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from meguri.kit import catalogues
from meguri.kit.catalogues import ROOMS
from meguri.kit.files.reading import TableError
from meguri.kit.language import extraction
from meguri.kit.language.extraction import Message
from meguri.portal import cli

PLACES = re.compile(r"\{\w+[^}]*\}|%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def missing():
    return extraction.missing("ja")


@pytest.mark.parametrize("room", extraction.rooms())
def test_every_text_has_its_japanese(room, missing):
    assert not missing[room], "\n".join(f"{file}: {message!r}" for message, file in missing[room].items())


def entries(language: str = "ja"):
    for room in extraction.rooms():
        for domain in catalogues.DOMAINS:
            for message in extraction.catalogue(ROOMS / room, language, domain):
                text = message.string if isinstance(message.string, str) else " ".join(message.string or ())
                if message.id:
                    yield room, message, text


def test_rooms_agree_on_the_japanese_of_one_english_text():
    said: dict[tuple[str, str], set[str]] = {}
    for _, message, text in entries():
        if isinstance(message.id, str):
            said.setdefault((message.context or "", message.id), set()).add(text)
    assert not {key: texts for key, texts in said.items() if len(texts) > 1}


def test_japanese_texts_take_the_same_parameters():
    """Of a plural, either English form may carry one."""
    differ = {}
    for _, message, text in entries():
        english = message.id if isinstance(message.id, str) else " ".join(message.id)
        if set(PLACES.findall(english)) != set(PLACES.findall(text)):
            differ[english] = text
    assert not differ


def test_no_catalogue_keeps_what_nobody_says():
    stale = []
    for room in extraction.rooms():
        for domain in catalogues.DOMAINS:
            now = {(m.context, m.text) for m in extraction.said(ROOMS / room, domain)}
            for message in extraction.catalogue(ROOMS / room, "ja", domain):
                text = message.id[0] if isinstance(message.id, list | tuple) else message.id
                if text and (message.context or "", text) not in now:
                    stale.append((room, domain, message.context, text))
    assert not stale


def test_the_finder_finds_what_pages_and_python_say():
    template = """{% translate "One" %}{% translate 'Two' context "of two" as x %}
    {% blocktranslate with a=b %}Three {{ a }}{% endblocktranslate %}
    {% blocktranslate trimmed count n=n %}
      Four
    {% plural %}
      Five {{ n }} %
    {% endblocktranslate %}"""
    assert list(extraction.in_template(template)) == [
        Message("One"),
        Message("Two", "of two"),
        Message("Three %(a)s"),
        Message("Four", "", "Five %(n)s %%"),
    ]
    python = 'x = _("One"); refuse(N_("Two" " three"), "/x"); other("Four"); Words("Five", context="five").format(a=1)'
    assert set(extraction.in_python(python)) == {Message("One"), Message("Two three"), Message("Five", "five")}


@pytest.fixture
def house(tmp_path):
    """A house of one room, with a table, a file of rules and a catalogue that says all but one thing."""
    room = tmp_path / "rooms" / "shed"
    (room / "locale").mkdir(parents=True)
    (room / "__init__.py").touch()
    (room / "said.py").write_text('TITLE = N_("Shed")\n')
    (room / "tools.csv").write_text("tool,name,note\nhoe,Hoe,Worn\nrake,Rake,Worn\n")
    (room / "rules.toml").write_text(
        '[[rule]]\nid = "a"\nwords = "Close it."\n[[rule.step]]\nid = "b"\nsays = "Lock"\n'
    )
    (room / "locale" / "columns.csv").write_text(
        "file,column,id\ntools.csv,name,tool\ntools.csv,note,\n*.toml,rule.words,rule.id\nrules.toml,rule.step.says,rule.id+rule.step.id\n"
    )
    return tmp_path / "rooms"


def test_words_in_csv_and_toml_cells_are_drawn_out_by_the_id_of_their_row(house):
    assert {m.context: m.text for m in extraction.said(house / "shed", "tables")} == {
        "shed/tools:hoe:name": "Hoe",
        "shed/tools:rake:name": "Rake",
        "shed/tools:note": "Worn",
        "shed/rules:a:words": "Close it.",
        "shed/rules:a/b:says": "Lock",
    }


def test_a_cell_without_its_japanese_is_noticed_and_drawn_out(house):
    assert len(extraction.missing("ja", house)["shed"]) == 6
    assert extraction.draw_out("ja", house) == 6
    path = house / "shed" / "locale" / "ja" / "LC_MESSAGES" / "tables.po"
    path.write_text(path.read_text().replace('msgid "Hoe"\nmsgstr ""', 'msgid "Hoe"\nmsgstr "くわ"'))
    assert extraction.draw_out("ja", house) == 5
    assert "くわ" in path.read_text()
    table = house / "shed" / "tools.csv"
    table.write_text(table.read_text().replace("Hoe", "Garden hoe"))
    assert Message("Garden hoe", "shed/tools:hoe:name") in extraction.missing("ja", house)["shed"]


def test_a_list_of_columns_that_names_what_is_not_there_is_noticed(house):
    lines = house / "shed" / "locale" / "columns.csv"
    lines.write_text("file,column,id\ntools.csv,nam,tool\n")
    with pytest.raises(TableError, match="missing: nam"):
        extraction.missing("ja", house)
    lines.write_text("file,column,id\ntool.csv,name,tool\n")
    with pytest.raises(FileNotFoundError, match=r"tool\.csv"):
        extraction.missing("ja", house)


def test_the_command_counts_what_is_missing_by_language_and_room(capsys):
    assert cli.main(["words", "missing", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ja"]["missing"] == 0
    assert set(told["ja"]["rooms"]) == set(extraction.rooms())
    assert {"vi", "th", "id", "ms"} <= set(told)
    assert cli.main(["words", "missing", "--language", "xx", "--json"]) == 2


def test_compiled_catalogues_are_those_of_the_sources():
    """A page says what the catalogue says, whatever was compiled before."""
    for room, message, text in entries():
        if isinstance(message.id, str) and text:
            assert catalogues.find(message.id, "ja", message.context or "") == text, (room, message.id)


def test_the_room_copied_elsewhere_needs_no_django(tmp_path: Path):
    """One lookup serves notebooks too."""
    import subprocess
    import sys

    assert shutil.which("python3")
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from meguri.kit.words import Words, speaking\n"
            "with speaking('ja'): print(Words('closed'))\n"
            "assert 'django' not in sys.modules",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "廃業"


def test_no_code_template_or_released_table_is_written_in_another_language():
    """What is said in Japanese is said by a catalogue, or is a fact or an own name with its language beside it."""
    letters = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
    brand = '<span class="brand-ja" lang="ja">巡り</span>'
    found = [
        f"{path.relative_to(ROOMS)}:{number}"
        for kind in ("py", "html", "typ", "js", "svg")
        for path in sorted(ROOMS.rglob(f"*.{kind}"))
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if letters.search(line.replace(brand, ""))
    ]
    assert not found
