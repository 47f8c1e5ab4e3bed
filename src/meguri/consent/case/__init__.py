"""How does a case stand as a whole: what may be notified, its parts put together, what may move, what waits."""
