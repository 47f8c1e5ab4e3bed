"""The demonstration's doors: role, steps, start over."""
