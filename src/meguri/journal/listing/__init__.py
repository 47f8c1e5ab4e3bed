"""What systems read as lists: each room declares its own, and one engine cuts them into pages for whoever may see."""

from meguri.journal.listing.declared import Filter, Listed, every, keep
from meguri.journal.listing.pages import ListPage, find, page

__all__ = ["Filter", "ListPage", "Listed", "every", "find", "keep", "page"]
