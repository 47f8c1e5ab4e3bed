"""Where should it go: legs between ports, and the planning model built on them."""
