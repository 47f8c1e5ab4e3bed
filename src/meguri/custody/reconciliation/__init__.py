"""Which measured figures fit together, and how well: weighted least squares beside what was measured."""
