"""Questions that come in numbers, and what was last looked at, as pages and endpoints."""
