"""Buying from people who collect by hand: their numbers, what is bought of them, their steps to a licence."""
