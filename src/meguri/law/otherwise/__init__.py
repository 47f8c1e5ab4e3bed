"""What would be otherwise: the same question with something changed, lawful or not."""
