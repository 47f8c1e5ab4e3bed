"""What pages say of a plan: told from the solved plan once, kept as JSON."""
