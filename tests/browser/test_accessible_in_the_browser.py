"""What the tests find of a page's faults: of texts that are built alike the first few, of everything else all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

import accessible

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><head><title>Rows</title><style>
body {{ color: #000; background: #fff }} .faint {{ color: #ccc }} {style}</style></head>
<body><main><h1>Rows</h1><table><thead><tr><th scope="col">Name</th></tr></thead><tbody>{rows}</tbody></table></main>
</body></html>"""
ROW = "<tr><td>{0}</td></tr>"


def found(page: Page, rows: list[str], style: str = "") -> set[str]:
    page.set_content(PAGE.format(rows="".join(rows), style=style))
    return {fault.partition(":")[0] for fault in accessible.Looker().faults(page)}


def test_nothing_is_found_where_nothing_is_wrong(page: Page):
    assert found(page, [ROW.format(f"row {n}") for n in range(40)]) == set()


@pytest.mark.parametrize(
    ("row", "style", "rule"),
    [
        ('<tr><td class="faint">faint</td></tr>', "", "color-contrast"),
        ('<tr class="faint"><td>faint</td></tr>', "", "color-contrast"),
        ('<tr><td><b style="color: #ddd">faint</b></td></tr>', "", "color-contrast"),
        ('<tr><td><a href="/"></a></td></tr>', "", "link-name"),
        ('<tr><td><input></td></tr>', "", "label"),
        (ROW.format("plain"), "tr:nth-child(even) td { color: #ddd }", "color-contrast"),
    ],
)  # fmt: skip
def test_one_row_among_many_that_is_wrong_is_found(page: Page, row, style, rule):
    rows = [ROW.format(f"row {n}") for n in range(40)]
    rows[30] = row
    assert found(page, rows, style) == {rule}


def test_a_kind_of_text_is_counted_over_pages_and_another_kind_is_not(page: Page):
    looker = accessible.Looker(most=3)
    for faint in (False, True):
        rows = [f"<tr{' class=faint' if faint else ''}><td>row {n}</td></tr>" for n in range(9)]
        page.set_content(PAGE.format(rows="".join(rows), style=""))
        assert len(looker.faults(page)) == (3 if faint else 0)
