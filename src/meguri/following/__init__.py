"""What people follow of the law, and what is told to them when an answer of theirs becomes another."""
