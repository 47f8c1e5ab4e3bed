"""Runs for those who read them: in words, as files, side by side, in the units that a head carries."""
