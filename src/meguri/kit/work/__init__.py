"""Long work: queued from a page, done by a process of its own."""
