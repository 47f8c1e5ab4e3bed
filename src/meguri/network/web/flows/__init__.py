"""What moves in a plan: the map between economies, and the staged flow."""
