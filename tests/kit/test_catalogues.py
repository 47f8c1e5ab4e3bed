"""Whatever a room says in English it also says in Japanese, with the same parameters."""

from __future__ import annotations

from pathlib import Path

import catalogues
import pytest

ROOMS = sorted(path.name for path in catalogues.ROOMS.iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_has_its_japanese(room):
    known = catalogues.japanese()
    missing = {text: file for text, file in catalogues.said(catalogues.ROOMS / room).items() if text not in known}
    assert not missing, "\n".join(f"{file}: {text!r}" for text, file in missing.items())


def test_rooms_agree_on_the_japanese_of_one_english_text():
    assert not catalogues.said_twice()


def test_japanese_texts_take_the_same_parameters():
    assert not catalogues.parameters_differ()


def test_the_finder_finds_what_pages_and_python_say():
    template = """{% translate "One" %}{% translate 'Two' as x %}
    {% blocktranslate with a=b %}Three {{ a }}{% endblocktranslate %}
    {% blocktranslate trimmed count n=n %}
      Four
    {% plural %}
      Five {{ n }} %
    {% endblocktranslate %}"""
    assert list(catalogues.said_in_template(template)) == ["One", "Two", "Three %(a)s", "Four", "Five %(n)s %%"]
    assert list(catalogues.said_in_python('x = _("One"); refuse(N_("Two" " three"), "/x"); other("Four")')) == [
        "One",
        "Two three",
    ]


def test_a_text_without_japanese_is_noticed(tmp_path: Path):
    (tmp_path / "said.py").write_text('TITLE = N_("Nobody has translated this sentence.")\n')
    found = {
        text
        for file in tmp_path.glob("*.py")
        for text in catalogues.said_in_python(file.read_text())
        if text not in catalogues.japanese()
    }
    assert found == {"Nobody has translated this sentence."}
