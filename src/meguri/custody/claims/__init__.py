"""Claims of recycled content: accounts by site, group, characteristic, model and period, and what is claimed."""
