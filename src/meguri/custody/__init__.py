"""Where is it, and does it add up: lots, events, balance, trace."""
