"""Pages that say what will arise."""
