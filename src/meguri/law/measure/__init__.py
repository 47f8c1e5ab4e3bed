"""How well and how fast the law answers: scores against a test set, and benchmarks."""
