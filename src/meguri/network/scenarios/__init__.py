"""What is assumed: a scenario, its file, and the instance that comes of it. Every key is in docs/plan-format.md."""
