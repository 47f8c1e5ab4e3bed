"""How it goes by sea: the way between two ports, its length, its straits, and whose ports it touches. Pure."""
