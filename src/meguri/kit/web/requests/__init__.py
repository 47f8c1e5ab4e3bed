"""What is done with every request: its language, its reader, its limits, and what goes wrong."""
