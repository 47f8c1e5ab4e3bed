"""How quick the journal is, beside a baseline: `meguri bench journal`, `meguri bench lists`."""
