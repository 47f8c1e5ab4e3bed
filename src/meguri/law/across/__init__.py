"""The law across days and economies: timelines, and all verdicts at once."""
