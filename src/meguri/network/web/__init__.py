"""Pages that say where it should go next."""
