"""Mail to people: what waits for their organisation, and what is new on what it sees, as each of them wishes."""
