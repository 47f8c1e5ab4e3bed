"""How a story writes masses, days and names."""

from __future__ import annotations

Kg = str | int | float
"""A mass in kilograms with at most three decimals."""
Day = str
"""A day, written YYYY-MM-DD."""
Name = str | dict[str, str]
"""A name in English, or in several languages by code."""
