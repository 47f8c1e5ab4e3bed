"""Papers that belong to what is on record: kept outside of it, encrypted, looked at, and erasable."""
