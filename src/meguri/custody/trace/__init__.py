"""Where does a lot come from, and what became of it: shares that add up, and the journeys on the way."""
