"""Where an economy stands on the drawn map of the world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from meguri.law import tables


@lru_cache(maxsize=1)
def numbers() -> Mapping[str, tuple[str, float | None, float | None]]:
    """ISO 3166-1 numeric codes as the drawn map carries them, with a point for economies too small to be drawn."""
    return {
        row["economy"]: (
            row["number"],
            float(row["lat"]) if row["lat"] else None,
            float(row["lon"]) if row["lon"] else None,
        )
        for _, row in tables.rows("map_numbers.csv")
    }
