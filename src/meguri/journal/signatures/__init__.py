"""Who may sign for whom, and whether it did: keys, signatures, and what the service keeps of them."""
