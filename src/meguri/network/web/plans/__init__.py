"""The pages of plans: one plan with its tables, two side by side, and the form of a scenario of one's own."""
