"""The law laboratory: what a draft would change."""
