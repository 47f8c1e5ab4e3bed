"""What is planned, in values, and the program it becomes. The mathematics is in docs/plan-problem.md."""
