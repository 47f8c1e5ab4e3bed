"""Makes the fonts of pages anew: BIZ UDPGothic cut into slices, of which a page loads those whose letters it shows.

    .venv/bin/python tests/page_fonts.py

The whole fonts lie in `src/meguri/exchange/fonts/` (documents as PDF need them). What is cut from them, and in which
order a browser looks (last first):

| slice | holds |
|---|---|
| all-N | every letter of the font that is in no other slice, in the order of Unicode, the same for both weights |
| words-N | the other Japanese letters of the house's own words, the frequent ones first, the same for both weights |
| more | letters that some verdicts show |
| core | letters that a tenth of a sample of verdicts in Japanese show, in that weight |
| accents | Latin letters with signs |
| latin | Latin letters, figures and the signs that the sample shows, and the words that stand on every page |

The sample is looked at in a browser, so that what is folded away or hidden counts for nothing. Needs `brotli` beside the
development's packages, because woff2 is packed with it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "meguri"
FONTS = SOURCE / "exchange" / "fonts"
TARGET = SOURCE / "kit" / "web" / "static" / "vendor" / "biz-udpgothic"
WHOLE = {400: "BIZUDPGothic_400Regular.ttf", 700: "BIZUDPGothic_700Bold.ttf"}
LOCAL = {400: "BIZ UDPGothic", 700: "BIZ UDPGothic Bold"}
SAMPLE, SEED = 40, 3
EVERYWHERE = "巡り日本語"
WORDS, ALL = 96, 288
"""Letters in a slice."""
GAP = 32
"""Letters that no font has are told as if a slice had them, where so few lie between others that it has."""
JAPANESE = 0x2E80
SEEN = """() => {
  const seen = {400: new Set(), 700: new Set()};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, element = text.parentElement;
    if (element.closest("script, style, option, optgroup")) continue;
    if (!element.checkVisibility({contentVisibilityAuto: true})) continue;
    const weight = Number(getComputedStyle(element).fontWeight) > 500 ? 700 : 400;
    for (const letter of text.data) seen[weight].add(letter);
  }
  for (const select of document.querySelectorAll("select"))
    if (select.checkVisibility()) for (const letter of select.selectedOptions[0]?.label ?? "") seen[400].add(letter);
  return {400: [...seen[400]].join(""), 700: [...seen[700]].join("")};
}"""


def questions() -> list[str]:
    """Addresses of verdicts: the examples of the page, and others drawn at random."""
    from meguri.law import tables
    from meguri.law.web.form_and_answer import EXAMPLES

    draw = random.Random(SEED)
    places, streams = list(tables.usual("often asked")), list(tables.streams())
    found = [query for _, query in EXAMPLES]
    while len(found) < SAMPLE:
        origin, destination = draw.sample(places, 2)
        hazardous = draw.choice(["true", "false", "unknown"])
        found.append(
            f"from={origin}&to={destination}&stream={draw.choice(streams)}&operation=R4&on=2025-10-01"
            f"&fact=hazardous%3D{hazardous}"
        )
    return found


def seen(language: str) -> list[dict[int, str]]:
    """The letters that each page of the sample shows, by weight."""
    from meguri.demonstration import screenshots
    from meguri.portal import preparing
    from playwright.sync_api import sync_playwright

    preparing.prepare(lambda text: None)
    found = []
    with screenshots._served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=screenshots.FLAGS)
        page = browser.new_page()
        for query in questions():
            page.goto(f"{address}/may-it-move?{query}&lang={language}")
            found.append({int(weight): letters for weight, letters in page.evaluate(SEEN).items()})
        browser.close()
    return found


def house_words() -> Counter[int]:
    """How often each Japanese letter stands in catalogues, tables, packs and code."""
    counted: Counter[int] = Counter()
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in (".po", ".csv", ".toml", ".json", ".html", ".py", ".typ"):
            counted.update(ord(letter) for letter in path.read_text(encoding="utf-8") if ord(letter) >= JAPANESE)
    return counted


def parts(letters: list[int], size: int) -> Iterator[list[int]]:
    """The letters in parts of one size; a last one that would be small is shared out."""
    count = max(1, round(len(letters) / size))
    for number in range(count):
        yield letters[number * len(letters) // count : (number + 1) * len(letters) // count]


def ranges(letters: Iterable[int], gap: int) -> str:
    """The letters as a style sheet names them."""
    spans: list[list[int]] = []
    for letter in sorted(letters):
        if spans and letter - spans[-1][1] <= gap:
            spans[-1][1] = letter
        else:
            spans.append([letter, letter])
    return ",".join(f"U+{first:x}" if first == last else f"U+{first:x}-{last:x}" for first, last in spans)


def write(weight: int, name: str, letters: Iterable[int]) -> None:
    """One slice as woff2, without hints and without what only vertical text or old forms need."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=["ccmp", "locl", "liga"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=["meta", "DSIG", "vhea", "vmtx", "VORG"], notdef_outline=True,
    )  # fmt: skip
    font = TTFont(FONTS / WHOLE[weight], recalcTimestamp=False)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=letters)
    cut.subset(font)
    subset.save_font(font, str(TARGET / f"{name}-{weight}.woff2"), options)


def face(weight: int, name: str, said: str) -> str:
    """What the style sheet says of a slice. Who has the font installed, as Windows does, loads nothing."""
    return (
        f'@font-face{{font-family:"BIZ UDPGothic";font-weight:{weight};font-display:swap;'
        f'src:local("{LOCAL[weight]}"),url({name}-{weight}.woff2)format("woff2");unicode-range:{said}}}\n'
    )


def main() -> None:
    """Read, cut, write."""
    from fontTools.ttLib import TTFont

    has = {letter for letter in TTFont(FONTS / WHOLE[400]).getBestCmap() if letter >= 0x20}
    pages = seen("ja")
    latin = {ord(letter) for page in (*pages, *seen("en")) for letters in page.values() for letter in letters} | set(range(0x20, 0x7F))
    latin = {letter for letter in latin if letter in has and letter < JAPANESE} | {ord(letter) for letter in EVERYWHERE}
    accents = {letter for letter in has if 0xA0 <= letter < 0x250} - latin
    core, more = {}, {}
    for weight in WHOLE:
        shown = Counter(ord(letter) for page in pages for letter in page[weight])
        shown = Counter({letter: count for letter, count in shown.items() if letter in has and letter not in latin})
        core[weight] = {letter for letter, count in shown.items() if count >= len(pages) / 10}
        more[weight] = set(shown) - core[weight]
    taken = latin | accents | ((core[400] | more[400]) & (core[700] | more[700]))
    counted = house_words()
    words = [letter for letter, _ in counted.most_common() if letter in has and letter not in taken]
    rest = sorted(has - taken - set(words))
    for old in TARGET.glob("*.woff2"):
        old.unlink()
    told = (
        "/* BIZ UDPGothic, SIL Open Font License 1.1 (LICENSE beside). Made by tests/page_fonts.py: of slices that hold\n"
        "the same letter the later one counts. */\n"
    )
    shared = [(f"all-{n}", part, GAP) for n, part in enumerate(parts(rest, ALL))]
    shared += [(f"words-{n}", part, 1) for n, part in reversed(list(enumerate(parts(words, WORDS))))]
    for name, letters, gap in shared:
        for weight in WHOLE:
            write(weight, name, letters)
            told += face(weight, name, ranges(letters, gap))
    own = (("accents", dict.fromkeys(WHOLE, accents)), ("more", more), ("core", core))
    own = (*own, ("latin", dict.fromkeys(WHOLE, latin)))
    for name, by_weight in own:
        for weight, letters in by_weight.items():
            write(weight, name, letters)
            told += face(weight, name, ranges(letters, 1))
    (TARGET / "faces.css").write_text(told, encoding="utf-8")
    for path in sorted(TARGET.iterdir()):
        print(f"{path.stat().st_size:8,} {path.name}")


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE.parent))
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(
            MEGURI_HOME=home, MEGURI_MODE="demonstration", DJANGO_SETTINGS_MODULE="meguri.portal.settings",
            DJANGO_ALLOW_ASYNC_UNSAFE="1",
        )  # fmt: skip
        import django

        django.setup()
        main()
