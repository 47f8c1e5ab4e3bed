"""What the tables of facts hold: each with its columns, their units and kinds, and the type of its rows."""
