"""What comes of it: a solved plan, and all that it says as tables."""
