"""Meguri: the working system behind an international resource-circulation network."""
