"""How quick it is, beside a baseline: `meguri bench arisings`."""
