"""What acts add up to: states as rows, relations between subjects, sums over the record."""
