"""Pages of a buying point, made for a phone."""
