"""Links in the footer of every page, added by the rooms that have a page worth finding from anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.kit.words import Words


@dataclass(frozen=True)
class FooterLink:
    """One link of the footer."""

    title: Words
    url: str


_links: list[FooterLink] = []


def add(title: Words, url: str) -> None:
    """Add a link; the same address twice counts once."""
    if all(link.url != url for link in _links):
        _links.append(FooterLink(title, url))


def listed() -> list[dict[str, object]]:
    """The links in the order they were added."""
    return [{"title": link.title, "url": link.url} for link in _links]
