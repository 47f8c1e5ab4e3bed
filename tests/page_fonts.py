"""Makes the fonts of pages anew: BIZ UDPGothic cut into slices, of which a page loads those whose letters it shows.

    .venv/bin/python tests/page_fonts.py

The whole fonts lie in `src/meguri/exchange/fonts/` (documents as PDF need them). What is cut from them, and in which
order a browser looks (last first):

| slice | holds |
|---|---|
| all-N | every letter of the font that is in no other slice, in the order of Unicode, the same for both weights |
| words-N | the other Japanese letters of the house's own words, the frequent ones first, the same for both weights |
| some-N | letters that some verdicts show, in that weight: few to a slice, those together that the same verdicts show |
| core | letters that a fifth of a sample of verdicts in Japanese show, in that weight, and bold ones of its examples |
| accents | Latin letters with signs |
| latin | Latin letters, figures and the signs that the sample shows, and the words that stand on every page |

The sample is looked at in a browser, so that what is folded away or hidden counts for nothing. Needs `brotli`, with
which woff2 is packed, beside the development's packages.
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
CHANGING = "年月日時分秒火水木金土祝サインインアウト"
"""In `core` whatever the sample shows: which of them a page has depends on the day, and on who reads."""
CORE = 0.2
SOME, WORDS, ALL = 12, 96, 384
"""Letters in a slice."""
OFTEN = 3
"""Letters that stand in the house's words less often are left to `all`."""
UNITS = 512
"""Units of an em, in place of the font's 2,048: a sixth less to transfer. A letter of 84 dots (28 px on a telephone
with three dots to a pixel, or 10 pt in print at 600 dpi) is a twelfth of a dot off at most.
"""
GAP = 64
"""Letters that no font has are told as if a slice had them, where so few lie between others that it has."""
JAPANESE = 0x2E80
SEEN = """() => {
  const seen = {400: new Set(), 700: new Set()};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, element = text.parentElement;
    if (element.closest("script, style, select")) continue;
    if (!element.checkVisibility({contentVisibilityAuto: true})) continue;
    const weight = Number(getComputedStyle(element).fontWeight) > 500 ? 700 : 400;
    for (const letter of text.data) seen[weight].add(letter);
  }
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
    from playwright.sync_api import sync_playwright

    from meguri.demonstration import screenshots
    from meguri.portal import preparing

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
    from fontTools.ttLib.scaleUpem import scale_upem

    options = subset.Options(flavor="woff2", hinting=False, layout_features=[], name_IDs=[1, 2], notdef_outline=False)
    options.drop_tables += ["BASE", "VORG", "meta", "vhea", "vmtx"]
    font = TTFont(FONTS / WHOLE[weight], recalcTimestamp=False)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=letters)
    cut.subset(font)
    scale_upem(font, UNITS)
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

    from meguri.law.web.form_and_answer import EXAMPLES

    has = {letter for letter in TTFont(FONTS / WHOLE[400]).getBestCmap() if letter >= 0x20}
    pages = seen("ja")
    shown_anywhere = (letters for page in (*pages, *seen("en")) for letters in page.values())
    latin = set(map(ord, "".join(shown_anywhere))) | set(range(0x20, 0x7F))
    latin = {letter for letter in latin if letter in has and letter < JAPANESE} | {ord(letter) for letter in EVERYWHERE}
    accents = {letter for letter in has if 0xA0 <= letter < 0x250} - latin
    core: dict[int, set[int]] = {}
    some: dict[int, list[int]] = {}
    for weight in WHOLE:
        shown = [{ord(letter) for letter in page[weight]} & has - latin - accents for page in pages]
        counted = Counter(letter for page in shown for letter in page)
        core[weight] = {letter for letter, count in counted.items() if count >= CORE * len(pages)}
        core[weight] |= {ord(letter) for letter in CHANGING} - latin
        if weight > 400:
            # Most first visits are of an example; of bold letters there are few, and eight slices cost more than one.
            core[weight] |= set().union(*shown[: len(EXAMPLES)])
        left = sorted(set(counted) - core[weight])
        some[weight] = sorted(left, key=lambda letter: [letter not in page for page in shown])
    taken = latin | accents | ((core[400] | set(some[400])) & (core[700] | set(some[700])))
    often = [letter for letter, count in house_words().most_common() if count >= OFTEN]
    words = [letter for letter in often if letter in has and letter not in taken]
    rest = sorted(has - taken - set(words))
    for old in TARGET.glob("*.woff2"):
        old.unlink()
    told = (
        "/* BIZ UDPGothic, SIL Open Font License 1.1 (LICENSE beside). Made by tests/page_fonts.py: of slices that\n"
        "hold the same letter the later one counts. */\n"
    )
    shared = [(f"all-{n}", part, GAP) for n, part in enumerate(parts(rest, ALL))]
    shared += [(f"words-{n}", part, 1) for n, part in reversed(list(enumerate(parts(words, WORDS))))]
    for name, letters, gap in shared:
        for weight in WHOLE:
            write(weight, name, letters)
            told += face(weight, name, ranges(letters, gap))
    for weight in WHOLE:
        own = [("accents", accents)]
        own += [(f"some-{n}", set(part)) for n, part in enumerate(parts(some[weight], SOME))]
        for name, letters in (*own, ("core", core[weight]), ("latin", latin)):
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
