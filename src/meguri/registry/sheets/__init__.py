"""The registry from a file: its sheets as data, and what becomes of their rows."""
