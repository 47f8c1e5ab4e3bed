"""What the kit's pages are told by rooms above the kit: terms, names of economies, links of the footer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meguri import law, reference
from meguri.kit.web import economies, glossary, links
from meguri.kit.words import Words
from meguri.portal import rooms


def connect() -> None:
    """Hand over the functions; tables are read when a page first needs them."""
    glossary.use(terms)
    economies.use(economy_names)
    for room in rooms.every():
        for url, title in room.links.items():
            links.add(title, url)


def terms() -> Iterable[glossary.GlossaryTerm]:
    """The law's terms."""
    return law.terms().values()


def economy_names() -> Mapping[str, Words]:
    """Names by ISO 3166 alpha-3 code, and EUE for the European Union, which is a Party in its own right."""
    return {code: economy.name for code, economy in reference.economies().items()}
