"""What axe finds on a page that a browser shows.

The colours of texts are by far the longest part of it. They follow from what a text stands in: where the elements
around it are the same, with the same attributes, the first three are looked at (one of them in each kind of striped
row). Of everything else that axe asks, every element is.
"""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

FAULTS = r"""
async ([most, before]) => {
  // What may differ between elements whose texts look alike: what they say, what they lead to, where they are drawn.
  const free = new Set(["href", "id", "name", "value", "title", "for", "headers", "datetime", "popovertarget", "x", "y",
    "dx", "dy", "d", "transform"]);
  const shown = ({name}) => !free.has(name) && !/^(aria-(label|labelledby|describedby)|data-.*)$/.test(name);
  const kinds = new Map(), seen = new Map(before), texts = [];
  const short = (text) => {
    let a = 0xdeadbeef, b = 0x41c6ce57;
    for (let place = 0; place < text.length; place++) {
      a = Math.imul(a ^ text.charCodeAt(place), 2654435761);
      b = Math.imul(b ^ text.charCodeAt(place), 1597334677);
    }
    return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
  };
  const kind = (element) => {
    if (!element) return "";
    if (!kinds.has(element)) {
      const attributes = [...element.attributes].filter(shown).map(({name, value}) => `${name}=${value}`).sort();
      kinds.set(element, short(`${kind(element.parentElement)}/${element.tagName} ${attributes.join(" ")}`));
    }
    return kinds.get(element);
  };
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
    // Of a single character axe does not say whether its colours are right.
    const says = own.join("").replace(/\s/g, "").length > 1;
    if (!(says || element.matches("input, select, textarea")) || !element.checkVisibility()) continue;
    const count = (seen.get(kind(element)) ?? 0) + 1;
    seen.set(kind(element), count);
    if (count <= most) texts.push(element);
  }
  texts.forEach((element) => element.setAttribute("data-looked-at", ""));
  axe.configure({rules: [{id: "color-contrast", selector: "[data-looked-at]"}]});
  const {violations} = await axe.run({resultTypes: ["violations"]});
  const faults = violations.flatMap(({id, help, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${help} | ${html.slice(0, 200)} | ${failureSummary}`));
  return [faults, [...seen]];
}
"""
_SCRIPT = Axe().axe_script


class Looker:
    """Looks at one page after another of the same width and language; the texts of a kind are counted over them all."""

    def __init__(self, most: int = 3) -> None:
        self.most = most
        self.seen: list[list[str | int]] = []

    def faults(self, page: Page) -> list[str]:
        """Each fault as a text: the rule, the element and what would be right. None is right."""
        page.evaluate(_SCRIPT)
        found: list[str]
        found, self.seen = page.evaluate(FAULTS, [self.most, self.seen])
        return found
