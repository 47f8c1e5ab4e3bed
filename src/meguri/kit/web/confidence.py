"""The three marks of confidence, and what each level in the tables means."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Level:
    """A mark (● ◐ ○), its class name, and the words that explain it."""

    mark: str
    kind: str
    words: Promise


READ = _("Read in the law's text or in the source itself.")
SECONDARY = _("From an official page or a secondary source, or derived from sources.")
ASSUMED = _("From memory or assumed; not yet checked against a source.")
MISSING = _("No source is known. Treat the figure as a placeholder.")

LEVELS: dict[str, Level] = {
    **{name: Level("●", "read", READ) for name in ("sourced", "primary_text", "high", "decided")},
    **{
        name: Level("◐", "secondary", SECONDARY)
        for name in (
            "derived",
            "secondary",
            "medium",
            "official_page",
            "official_page_excerpt",
            "sourced_single_copy",
            "decided_under_assumption",
        )
    },
    **{name: Level("○", "assumed", ASSUMED) for name in ("memory", "low", "assumed", "assumption", "needs_ruling")},
    "missing": Level("○", "assumed", MISSING),
}
