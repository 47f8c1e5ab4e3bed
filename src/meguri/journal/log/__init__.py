"""The sealed log: what was recorded, in the order of its numbers, under checkpoints that anybody can check."""
