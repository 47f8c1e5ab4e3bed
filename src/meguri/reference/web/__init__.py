"""Pages that show the tables of facts."""
